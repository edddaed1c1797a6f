//! The settings of git: sections with subsections, quotes, escapes and comments, by git's own rules. `include` is
//! followed, `includeIf` is not.

use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

use piq_diagnostics::env::Env;

/// How deep files may include each other, as in git.
const DEEPEST: usize = 10;

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
struct GitSetting {
    /// In lower case.
    section: String,
    subsection: Option<String>,
    /// In lower case.
    name: String,
    /// None for a name without `=`, which is true.
    value: Option<String>,
}

/// Settings of several files; the last value of a setting counts.
#[derive(Debug, Default)]
pub(super) struct GitConfig {
    settings: Vec<GitSetting>,
    /// Lines that git refuses.
    pub faults: Vec<(PathBuf, usize)>,
}

impl GitConfig {
    /// Adds the settings of a file and of those that it includes; none if it cannot be read.
    pub(super) fn add(&mut self, file: &Path, env: &Env) {
        self.add_below(file, env, 0);
    }

    fn add_below(&mut self, file: &Path, env: &Env, depth: usize) {
        let Ok(bytes) = std::fs::read(file) else { return };
        let (settings, faults) = parse(&String::from_utf8_lossy(&bytes));
        self.faults.extend(faults.into_iter().map(|line| (file.to_owned(), line)));
        for setting in settings {
            let included = match &setting {
                GitSetting { section, subsection: None, name, value: Some(path) }
                    if section == "include" && name == "path" && depth < DEEPEST =>
                {
                    let folder = file.parent().unwrap_or(Path::new(""));
                    Some(folder.join(with_home(path, env)))
                }
                _ => None,
            };
            self.settings.push(setting);
            if let Some(path) = included {
                self.add_below(&path, env, depth + 1);
            }
        }
    }

    /// The value of a setting; section and name in lower case.
    pub(super) fn get(&self, section: &str, subsection: Option<&str>, name: &str) -> Option<&str> {
        let of_that_name =
            |s: &&GitSetting| s.section == section && s.subsection.as_deref() == subsection && s.name == name;
        self.settings.iter().rev().find(of_that_name)?.value.as_deref()
    }

    /// Whether a setting is true.
    pub(super) fn is_true(&self, section: &str, name: &str) -> bool {
        let set = self.settings.iter().rev().find(|s| s.section == section && s.subsection.is_none() && s.name == name);
        let is_yes = |value: &str| ["true", "yes", "on", "1"].iter().any(|yes| value.eq_ignore_ascii_case(yes));
        set.is_some_and(|s| s.value.as_deref().is_none_or(is_yes))
    }
}

/// A path with `~` filled in.
pub(super) fn with_home(path: &str, env: &Env) -> PathBuf {
    match (path.strip_prefix("~/"), env.home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// The settings of a text, and the lines that git refuses.
fn parse(text: &str) -> (Vec<GitSetting>, Vec<usize>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut reader = Reader { rest: text.chars().peekable(), line: 1 };
    let (mut settings, mut faults) = (Vec::new(), Vec::new());
    let mut section = None;
    while let Some(c) = reader.next() {
        let line = if c == '\n' { continue } else { reader.line };
        match c {
            c if c.is_whitespace() => continue,
            '#' | ';' => reader.skip_line(),
            '[' => {
                section = reader.header();
                if section.is_none() {
                    faults.push(line);
                    reader.skip_line();
                }
            }
            first => match (reader.setting(first), &section) {
                (Some((name, value)), Some((section, subsection))) => settings.push(GitSetting {
                    section: String::clone(section),
                    subsection: Option::clone(subsection),
                    name,
                    value,
                }),
                // nobody asks for a setting outside of a section
                (Some(_), None) => {}
                (None, _) => {
                    faults.push(line);
                    reader.skip_line();
                }
            },
        }
    }
    (settings, faults)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next();
        self.line += usize::from(c == Some('\n'));
        c
    }

    fn next_if(&mut self, fits: impl FnOnce(char) -> bool) -> Option<char> {
        let next = self.rest.peek().copied()?;
        if fits(next) { self.next() } else { None }
    }

    /// Goes on behind the line, unless its end is already read.
    fn skip_line(&mut self) {
        while self.next_if(|c| c != '\n').is_some() {}
    }

    /// What stands between `[` and `]`: a section, and a subsection in quotes or behind a dot.
    fn header(&mut self) -> Option<(String, Option<String>)> {
        let mut name = String::new();
        while let Some(c) = self.next_if(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
            name.push(c.to_ascii_lowercase());
        }
        if self.next_if(|c| c == ']').is_some() {
            return match name.split_once('.') {
                Some((section, rest)) => Some((section.to_owned(), Some(rest.to_owned()))),
                None => Some((name, None)),
            };
        }
        while self.next_if(|c| c == ' ' || c == '\t').is_some() {}
        self.next_if(|c| c == '"')?;
        let mut subsection = String::new();
        loop {
            match self.next_if(|c| c != '\n')? {
                '"' => break,
                '\\' => subsection.push(self.next_if(|c| c != '\n')?),
                c => subsection.push(c),
            }
        }
        self.next_if(|c| c == ']')?;
        Some((name, Some(subsection)))
    }

    /// Name and value of a setting.
    fn setting(&mut self, first: char) -> Option<(String, Option<String>)> {
        if !first.is_ascii_alphabetic() {
            return None;
        }
        let mut name = String::from(first.to_ascii_lowercase());
        while let Some(c) = self.next_if(|c| c.is_ascii_alphanumeric() || c == '-') {
            name.push(c.to_ascii_lowercase());
        }
        while self.next_if(|c| c == ' ' || c == '\t').is_some() {}
        match self.rest.peek() {
            None | Some('\n') => Some((name, None)),
            Some('=') => {
                self.next();
                Some((name, Some(self.value()?)))
            }
            Some(_) => None,
        }
    }

    /// A value up to the end of its line: without a comment, without blanks around it that are not quoted, and with `\`
    /// at an end to continue it.
    fn value(&mut self) -> Option<String> {
        let mut value = String::new();
        // where blanks start that may turn out to be the last
        let mut blanks_from = None;
        let mut quoted = false;
        while let Some(c) = self.next_if(|c| c != '\n' || !quoted) {
            match c {
                '\n' => break,
                '#' | ';' if !quoted => {
                    self.skip_line();
                    break;
                }
                c if c.is_whitespace() && !quoted => {
                    if !value.is_empty() || blanks_from.is_some() {
                        blanks_from.get_or_insert(value.len());
                        value.push(c);
                    }
                    continue;
                }
                '"' => quoted = !quoted,
                '\\' => match self.next() {
                    Some('\n') | None => continue,
                    Some('t') => value.push('\t'),
                    Some('b') => value.push('\u{8}'),
                    Some('n') => value.push('\n'),
                    Some(c @ ('\\' | '"')) => value.push(c),
                    Some(_) => return None,
                },
                c => value.push(c),
            }
            blanks_from = None;
        }
        value.truncate(blanks_from.unwrap_or(value.len()));
        (!quoted).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::{GitConfig, parse};
    use piq_diagnostics::env::Env;

    /// `section.subsection.name=value` of every setting, and the lines with faults.
    fn told(text: &str) -> (Vec<String>, Vec<usize>) {
        let (settings, faults) = parse(text);
        let shown = settings.into_iter().map(|s| {
            let subsection = s.subsection.map_or(String::new(), |s| format!(".{s}"));
            format!("{}{subsection}.{}{}", s.section, s.name, s.value.map_or(String::new(), |v| format!("={v}")))
        });
        (shown.collect(), faults)
    }

    fn good(text: &str) -> String {
        let (settings, faults) = told(text);
        assert!(faults.is_empty(), "{text}: {faults:?}");
        settings.join("|")
    }

    #[test]
    fn comments_and_quotes_are_gits() {
        for (line, value) in [
            ("~/.gi ; my ignores", "~/.gi"),
            ("~/.gi # mine", "~/.gi"),
            ("~/.gi#mine", "~/.gi"),
            ("\"~/my ignores\"  # mine", "~/my ignores"),
            ("~/my ignores", "~/my ignores"),
            ("\"~/a # b ; c\"", "~/a # b ; c"),
            ("~/\"a  b\"/c  ", "~/a  b/c"),
            ("\" x \"", " x "),
            ("a\\\\b\\\"c\\td", "a\\b\"c\td"),
            ("a \\\n  b", "a   b"),
            ("ü/ß", "ü/ß"),
            ("", ""),
            ("; none", ""),
        ] {
            for end in ["", "\n", "\r\n"] {
                assert_eq!(
                    good(&format!("[core]\n\texcludesFile = {line}{end}")),
                    format!("core.excludesfile={value}")
                );
            }
        }
    }

    #[test]
    fn sections_are_gits() {
        let text = "\u{feff}# first\n[remote \"origin\"] ; comment\nurl=\"https://h/q.git\" # c\n[Core] Bare\n[a \"b\\\"]\\\\\"]x=1\n[A.B]y = 2\n[c  \"D d\"]\nz-1=3\n";
        assert_eq!(good(text), "remote.origin.url=https://h/q.git|core.bare|a.b\"]\\.x=1|a.b.y=2|c.D d.z-1=3");
        assert_eq!(good(""), "");
    }

    #[test]
    fn a_line_that_git_refuses_is_named_and_the_others_are_read() {
        let text =
            "[core]\na = 1\n= 2\nb : 3\nc = \"open\nd = \\x\n[open\ne = 5\n[core]\nf = 6\n[x \"y\nz = 7\n[x]\nw = 8";
        assert_eq!(told(text), (vec!["core.a=1".into(), "core.f=6".into(), "x.w=8".into()], vec![3, 4, 5, 6, 7, 11]));
        assert_eq!(good("a = 1\n[core]\nb = 2"), "core.b=2");
    }

    #[test]
    fn the_last_value_counts_over_all_files() {
        let dir = tempfile::tempdir().expect("folder");
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::write(&path, text).expect("file");
            path
        };
        let env = Env::from_pairs([("HOME", dir.path().display().to_string())]);
        write("more", "[core]\n\texcludesFile = from-more\n");
        let circle = write("circle", "[include]\npath = circle\n[a]\nb = 1\n");
        let first =
            write("first", "[core]\nexcludesFile = a\n[alias]\nexcludesFile = c\n[include]\npath = \"~/more\" # m\n");
        let second = write("second", "[core]\nexcludesFile = b\n[extensions]\nworktreeConfig\n[x]\ny = no\n");
        let mut config = GitConfig::default();
        config.add(&first, &env);
        assert_eq!(config.get("core", None, "excludesfile"), Some("from-more"));
        config.add(&second, &env);
        config.add(&dir.path().join("none"), &env);
        config.add(&circle, &env);
        assert_eq!(config.get("a", None, "b"), Some("1"));
        assert_eq!(config.get("core", None, "excludesfile"), Some("b"));
        assert_eq!(config.get("core", Some("x"), "excludesfile"), None);
        assert!(config.is_true("extensions", "worktreeconfig") && !config.is_true("x", "y"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "[\\[\\]a=\"\\\\#;. \t\r\nü]{0,60}") {
            let (_, faults) = parse(&text);
            prop_assert!(faults.iter().all(|line| (1..=text.split('\n').count()).contains(line)));
        }

        #[test]
        fn what_is_quoted_is_read(value in "[ -~ü]{0,20}", end in prop::sample::select(vec!["", " ; x", "\t# \"x"])) {
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            let text = format!("[s \"{quoted}\"] # \"\n\tn = \"{quoted}\"{end}\r\n");
            prop_assert_eq!(good(&text), format!("s.{}.n={}", value, value));
        }
    }
}
