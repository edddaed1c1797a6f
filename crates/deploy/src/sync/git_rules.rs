//! What git ignores: the `.gitignore` of every folder, `info/exclude` of each repository, and the file of
//! `core.excludesFile`. A repository inside another one follows the rules of both, as none of its files may slip
//! through where the outer one names them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use piq_bundle::GitFacts;

/// The rules for a folder and what is below it.
pub(super) struct GitRules {
    base: PathBuf,
    /// Patterns for all that no other rule decides.
    last: Option<Gitignore>,
    /// Rules by the folder that has them, the stronger first.
    by_folder: Mutex<HashMap<PathBuf, Arc<[Gitignore]>>>,
}

impl GitRules {
    /// Rules from a folder down; patterns of the file start there.
    pub(super) fn new(base: PathBuf, excludes_file: Option<&Path>) -> Self {
        let last = excludes_file.and_then(|file| patterns(&base, file));
        Self { base, last, by_folder: Mutex::default() }
    }

    /// Whether a file or folder is ignored, provided that no folder around it is. The closest rule decides.
    pub(super) fn ignores(&self, path: &Path, is_folder: bool) -> bool {
        let decide = |rules: &Gitignore| match rules.matched(path, is_folder) {
            Match::Ignore(_) => Some(true),
            Match::Whitelist(_) => Some(false),
            Match::None => None,
        };
        let around = path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.base));
        let decided = around.into_iter().find_map(|folder| self.of_folder(folder).iter().find_map(decide));
        decided.or_else(|| self.last.as_ref().and_then(decide)).unwrap_or(false)
    }

    fn of_folder(&self, folder: &Path) -> Arc<[Gitignore]> {
        let mut known = self.by_folder.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = known.get(folder) {
            return Arc::clone(rules);
        }
        let files = [Some(folder.join(".gitignore")), GitFacts::own_excludes(folder)];
        let rules: Arc<[Gitignore]> = files.iter().flatten().filter_map(|file| patterns(folder, file)).collect();
        known.insert(folder.to_owned(), Arc::clone(&rules));
        rules
    }
}

/// The patterns of a file, which start at a folder; none if it cannot be read. A pattern that is not valid matches
/// nothing, and the others hold.
fn patterns(folder: &Path, file: &Path) -> Option<Gitignore> {
    let bytes = std::fs::read(file).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.strip_prefix('\u{feff}').unwrap_or(&text).lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build().ok().filter(|rules| !rules.is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::GitRules;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("folder");
        for (path, bytes) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            fs::write(path, bytes).expect("file");
        }
        dir
    }

    fn ignored<'a>(rules: &GitRules, base: &Path, paths: &[&'a str]) -> Vec<&'a str> {
        paths
            .iter()
            .copied()
            .filter(|path| rules.ignores(&base.join(path.trim_end_matches('/')), path.ends_with('/')))
            .collect()
    }

    #[test]
    fn the_closest_rule_decides() {
        let dir = folder(&[
            (".gitignore", b"*.log\n*.tmp\n/build/\n"),
            ("a/.gitignore", b"!keep.log\r\n/only\r\n"),
            (".git/info/exclude", b"*.own\n!b.tmp\n"),
            ("mine", b"*.bak\n!c.own\n"),
        ]);
        let rules = GitRules::new(dir.path().to_owned(), Some(&dir.path().join("mine")));
        let all =
            ["x.log", "a/keep.log", "a/x/keep.log", "b.tmp", "a/only", "a/x/only", "c.own", "d.bak", "build/", "build"];
        assert_eq!(ignored(&rules, dir.path(), &all), ["x.log", "b.tmp", "a/only", "c.own", "d.bak", "build/"]);
    }

    #[test]
    fn a_repository_inside_follows_both() {
        for (git, exclude) in [("sm/.git", "modules/sm/info/exclude"), ("sm/.git/HEAD", "sm/.git/info/exclude")] {
            let dir = folder(&[
                (".git/HEAD", b""),
                (".gitignore", b".env\n*.log\n"),
                (git, b"gitdir:  ../modules/sm \n"),
                (exclude, b"*.own\n"),
                ("sm/.gitignore", b"*.csv\n!keep.log\n"),
            ]);
            let rules = GitRules::new(dir.path().to_owned(), None);
            let all = ["sm/.env", "sm/a.log", "sm/keep.log", "sm/a.csv", "sm/x/a.own", "a.csv", "a.own", "sm/a.py"];
            assert_eq!(ignored(&rules, dir.path(), &all), ["sm/.env", "sm/a.log", "sm/a.csv", "sm/x/a.own"], "{git}");
        }
    }

    #[test]
    fn one_bad_line_spoils_no_other() {
        let dir = folder(&[(".gitignore", b"\xef\xbb\xbf.env\n# \xfcber\n[z-a]\n{a\n*.log  \n\xfc.csv\n\nsecret*\n")]);
        let rules = GitRules::new(dir.path().to_owned(), None);
        let all = [".env", "a.log", "secret.txt", "a.py"];
        assert_eq!(ignored(&rules, dir.path(), &all), [".env", "a.log", "secret.txt"]);
    }
}
