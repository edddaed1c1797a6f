//! Which files of the bundle's folder are uploaded: `sync` and `.gitignore` decide.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::WalkBuilder;

use piq_bundle::{Node, Project};
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
}

/// Reads the files that `sync` names: the bundle's folder, without what `.gitignore` ignores and `sync.exclude` names,
/// with what `sync.include` names. Dashboard files are left out: they are deployed as dashboards.
///
/// # Errors
/// Patterns that cannot be read, folders that are not there, files that cannot be read.
pub fn read_files(project: &Project) -> Result<LocalFiles, Diagnostics> {
    let mut folders = Vec::new();
    for node in &project.sync.paths {
        let Some(text) = node.as_str() else { continue };
        let folder = clean(&project.dir_of(node).join(text));
        if !folder.exists() {
            let d = Diagnostic::error("missing-folder", format!("`sync.paths` names `{text}`, which is not there"));
            return Err(d.at(node.place().clone()).into());
        }
        folders.push(folder);
    }
    let explicit = !folders.is_empty();
    if !explicit {
        folders.push(clean(&project.bundle_dir));
    }
    let root = folders.iter().skip(1).fold(folders[0].clone(), |root, f| common(&root, f));
    let include = globs(&project.sync.include)?;
    let exclude = globs(&project.sync.exclude)?;
    let mut found = LocalFiles { root: root.clone(), files: BTreeMap::new() };
    for folder in &folders {
        for ignoring in [true, false] {
            if !ignoring && include.is_empty() {
                continue;
            }
            let mut walk = WalkBuilder::new(folder);
            walk.standard_filters(false).git_ignore(ignoring).require_git(false).parents(ignoring).filter_entry(|e| {
                !e.file_type().is_some_and(|t| t.is_dir()) || !NEVER.contains(&&*e.file_name().to_string_lossy())
            });
            for entry in walk.build() {
                let entry = entry.map_err(|e| Diagnostics::from(Diagnostic::error("unreadable", e.to_string())))?;
                if entry.file_type().is_none_or(|t| t.is_dir()) || !entry.path().is_file() {
                    continue;
                }
                let in_bundle = relative(entry.path(), &project.bundle_dir);
                if (!ignoring && !include.is_match(&in_bundle)) || exclude.is_match(&in_bundle) {
                    continue;
                }
                let path = relative(entry.path(), &root);
                if path.ends_with(".lvdash.json") || found.files.contains_key(&path) {
                    continue;
                }
                let bytes = std::fs::read(entry.path()).map_err(|e| {
                    Diagnostics::from(Diagnostic::error("unreadable", format!("cannot read `{path}`: {e}")))
                })?;
                found.files.insert(path, bytes);
            }
        }
    }
    Ok(found)
}

/// The file as the workspace takes it, with its path there: a notebook loses its extension.
pub(super) fn classify(path: &str, bytes: Vec<u8>) -> (String, DesiredFile) {
    let (stem, extension) = path.rsplit_once('.').unwrap_or((path, ""));
    if stem.is_empty() || stem.ends_with('/') {
        return (path.to_owned(), DesiredFile::new(Content::File, bytes));
    }
    if extension == "ipynb" {
        return (stem.to_owned(), DesiredFile::new(Content::Jupyter, bytes));
    }
    let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii_end();
    match Language::of_extension(extension) {
        Some(language) if first == language.header().as_bytes() => {
            (stem.to_owned(), DesiredFile::new(Content::Source(language), bytes))
        }
        _ => (path.to_owned(), DesiredFile::new(Content::File, bytes)),
    }
}

/// Patterns in the manner of `.gitignore`: a name without a slash matches at any depth, a folder matches all in it.
fn globs(patterns: &[Node]) -> Result<GlobSet, Diagnostics> {
    let mut set = GlobSetBuilder::new();
    for node in patterns {
        let Some(text) = node.as_str() else { continue };
        let bad = |e: &globset::Error| {
            Diagnostics::from(
                Diagnostic::error("bad-pattern", format!("cannot read the pattern `{text}`: {}", e.kind()))
                    .at(node.place().clone()),
            )
        };
        let trimmed = text.trim_start_matches("./").trim_end_matches('/');
        let anchored = trimmed.contains('/');
        let trimmed = trimmed.trim_start_matches('/');
        let base = if anchored { trimmed.to_owned() } else { format!("**/{trimmed}") };
        for pattern in [base.clone(), format!("{base}/**")] {
            set.add(GlobBuilder::new(&pattern).literal_separator(true).build().map_err(|e| bad(&e))?);
        }
    }
    set.build().map_err(|e| Diagnostic::error("bad-pattern", e.to_string()).into())
}

/// A path without `.` and `..`, as far as its text goes.
pub(super) fn clean(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut out = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

fn common(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect()
}

/// The way from one folder to a path, with `/`.
pub(super) fn relative(path: &Path, root: &Path) -> String {
    let (path, root) = (clean(path), clean(root));
    let shared = common(&path, &root);
    let up = root.components().count() - shared.components().count();
    let mut parts: Vec<String> = vec!["..".to_owned(); up];
    let rest = path.strip_prefix(&shared).unwrap_or(&path);
    parts.extend(rest.components().map(|c| c.as_os_str().to_string_lossy().into_owned()));
    parts.join("/")
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
        assert_eq!(kind("n.py", "import x"), ("n.py".into(), Content::File));
        assert_eq!(kind(".py", "# Databricks notebook source"), (".py".into(), Content::File));
        assert_eq!(kind("README", ""), ("README".into(), Content::File));
    }

    #[test]
    fn relative_paths_go_up_where_they_must() {
        assert_eq!(relative(Path::new("/a/b/c.x"), Path::new("/a/d")), "../b/c.x");
        assert_eq!(relative(Path::new("/a/./b/../c"), Path::new("/a")), "c");
    }
}
