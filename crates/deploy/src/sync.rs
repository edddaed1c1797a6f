//! Which files of the bundle's folder are uploaded: `sync` and what git ignores decide.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{Match, WalkBuilder};

use piq_bundle::{Node, Project, clean, relative};
use piq_databricks::workspace::{Content, Language};
use piq_diagnostics::{Diagnostic, Diagnostics};

use super::DesiredFile;

/// Folders that are never uploaded, whatever the patterns say.
const NEVER: [&str; 3] = [".git", ".databricks", ".piq"];

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
pub fn read_files(project: &Project) -> Result<LocalFiles, Diagnostics> {
    let root = project.sync_root();
    let mut starts = Vec::new();
    for node in &project.sync.paths {
        let Some(text) = node.as_str() else { continue };
        let start = clean(&project.dir_of(node).join(text));
        if !start.exists() {
            let d = Diagnostic::error("missing-folder", format!("`sync.paths` names `{text}`, which does not exist"));
            return Err(d.at(node.place().clone()).into());
        }
        starts.push(start);
    }
    if starts.is_empty() {
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
                let bytes = std::fs::read(&path).map_err(|e| {
                    Diagnostics::from(Diagnostic::error("unreadable", format!("cannot read `{name}`: {e}")))
                })?;
                found.files.insert(name, bytes);
            }
        }
    }
    found.warnings.extend(include.unused("include"));
    found.warnings.extend(exclude.unused("exclude"));
    Ok(found)
}

/// The files below a folder; with `ignoring` without those that git ignores. Links are followed.
fn walk(
    project: &Project,
    start: &Path,
    ignoring: bool,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Vec<PathBuf>, Diagnostics> {
    let repository = project.git.root.as_ref().is_some_and(|root| start.starts_with(clean(root)));
    let own = (ignoring && !repository).then(|| own_rules(&project.bundle_dir));
    let mut walk = WalkBuilder::new(start);
    walk.standard_filters(false)
        .follow_links(true)
        .git_ignore(ignoring)
        .git_exclude(ignoring)
        .git_global(ignoring && repository)
        // outside of a repository only the bundle's own `.gitignore` counts, and nothing above it
        .require_git(repository)
        .parents(ignoring && repository)
        .filter_entry(|e| {
            !e.file_type().is_some_and(|t| t.is_dir()) || !NEVER.contains(&&*e.file_name().to_string_lossy())
        });
    let mut files = Vec::new();
    for entry in walk.build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) => match link(&e) {
                Some(warning) => {
                    if !warnings.contains(&warning) {
                        warnings.push(warning);
                    }
                    continue;
                }
                None => return Err(Diagnostic::error("unreadable", e.to_string()).into()),
            },
        };
        let path = entry.path();
        if entry.file_type().is_none_or(|t| t.is_dir()) || !path.is_file() {
            continue;
        }
        let ignored = own.as_ref().is_some_and(|own| {
            path.starts_with(own.path()) && own.matched_path_or_any_parents(path, false).is_ignore()
        });
        if !ignored {
            files.push(path.to_owned());
        }
    }
    Ok(files)
}

fn own_rules(bundle_dir: &Path) -> Gitignore {
    let folder = clean(bundle_dir);
    let (rules, _) = Gitignore::new(folder.join(".gitignore"));
    rules
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
    all: Vec<(Gitignore, &'a Node)>,
    used: RefCell<BTreeSet<usize>>,
}

impl<'a> Patterns<'a> {
    fn new(project: &Project, root: &Path, nodes: &'a [Node]) -> Result<Self, Diagnostics> {
        let mut all = Vec::new();
        for node in nodes {
            let Some(text) = node.as_str() else { continue };
            let bad = |e: ignore::Error| {
                Diagnostics::from(
                    Diagnostic::error("bad-pattern", format!("cannot read the pattern `{text}`: {e}"))
                        .at(node.place().clone()),
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
                    .at(node.place().clone())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
