//! Settings in sections, the form of `~/.databrickscfg`. A line is a setting, a section or a comment, and anything else
//! is refused: a reader that guesses could give the secrets of one profile to the host of another.

use indexmap::IndexMap;

/// The section of settings that stand before the first `[…]`.
pub(super) const DEFAULT: &str = "DEFAULT";

/// One section; sections of one name are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IniSection {
    pub name: String,
    /// 1-based line of its first header or setting.
    pub line: usize,
    /// The last value of each setting; a setting without a value has an empty one.
    pub settings: IndexMap<String, String>,
}

/// What keeps a text from being read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IniFault {
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in characters.
    pub column: usize,
    pub what: String,
}

/// The sections of a text, in the order of their first lines.
pub(super) fn sections(text: &str) -> Result<Vec<IniSection>, IniFault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Lines { rest: text.split('\n').enumerate() };
    let mut found: IndexMap<String, IniSection> = IndexMap::new();
    let mut current = DEFAULT.to_owned();
    while let Some((number, line)) = lines.next() {
        let start = line.trim_start();
        let column = line.chars().count() - start.chars().count() + 1;
        let fault = |what: &str| IniFault { line: number, column, what: what.to_owned() };
        if start.is_empty() || start.starts_with(COMMENT) {
            continue;
        }
        let open = |name: &str| IniSection { name: name.to_owned(), line: number, settings: IndexMap::new() };
        if let Some(header) = start.strip_prefix('[') {
            let (name, behind) =
                header.split_once(']').ok_or_else(|| fault("expected `]` after the section's name"))?;
            let (name, behind) = (name.trim(), behind.trim());
            if name.is_empty() {
                return Err(fault("expected a name between `[` and `]`"));
            }
            if !(behind.is_empty() || behind.starts_with(COMMENT)) {
                return Err(fault("expected one line for each section and each setting, found text behind `]`"));
            }
            name.clone_into(&mut current);
            found.entry(current.clone()).or_insert_with(|| open(name));
            continue;
        }
        let (name, value) = name_and_value(start).map_err(fault)?;
        let value = lines.value(value, number).map_err(|(line, what)| IniFault {
            line,
            column: if line == number { column } else { 1 },
            what,
        })?;
        let section = found.entry(current.clone()).or_insert_with(|| open(&current));
        section.settings.insert(name.to_owned(), value);
    }
    Ok(found.into_values().collect())
}

const COMMENT: [char; 2] = ['#', ';'];

/// Name and value of a line, split at its first `=` or `:`; the name may be quoted.
fn name_and_value(line: &str) -> Result<(&str, &str), &'static str> {
    let quoted = ['"', '`'].into_iter().find_map(|quote| line.strip_prefix(quote)?.split_once(quote));
    let (name, rest) = quoted.map_or(("", line), |(name, rest)| (name, rest));
    let (before, value) =
        rest.split_once(['=', ':']).ok_or("expected `name = value`, `[profile]` or a comment, found other text")?;
    let before = before.trim();
    match (name.is_empty(), before.is_empty()) {
        (true, false) => Ok((before, value)),
        (false, true) => Ok((name, value)),
        _ => Err("expected one name before `=`"),
    }
}

/// The lines of a text, with their numbers.
struct Lines<'a> {
    rest: std::iter::Enumerate<std::str::Split<'a, char>>,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        self.rest.next().map(|(index, line)| (index + 1, line.trim_end()))
    }

    /// The value that starts with the rest of a line: without quotes around it and without a comment behind it. An open
    /// quote and a `\` at the end take the lines after it, but never a section's.
    fn value(&mut self, first: &str, number: usize) -> Result<String, (usize, String)> {
        let text = first.trim();
        if text.starts_with(COMMENT) && first.starts_with(char::is_whitespace) {
            return Ok(String::new());
        }
        for quote in ["\"\"\"", "`"] {
            if let Some(inside) = text.strip_prefix(quote)
                && !(quote.len() > 1 && inside.is_empty())
            {
                return self.quoted(inside, quote, number);
            }
        }
        let mut value = text.to_owned();
        while value.ends_with('\\') {
            value.pop();
            let Some((number, line)) = self.next() else { break };
            if is_section(line) {
                return Err((number, "the line before ends in `\\`, which would continue it with this section".into()));
            }
            if line.is_empty() {
                break;
            }
            value.push_str(line.trim_start());
        }
        Ok(unquoted(without_comment(&value)).to_owned())
    }

    /// The text up to a closing quote, in as many lines as it takes.
    fn quoted(&mut self, inside: &str, quote: &str, number: usize) -> Result<String, (usize, String)> {
        let mut value = String::new();
        let mut part = inside;
        loop {
            if let Some((last, _)) = part.rsplit_once(quote) {
                value.push_str(last);
                return Ok(value);
            }
            value.push_str(part);
            value.push('\n');
            match self.next() {
                Some((_, line)) if !is_section(line) => part = line,
                _ => return Err((number, format!("the quote {quote} is not closed"))),
            }
        }
    }
}

fn is_section(line: &str) -> bool {
    line.trim_start().starts_with('[') && line.contains(']')
}

/// A comment starts with `#` or `;` after a space.
fn without_comment(value: &str) -> &str {
    let end = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| value.find(mark)).min().unwrap_or(value.len());
    value[..end].trim()
}

/// A value without the quotes around it, if they are its only ones.
fn unquoted(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote).filter(|inside| !inside.contains(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{IniFault, sections};

    /// `section.name=value` of every setting.
    fn told(text: &str) -> Vec<String> {
        let sections = sections(text).expect("readable");
        sections.iter().flat_map(|s| s.settings.iter().map(move |(k, v)| format!("{}.{k}={v}", s.name))).collect()
    }

    fn fault(text: &str) -> (usize, usize, String) {
        let IniFault { line, column, what } = sections(text).expect_err("refused");
        (line, column, what)
    }

    #[test]
    fn a_line_that_is_no_setting_is_refused_at_its_place() {
        let other = "expected `name = value`, `[profile]` or a comment, found other text";
        for stray in ["some note about prod", "token", "<<<<<<< HEAD", "dapi0123", "ü"] {
            for end in ["\n", "\r\n"] {
                let text = ["[dev]", "host = https://dev", &format!("\t {stray}"), "[prod]", "token = x"].join(end);
                assert_eq!(fault(&text), (3, 3, other.to_owned()), "{stray}");
            }
        }
        assert_eq!(fault("= x").2, "expected one name before `=`");
        assert_eq!(fault("\"a\" b = x").2, "expected one name before `=`");
        assert_eq!(fault("[dev\nhost = x").2, "expected `]` after the section's name");
        assert_eq!(fault("[ ]").2, "expected a name between `[` and `]`");
        assert_eq!(fault("[dev] host = x").0, 1);
    }

    #[test]
    fn the_last_value_wins_and_sections_of_one_name_are_one() {
        let text =
            "\u{feff}host = a\n[dev]\ntoken = 1\ntoken = 2\n[x]\n[DEFAULT]\ntoken = d\n[dev]\nhost: h\ntoken =\n";
        assert_eq!(told(text), ["DEFAULT.host=a", "DEFAULT.token=d", "dev.token=", "dev.host=h"]);
        let names: Vec<(String, usize)> =
            sections(text).expect("readable").into_iter().map(|s| (s.name, s.line)).collect();
        assert_eq!(names, [("DEFAULT".to_owned(), 1), ("dev".to_owned(), 2), ("x".to_owned(), 5)]);
        assert!(sections("").expect("empty").is_empty() && sections("\u{feff}\r\n\t\n").expect("empty").is_empty());
    }

    #[test]
    fn comments_start_a_line_or_follow_a_space() {
        let text =
            "# a = 1\n  ; b = 2\n[s] ; mine\nc = x ; note\nd = x#y;z\ne = x\t# note\nf = # none\ng =#x\nh = a ; b # c";
        assert_eq!(told(text), ["s.c=x", "s.d=x#y;z", "s.e=x", "s.f=", "s.g=#x", "s.h=a"]);
    }

    #[test]
    fn quotes_around_a_value_are_not_part_of_it() {
        let text = "a = 'x y' ; note\nb = \"x\"\nc = `x # y`\nd = \"\"\"x \" # y\"\"\" ; note\ne = \"x\"y\"\nf = \"x\ng = ''\n\"h\" = x\n";
        assert_eq!(
            told(text).join("|"),
            "DEFAULT.a=x y|DEFAULT.b=x|DEFAULT.c=x # y|DEFAULT.d=x \" # y|DEFAULT.e=\"x\"y\"|DEFAULT.f=\"x|DEFAULT.g=|DEFAULT.h=x"
        );
        assert_eq!(told("a = \"\"\"{\n  \"b\": 1\n}\"\"\"\r\nc = d"), ["DEFAULT.a={\n  \"b\": 1\n}", "DEFAULT.c=d"]);
    }

    #[test]
    fn a_value_in_many_lines_takes_no_section() {
        assert_eq!(told("a = x\\\r\n  y\\\n z # note\nb = 1\\"), ["DEFAULT.a=xyz", "DEFAULT.b=1"]);
        assert_eq!(told("a = x\\\n\nb = 1"), ["DEFAULT.a=x", "DEFAULT.b=1"]);
        assert_eq!(fault("[dev]\nroot = C:\\dir\\\n[prod]\ntoken = x").0, 3);
        let open = fault("[dev]\ntoken = `x\n[prod]\ntoken = `y`");
        assert_eq!(open, (2, 1, "the quote ` is not closed".to_owned()));
        assert_eq!(fault("a = \"\"\"x").2, "the quote \"\"\" is not closed");
    }

    #[test]
    fn a_long_line_takes_no_long_time() {
        let long = "x".repeat(2_000_000);
        assert_eq!(told(&format!("a = {long}"))[0].len(), long.len() + "DEFAULT.a=".len());
        assert_eq!(told(&format!("a = {}", "x\\\n".repeat(100_000)))[0].len(), 100_000 + "DEFAULT.a=".len());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail_otherwise_than_by_a_fault(text in "[\\[\\]a=: \\\\`\"'#;\t\r\n\u{feff}ü]{0,60}") {
            if let Err(fault) = sections(&text) {
                prop_assert!(fault.line >= 1 && fault.line <= text.split('\n').count() && fault.column >= 1);
            }
        }

        #[test]
        fn what_is_written_is_read(
            values in proptest::collection::vec(("[a-z_]{1,8}", "[A-Za-z0-9/.ü#;@-]{1,12}"), 0..8),
            separator in prop::sample::select(vec!["=", " = ", ":", "\t:\t"]),
            end in prop::sample::select(vec!["\n", "\r\n", "\n\n", " ; note\n"]),
        ) {
            let mut text = String::new();
            for (index, (name, value)) in values.iter().enumerate() {
                text.push_str(&format!("[s{index}]{end}{name}{separator}v{value}{end}"));
            }
            let expected: Vec<String> =
                values.iter().enumerate().map(|(i, (name, value))| format!("s{i}.{name}=v{value}")).collect();
            prop_assert_eq!(told(&text), expected);
        }

        #[test]
        fn a_stray_line_anywhere_is_refused(before in 0_usize..7, stray in "[a-z ]{0,10}[a-z]") {
            let mut lines = vec!["[a]", "host = h", "token = t", "[b]", "host = i", "token = u", ""];
            lines.insert(before, &stray);
            prop_assert_eq!(fault(&lines.join("\n")).0, before + 1);
        }
    }
}
