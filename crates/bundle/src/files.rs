//! Reads the files of a bundle and lays them on one another.

use std::path::Path;
use std::sync::Arc;

use super::discover::Found;
use super::include::{matching, slashes};
use super::known;
use super::merge::{merge, merge_key};
use super::node::{Entry, Node};
use super::yaml::parse;
use piq_diagnostics::{Diagnostic, Diagnostics, Place, Source};

/// The files of a bundle as one tree.
#[derive(Debug, Clone)]
pub(super) struct Files {
    /// All files merged; `targets` not applied yet.
    pub root: Node,
    /// Every file read.
    pub sources: Vec<Arc<Source>>,
    /// What does not stop the load.
    pub warnings: Vec<Diagnostic>,
}

/// Reads the root file and what it includes.
pub(super) fn read(found: &Found) -> Result<Files, Diagnostics> {
    let mut files = Files { root: placeholder(), sources: Vec::new(), warnings: Vec::new() };
    let mut errors = Vec::new();
    if let Some(root) = files.one(found, &found.file, &mut errors) {
        files.root = root;
    }
    let include = files.root.get("include").cloned();
    files.include(found, include.as_ref(), &mut errors);
    if errors.is_empty() { Ok(files) } else { Err(Diagnostics(errors)) }
}

fn placeholder() -> Node {
    Node::map(Place::new(&Source::new("databricks.yml", ""), 0..0))
}

impl Files {
    /// Adds the files that `include` names.
    pub(crate) fn include(&mut self, found: &Found, include: Option<&Node>, errors: &mut Vec<Diagnostic>) {
        let Some(include) = include.filter(|n| !n.is_null()) else { return };
        let Some(patterns) = include.as_list() else {
            let message = format!("`include` is a list of files, not {}", include.form());
            errors.push(Diagnostic::error("wrong-type", message).at(include.place.clone()));
            return;
        };
        let mut seen = vec![found.file.clone()];
        for pattern in patterns {
            match matching(&found.bundle_dir, pattern) {
                Err(e) => errors.push(e),
                Ok(paths) => {
                    for path in paths {
                        if !seen.contains(&path) {
                            self.add(found, &path, errors);
                            seen.push(path);
                        }
                    }
                }
            }
        }
    }

    fn add(&mut self, found: &Found, path: &Path, errors: &mut Vec<Diagnostic>) {
        let Some(mut node) = self.one(found, path, errors) else { return };
        if let Some(include) = node.as_map_mut().and_then(|m| m.shift_remove("include")) {
            self.warnings
                .push(Diagnostic::warning("nested-include", "`include` counts only in the root file").at(include.key));
        }
        errors.extend(twice(&self.root, &node));
        let root = std::mem::replace(&mut self.root, placeholder());
        self.root = merge(root, node);
    }

    /// Reads, parses and checks one file.
    fn one(&mut self, found: &Found, path: &Path, errors: &mut Vec<Diagnostic>) -> Option<Node> {
        let shown = path.strip_prefix(&found.project_dir).unwrap_or(path);
        let shown = slashes(shown);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) => {
                errors.push(Diagnostic::error("unreadable", format!("cannot read `{shown}`: {e}")));
                return None;
            }
        };
        let source = Source::new(shown, text);
        self.sources.push(source.clone());
        let document = match parse(&source) {
            Ok(document) => document,
            Err(e) => {
                errors.extend(e.0);
                return None;
            }
        };
        known::check(&document, errors, &mut self.warnings);
        let mut root = document.root;
        rename_environments(&mut root);
        Some(root)
    }
}

/// `environments` is the older name of `targets`.
fn rename_environments(root: &mut Node) {
    let old = root.as_map_mut().and_then(|m| m.shift_remove("environments"));
    if let Some(Entry { key, value }) = old {
        merge_key(root, "targets", Entry { key, value });
    }
}

/// Resources that two files define under one key.
pub(super) fn twice(root: &Node, more: &Node) -> Vec<Diagnostic> {
    keys(more)
        .filter_map(|(kind, key, place)| {
            let (other, _, first) = keys(root).find(|(_, k, _)| *k == key)?;
            let message = if kind == other {
                format!("`{kind}.{key}` is defined twice")
            } else {
                format!("`{other}.{key}` and `{kind}.{key}` have the same key")
            };
            Some(
                Diagnostic::error("duplicate-resource", message)
                    .label(place.clone(), "defined again")
                    .label(first.clone(), "first defined here"),
            )
        })
        .collect()
}

/// Kind, key and place of every resource.
pub(super) fn keys(root: &Node) -> impl Iterator<Item = (&str, &str, &Place)> {
    root.get("resources").and_then(Node::as_map).into_iter().flatten().flat_map(|(kind, entry)| {
        entry.value.as_map().into_iter().flatten().map(move |(key, e)| (kind.as_str(), key.as_str(), &e.key))
    })
}
