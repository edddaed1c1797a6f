//! The files to upload by their place in the workspace: the local ones, and those that rendering made.

use std::collections::BTreeMap;

use super::DesiredFile;
use super::rendered::Rendered;
use super::sync::{LocalFiles, classify};
use piq_bundle::{TargetBundle, relative};
use piq_databricks::workspace::Content;
use piq_diagnostics::Diagnostic;

/// The API takes no larger notebook.
const LARGEST_NOTEBOOK: usize = 10 * 1024 * 1024;

/// Files by their place in the workspace.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    /// What is uploaded.
    pub files: BTreeMap<String, DesiredFile>,
    /// The file that each was read from or rendered to, from the folder that paths start from.
    pub from: BTreeMap<String, String>,
    /// What the workspace would refuse.
    pub errors: Vec<Diagnostic>,
}

impl Uploads {
    pub(super) fn of(project: &TargetBundle, rendered: &Rendered, local: &LocalFiles) -> Self {
        let mut found = Self::default();
        for (path, bytes) in contents(project, rendered, local) {
            let (at, file) = classify(&path, bytes);
            if let Some(first) = found.from.insert(at.clone(), path.clone()) {
                found.errors.push(
                    Diagnostic::error(
                        "one-place",
                        format!("`{first}` and `{path}` would both be `{at}` in the workspace"),
                    )
                    .hint(
                        "a notebook has no extension there: rename one of them, or leave one out with `sync.exclude`",
                    ),
                );
            }
            found.errors.extend(unfit(&path, &file));
            found.files.insert(at, file);
        }
        found.beside_folders();
        found
    }

    /// A notebook without its extension can have the name of a folder.
    fn beside_folders(&mut self) {
        for (at, path) in self.from.iter().filter(|(at, path)| at != path) {
            let folder = format!("{at}/");
            if let Some((inside, _)) = self.from.range(folder.clone()..).next().filter(|(p, _)| p.starts_with(&folder))
            {
                self.errors.push(
                    Diagnostic::error(
                        "one-place",
                        format!("`{path}` would be `{at}` in the workspace, and so would the folder of `{inside}`"),
                    )
                    .hint("a notebook has no extension there: rename the notebook or the folder"),
                );
            }
        }
    }
}

/// The bytes to upload by path.
fn contents(project: &TargetBundle, rendered: &Rendered, local: &LocalFiles) -> BTreeMap<String, Vec<u8>> {
    let mut all: BTreeMap<String, Vec<u8>> = local.files.clone();
    // the workspace has no use for the files that describe the bundle, and they must not make a new release
    for source in &project.sources {
        all.remove(&relative(&project.project_dir.join(&source.path), &local.root));
    }
    if rendered.replaces_sources {
        let prefix = relative(&project.bundle_dir, &local.root);
        // nor do the sources of other targets
        all.retain(|path, _| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            folder != prefix || !(name.ends_with(".yml") || name.ends_with(".yaml"))
        });
        for (path, file) in &rendered.files {
            if path != "databricks.yml" && !path.starts_with("dashboards/") {
                let at = if prefix.is_empty() { path.clone() } else { format!("{prefix}/{path}") };
                all.insert(at, file.clone());
            }
        }
    }
    all
}

/// What keeps the workspace from taking a file.
fn unfit(path: &str, file: &DesiredFile) -> Option<Diagnostic> {
    if file.notebook() && file.bytes.len() > LARGEST_NOTEBOOK {
        let message = format!("`{path}` has {} bytes; a notebook has at most 10 MB", file.bytes.len());
        return Some(
            Diagnostic::error("too-large", message).hint("leave it out with `sync.exclude`, or keep it in a volume"),
        );
    }
    if file.content != Content::Jupyter {
        return None;
    }
    let json = serde_json::from_slice::<serde_json::Value>(&file.bytes);
    let why = match &json {
        Err(e) => format!("it is not JSON: {e}"),
        Ok(json) if json["cells"].is_array() && json["nbformat"] == 4 => return None,
        Ok(json) if !json["nbformat"].is_null() && json["nbformat"] != 4 => {
            format!("expected format 4, found format {}", json["nbformat"])
        }
        Ok(_) => "it has no `cells` or no `nbformat`".to_owned(),
    };
    Some(
        Diagnostic::error("not-a-notebook", format!("`{path}` is not a Jupyter notebook: {why}"))
            .hint("open and save it with a current Jupyter, or leave it out with `sync.exclude`"),
    )
}

#[cfg(test)]
mod tests {
    use super::{Uploads, unfit};
    use crate::sync::classify;

    fn errors(paths: &[&str]) -> Vec<String> {
        let mut found = Uploads::default();
        for path in paths {
            let (at, file) = classify(path, b"# Databricks notebook source\n".to_vec());
            found.from.insert(at.clone(), (*path).to_owned());
            found.files.insert(at, file);
        }
        found.beside_folders();
        found.errors.into_iter().map(|d| d.message).collect()
    }

    #[test]
    fn a_notebook_and_a_folder_of_one_name_are_refused() {
        let both = "`src/etl.py` would be `src/etl` in the workspace, and so would the folder of `src/etl/a.txt`";
        assert_eq!(errors(&["src/etl.py", "src/etl/a.txt"]), [both]);
        assert!(errors(&["src/etl.py", "src/etl.txt", "src/etlx/a.txt", "src/zzz/a.py"]).is_empty());
    }

    #[test]
    fn what_the_workspace_does_not_take_is_named() {
        let message = |path: &str, bytes: &[u8]| unfit(path, &classify(path, bytes.to_vec()).1).map(|d| d.message);
        assert_eq!(message("a.ipynb", br#"{"cells": [], "nbformat": 4}"#), None);
        assert!(message("a.ipynb", br#"{"cells": [], "nbformat": 3}"#).is_some_and(|m| m.contains("found format 3")));
        assert!(message("a.ipynb", b"x").is_some_and(|m| m.contains("not JSON")));
        let large = [b"# Databricks notebook source\n".to_vec(), vec![b'x'; 10 * 1024 * 1024]].concat();
        assert!(message("a.py", &large).is_some_and(|m| m.contains("at most 10 MB")));
        assert_eq!(message("a.txt", &large), None);
    }
}
