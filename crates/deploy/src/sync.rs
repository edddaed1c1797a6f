//! Which files of the bundle's folder are uploaded: `sync` and what git ignores decide.

mod git_rules;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{Match, WalkBuilder};

use piq_bundle::{TargetBundle, TreeNode, clean, relative};
use piq_databricks::workspace::{Content, Language};
use piq_diagnostics::{Diagnostic, Diagnostics};

use super::DesiredFile;
use git_rules::GitRules;

/// Folders that are never uploaded, whatever the patterns say; nor is a file [`GIT`].
const NEVER: [&str; 3] = [GIT, ".databricks", ".piq"];

/// A repository's own folder, or the file that points to it.
const GIT: &str = ".git";

/// The API takes no larger file.
pub(super) const LARGEST_FILE: u64 = 500 * 1024 * 1024;

/// A file that no workspace takes.
pub(super) fn too_large(name: &str, size: u64) -> Diagnostic {
    let message = format!("{name} has {size} bytes; a file has at most {} MB", LARGEST_FILE / 1024 / 1024);
    Diagnostic::error("too-large", message).hint("leave it out with `sync.exclude`, or keep it in a volume")
}

/// Files to upload, read from disk.
#[derive(Debug, Clone, Default)]
pub struct LocalFiles {
    /// The folder that paths start from.
    pub root: PathBuf,
    /// Files by path from there, with `/`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Patterns that match nothing, and links that lead nowhere.
    pub warnings: Vec<Diagnostic>,
}

/// Reads the files that `sync` names: the bundle's folder, without what git ignores and `sync.exclude` names, with what
/// `sync.include` names. Dashboard files are left out: they are deployed as dashboards.
///
/// # Errors
/// Patterns that cannot be read, folders that do not exist, files that cannot be read.
pub fn read_files(project: &TargetBundle) -> Result<LocalFiles, Diagnostics> {
    let (found, errors) = scan(project)?;
    if errors.is_empty() { Ok(found) } else { Err(Diagnostics(errors)) }
}

/// The same, with the folders that do not exist beside it.
///
/// # Errors
/// Patterns that cannot be read, files that cannot be read.
pub(super) fn scan(project: &TargetBundle) -> Result<(LocalFiles, Vec<Diagnostic>), Diagnostics> {
    let root = project.sync_root();
    let mut starts = Vec::new();
    let mut missing = Vec::new();
    for node in &project.sync.paths {
        let Some(text) = node.as_str() else { continue };
        let start = clean(&project.dir_of(node).join(text));
        if !start.exists() {
            let d = Diagnostic::error("missing-folder", format!("`sync.paths` names `{text}`, which does not exist"));
            missing.push(d.at(node.span().clone()));
            continue;
        }
        starts.push(start);
    }
    if starts.is_empty() && missing.is_empty() && !project.sync.nothing {
        starts.push(clean(&project.bundle_dir));
    }
    let include = Patterns::new(project, &root, &project.sync.include)?;
    let exclude = Patterns::new(project, &root, &project.sync.exclude)?;
    let mut found = LocalFiles { root: root.clone(), files: BTreeMap::new(), warnings: Vec::new() };
    let mut seen = BTreeSet::new();
    for start in &starts {
        for ignoring in [true, false] {
            if !ignoring && include.is_empty() {
                continue;
            }
            for path in walk(project, start, ignoring, &mut found.warnings)? {
                let name = relative(&path, &root);
                let named = include.matches(&path);
                let left_out = exclude.matches(&path) || name.ends_with(".lvdash.json");
                if !(ignoring || named) || left_out || !seen.insert(name.clone()) {
                    continue;
                }
                let unreadable = |e| Diagnostic::error("unreadable", format!("cannot read `{name}`: {e}"));
                let size = path.metadata().map_err(unreadable)?.len();
                if size > LARGEST_FILE {
                    missing.push(too_large(&format!("`{name}`"), size));
                    continue;
                }
                let bytes = std::fs::read(&path).map_err(unreadable)?;
                found.files.insert(name, bytes);
            }
        }
    }
    found.warnings.extend(include.unused("include"));
    found.warnings.extend(exclude.unused("exclude"));
    Ok((found, missing))
}

/// The files below a folder; with `ignoring` without those that git ignores. Links are followed.
fn walk(
    project: &TargetBundle,
    start: &Path,
    ignoring: bool,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Vec<PathBuf>, Diagnostics> {
    // outside of a repository nothing above the uploaded folders counts
    let root = project.git.root.as_ref().map(|root| clean(root)).filter(|root| start.starts_with(root));
    let base = root.unwrap_or_else(|| project.sync_root());
    let rules = ignoring.then(|| Arc::new(GitRules::new(base, project.git.excludes_file.as_deref())));
    let ignored = |path: &Path| rules.as_ref().is_some_and(|rules| rules.ignores(path, false));
    let inside = project.allowed_folders();
    let (sent, refused) = std::sync::mpsc::channel();
    let by_git = rules.clone();
    let mut walk = WalkBuilder::new(start);
    walk.standard_filters(false).follow_links(true).filter_entry(move |e| {
        let folder = e.file_type().is_some_and(|t| t.is_dir());
        let never = if folder { &NEVER[..] } else { &[GIT] };
        if never.contains(&&*e.file_name().to_string_lossy())
            || by_git.as_ref().is_some_and(|rules| rules.ignores(e.path(), folder))
        {
            return false;
        }
        // a link that leads nowhere has its own warning
        let leaves = e.path_is_symlink() && e.path().exists() && !(inside.holds(e.path()) && visible(e.path()));
        if leaves {
            let _ = sent.send(e.path().to_owned());
        }
        !leaves
    });
    let mut files = Vec::new();
    for entry in walk.build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) => match link(&e) {
                Some(warning) => {
                    add(warnings, warning);
                    continue;
                }
                None => return Err(Diagnostic::error("unreadable", e.to_string()).into()),
            },
        };
        let path = entry.path();
        if entry.file_type().is_none_or(|t| t.is_dir()) {
            continue;
        }
        if !path.is_file() {
            let message = format!("{} is not a regular file; it is not uploaded", path.display());
            add(warnings, Diagnostic::warning("link", message));
            continue;
        }
        // the walk does not ask for a file that `sync.paths` names
        if entry.depth() > 0 || !ignored(path) {
            files.push(path.to_owned());
        }
    }
    drop(walk);
    for path in refused.try_iter() {
        let message = format!("the link {} leads out of the bundle and is not uploaded", path.display());
        add(warnings, Diagnostic::warning("link", message).hint("name the folder that it leads to under `sync.paths`"));
    }
    Ok(files)
}

fn add(warnings: &mut Vec<Diagnostic>, warning: Diagnostic) {
    if !warnings.contains(&warning) {
        warnings.push(warning);
    }
}

/// Whether a link leads into no folder that is never uploaded.
fn visible(link: &Path) -> bool {
    let names = |real: PathBuf| real.iter().any(|part| part == ".git");
    !link.canonicalize().is_ok_and(names)
}

/// What is wrong with a link, if that is what went wrong.
fn link(error: &ignore::Error) -> Option<Diagnostic> {
    match error {
        ignore::Error::Loop { child, .. } => {
            let message = format!("the link {} points to a folder above it and is not uploaded", child.display());
            Some(Diagnostic::warning("link", message))
        }
        ignore::Error::WithPath { path, err } if path.is_symlink() && err.io_error().is_some() => {
            Some(Diagnostic::warning("link", format!("the link {} is broken and is not uploaded", path.display())))
        }
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithPath { err, .. } => link(err),
        _ => None,
    }
}

/// The file as the workspace takes it, with its path there: a notebook loses its extension.
pub(super) fn classify(path: &str, bytes: Vec<u8>) -> (String, DesiredFile) {
    let (stem, extension) = path.rsplit_once('.').unwrap_or((path, ""));
    if stem.is_empty() || stem.ends_with('/') {
        return (path.to_owned(), DesiredFile::new(Content::File, bytes));
    }
    let extension = extension.to_lowercase();
    if extension == "ipynb" {
        // a visual one is found by its whole name
        let stem = if stem.to_lowercase().ends_with(".designer") { path } else { stem };
        return (stem.to_owned(), DesiredFile::new(Content::Jupyter, bytes));
    }
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let first = text.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii_end();
    match Language::of_extension(&extension) {
        Some(language) if first == language.header().as_bytes() => {
            let source = text.to_vec();
            (stem.to_owned(), DesiredFile::new(Content::Source(language), source))
        }
        _ => (path.to_owned(), DesiredFile::new(Content::File, bytes)),
    }
}

/// Patterns in the manner of `.gitignore`, each from the folder of the file that names it.
struct Patterns<'a> {
    all: Vec<(Gitignore, &'a TreeNode)>,
    used: RefCell<BTreeSet<usize>>,
}

impl<'a> Patterns<'a> {
    fn new(project: &TargetBundle, root: &Path, nodes: &'a [TreeNode]) -> Result<Self, Diagnostics> {
        let mut all = Vec::new();
        for node in nodes {
            let Some(text) = node.as_str() else { continue };
            let bad = |e: ignore::Error| {
                Diagnostics::from(
                    Diagnostic::error("bad-pattern", format!("cannot read the pattern `{text}`: {e}"))
                        .at(node.span().clone()),
                )
            };
            let (not, pattern) = text.strip_prefix('!').map_or(("", text), |rest| ("!", rest));
            let folder = if pattern.ends_with('/') { "/" } else { "" };
            let (base, pattern) = if pattern.trim_end_matches('/').contains('/') {
                let path = clean(&project.dir_of(node).join(pattern.trim_start_matches('/')));
                (clean(root), format!("/{}", relative(&path, root)))
            } else {
                (clean(&project.dir_of(node)), pattern.trim_end_matches('/').to_owned())
            };
            // `.` and `./` are all there is
            let pattern = if matches!(pattern.as_str(), "." | "/") { "*".to_owned() } else { pattern };
            let mut builder = GitignoreBuilder::new(base);
            builder.add_line(None, &format!("{not}{pattern}{folder}")).map_err(bad)?;
            all.push((builder.build().map_err(bad)?, node));
        }
        Ok(Self { all, used: RefCell::default() })
    }

    fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a file is among those that the patterns name: the last one that matches decides.
    fn matches(&self, path: &Path) -> bool {
        let mut named = false;
        for (i, (pattern, _)) in self.all.iter().enumerate() {
            if !path.starts_with(pattern.path()) {
                continue;
            }
            match pattern.matched_path_or_any_parents(path, false) {
                Match::Ignore(_) => named = true,
                Match::Whitelist(_) => named = false,
                Match::None => continue,
            }
            self.used.borrow_mut().insert(i);
        }
        named
    }

    fn unused(&self, list: &str) -> Vec<Diagnostic> {
        let used = self.used.borrow();
        let unused = self.all.iter().enumerate().filter(|(i, _)| !used.contains(i));
        unused
            .map(|(_, (_, node))| {
                let text = node.as_str().unwrap_or_default();
                Diagnostic::warning("no-match", format!("`{text}` under `sync.{list}` matches no file"))
                    .at(node.span().clone())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use piq_bundle::{CurrentUser, LoadOptions, TargetFacts, load};
    use piq_diagnostics::env::Env;

    use super::*;

    /// The files that are uploaded of a folder with these, and what is said about them.
    fn uploaded(files: &[(&str, &str)], bundle: &str) -> (Vec<String>, Vec<Diagnostic>) {
        let dir = tempfile::tempdir().expect("folder");
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            std::fs::write(path, text).expect("file");
        }
        let home = dir.path().join("home").display().to_string();
        let env = Env::from_pairs([("HOME", home.as_str()), ("GIT_CONFIG_NOSYSTEM", "1")]);
        let start = dir.path().join(bundle);
        let loaded = load(&LoadOptions { start: &start, target: None, vars: &[], env: &env }).expect("a bundle");
        let facts = TargetFacts::of(CurrentUser::new("ada@example.com"), BTreeMap::default());
        let project = loaded.loaded.for_target(&facts).expect("a target");
        let found = read_files(&project).expect("readable");
        let warnings = project.warnings.iter().chain(&found.warnings).cloned().collect();
        (found.files.into_keys().filter(|name| !name.ends_with(".yml")).collect(), warnings)
    }

    const BUNDLE: &str = "bundle: {name: b}\n";

    #[test]
    fn a_repository_inside_the_bundle_keeps_no_secret_of_the_outer_one() {
        let (files, _) = uploaded(
            &[
                (".git/HEAD", ""),
                (".gitignore", ".env\n*.log\n/.gitignore\n"),
                ("b/databricks.yml", BUNDLE),
                ("b/a.py", ""),
                ("b/sm/.git", "gitdir: ../../.git/modules/sm\n"),
                ("b/sm/.gitignore", "*.csv\n"),
                ("b/sm/.env", ""),
                ("b/sm/a.log", ""),
                ("b/sm/a.csv", ""),
                ("b/sm/x/a.py", ""),
                ("b/clone/.git/config", ""),
                ("b/clone/.env", ""),
                ("b/clone/a.py", ""),
            ],
            "b",
        );
        assert_eq!(files, ["a.py", "clone/a.py", "sm/.gitignore", "sm/x/a.py"]);
    }

    #[test]
    fn the_file_of_patterns_is_found_however_it_is_written() {
        for setting in [
            "[core]\nexcludesFile = ~/.gi ; my ignores",
            "[core]\nexcludesFile = ~/.gi # mine",
            "[core] ; mine\n\texcludesfile = \"~/.gi\" # mine",
            "[core] excludesFile = ~/.gi",
            "[core]\nexcludesFile = \"~/my gi\"",
            "[other]\nexcludesFile = ~/none\n[core]\r\nexcludesFile = ~/.gi\r\n[x]\nexcludesFile = ~/none",
        ] {
            let mut files = vec![
                (".git/HEAD", ""),
                ("databricks.yml", BUNDLE),
                ("home/.gi", "secret*\n/home/\n"),
                ("home/my gi", "secret*\n/home/\n"),
                ("home/none", ""),
                ("secret.txt", ""),
                ("a.py", ""),
            ];
            for place in ["home/.gitconfig", ".git/config"] {
                files.push((place, setting));
                assert_eq!(uploaded(&files, "").0, ["a.py"], "{place}: {setting}");
                files.pop();
            }
        }
    }

    #[test]
    fn outside_of_a_repository_the_uploaded_folders_have_their_rules() {
        let files = [
            (".gitignore", "*.py\n"),
            ("p/b/databricks.yml", "bundle: {name: b}\nsync: {paths: [., ../shared, ../one.csv]}\n"),
            ("p/b/.gitignore", "*.log\n"),
            ("p/.gitignore", "*.csv\n.gitignore\n"),
            ("p/b/a.py", ""),
            ("p/b/a.log", ""),
            ("p/b/a.csv", ""),
            ("p/one.csv", ""),
            ("p/shared/.env", ""),
            ("p/shared/.gitignore", ".env\n"),
            ("p/shared/a.log", ""),
        ];
        assert_eq!(uploaded(&files, "p/b").0, ["b/a.py", "shared/a.log"]);
    }

    #[test]
    fn a_file_that_points_to_no_repository_is_a_warning() {
        let (files, warnings) = uploaded(&[(".git", "hello"), ("databricks.yml", BUNDLE), ("a.py", "")], "");
        assert_eq!(files, ["a.py"]);
        assert!(warnings.iter().any(|w| w.code == "git-file"), "{warnings:?}");
    }

    #[test]
    fn notebooks_are_known_by_header_and_extension() {
        let kind = |path: &str, text: &str| {
            let (path, file) = classify(path, text.as_bytes().to_vec());
            (path, file.content)
        };
        assert_eq!(
            kind("a/n.sql", "-- Databricks notebook source\r\nX"),
            ("a/n".into(), Content::Source(Language::Sql))
        );
        assert_eq!(kind("n.py", "# Databricks notebook source"), ("n".into(), Content::Source(Language::Python)));
        assert_eq!(kind("n.scala", "// Databricks notebook source\n"), ("n".into(), Content::Source(Language::Scala)));
        assert_eq!(kind("n.r", "# Databricks notebook source\n"), ("n".into(), Content::Source(Language::R)));
        assert_eq!(kind("n.ipynb", "{}"), ("n".into(), Content::Jupyter));
        assert_eq!(kind("D.IPYNB", "{}"), ("D".into(), Content::Jupyter));
        assert_eq!(kind("v.designer.ipynb", "{}"), ("v.designer.ipynb".into(), Content::Jupyter));
        assert_eq!(kind("A.SQL", "-- Databricks notebook source"), ("A".into(), Content::Source(Language::Sql)));
        assert_eq!(kind("B.Py", "# Databricks notebook source"), ("B".into(), Content::Source(Language::Python)));
        assert_eq!(
            kind("m.sql", "\u{feff}-- Databricks notebook source\n"),
            ("m".into(), Content::Source(Language::Sql))
        );
        assert_eq!(kind("n.py", "import x"), ("n.py".into(), Content::File));
        assert_eq!(kind(".py", "# Databricks notebook source"), (".py".into(), Content::File));
        assert_eq!(kind("README", ""), ("README".into(), Content::File));
    }
}
