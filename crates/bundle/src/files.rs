//! Reads the files of a bundle and lays them on one another.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::allowed_folders::Inside;
use super::discover::Found;
use super::git::work_tree;
use super::include::{matching, read_by_cli, slashes};
use super::merge::{merge, merge_key, other_forms};
use super::node::{TreeEntry, TreeNode, TreeValue};
use super::unknown_keys;
use super::yaml::parse;
use piq_diagnostics::env::Env;
use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span, closest};

/// The files of a bundle as one tree.
#[derive(Debug, Clone)]
pub(super) struct Files {
    /// All files merged; `targets` not applied yet.
    pub root: TreeNode,
    /// Every file read.
    pub sources: Vec<Arc<Source>>,
    /// What does not stop the load.
    pub warnings: Vec<Diagnostic>,
    defined: DefinedKeys,
    /// Files that are read already: one that several patterns name counts once.
    read: HashSet<PathBuf>,
}

/// Kind and place of every resource by its key, which is unique among all kinds.
#[derive(Debug, Clone, Default)]
pub(super) struct DefinedKeys(HashMap<String, (String, Span)>);

impl DefinedKeys {
    /// Adds the resources of one file, and gives those whose key an earlier file defines.
    pub(super) fn add(&mut self, root: &TreeNode) -> Vec<Diagnostic> {
        let found: Vec<(&str, &str, &Span)> = keys(root).collect();
        let again = |(kind, key, place): &(&str, &str, &Span)| {
            let (first, at) = self.0.get(*key)?;
            Some(twice(key, (first, at), (kind, place)))
        };
        let errors = found.iter().filter_map(again).collect();
        for (kind, key, place) in found {
            self.0.entry(key.to_owned()).or_insert_with(|| (kind.to_owned(), place.clone()));
        }
        errors
    }
}

/// Names the files that are included besides those under `include`, as the official CLI reads it: separated as in PATH.
const INCLUDES: &str = "DATABRICKS_BUNDLE_INCLUDES";

/// Reads the root file and what it, or the environment, includes.
pub(super) fn read(found: &Found, env: &Env) -> Result<Files, Diagnostics> {
    let mut files = Files {
        root: placeholder(),
        sources: Vec::new(),
        warnings: Vec::new(),
        defined: DefinedKeys::default(),
        read: HashSet::from([found.file.clone()]),
    };
    let mut errors = Vec::new();
    if let Some(root) = files.one(found, &found.file, &mut errors) {
        files.defined.add(&root);
        files.root = root;
    }
    let include = files.root.get("include").cloned();
    files.include(found, include.as_ref(), &mut errors);
    if let Some(text) = env.get(INCLUDES) {
        let source = Source::new(INCLUDES, text);
        let place = Span::new(&source, 0..text.len());
        let paths = std::env::split_paths(text).filter(|path| !path.as_os_str().is_empty());
        let from_bundle = |path: PathBuf| {
            let path = path.strip_prefix(&found.bundle_dir).map(Path::to_owned).unwrap_or(path);
            TreeNode::string(slashes(&path), place.clone())
        };
        let paths = TreeValue::List(paths.map(from_bundle).collect());
        files.include(found, Some(&TreeNode::new(paths, place.clone())), &mut errors);
    }
    if errors.is_empty() { Ok(files) } else { Err(Diagnostics(errors)) }
}

/// A pattern without a file, and what may have been meant.
fn no_match(bundle_dir: &Path, pattern: &TreeNode) -> Diagnostic {
    let text = pattern.as_str().unwrap_or_default();
    let d =
        Diagnostic::warning("no-match", format!("`{text}` under `include` matches no file")).at(pattern.place.clone());
    if text.contains('\\') {
        return d.hint(format!("folders are separated by `/`: `{}`", text.replace('\\', "/")));
    }
    let first = text.trim_start_matches("./").split('/').next().unwrap_or_default();
    let entries = std::fs::read_dir(bundle_dir).into_iter().flatten().flatten();
    let folders: Vec<String> =
        entries.filter(|e| e.path().is_dir()).map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    match closest(first, folders.iter().map(String::as_str)).filter(|near| *near != first) {
        Some(near) => d.hint(format!("did you mean `{}`?", text.replacen(first, near, 1))),
        None => d,
    }
}

/// Patterns by which the official CLI does not read some of the files, and no other pattern names them. Files that are
/// read already count with the pattern that named them first.
fn deeper(
    bundle_dir: &Path,
    matched: &[(&TreeNode, Result<Vec<PathBuf>, Diagnostic>)],
    read: &HashSet<PathBuf>,
) -> Vec<Diagnostic> {
    let found =
        || matched.iter().filter_map(|(pattern, paths)| Some((*pattern, pattern.as_str()?, paths.as_ref().ok()?)));
    let read_there: HashSet<&PathBuf> = found()
        .flat_map(|(_, text, paths)| paths.iter().filter(move |path| read_by_cli(bundle_dir, text, path)))
        .collect();
    let mut named: HashSet<&PathBuf> = read.iter().collect();
    let mut warnings = Vec::new();
    for (pattern, text, paths) in found() {
        let missed: Vec<&PathBuf> = paths.iter().filter(|p| !read_there.contains(p) && named.insert(p)).collect();
        if missed.is_empty() {
            continue;
        }
        let shown = missed.iter().take(SHOWN_FILES);
        let names: Vec<String> =
            shown.map(|p| format!("`{}`", slashes(p.strip_prefix(bundle_dir).unwrap_or(p)))).collect();
        let more = match missed.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!("the official CLI does not read all that `{text}` names: {}{more}", names.join(", "));
        warnings.push(Diagnostic::warning("include-depth", message).at(pattern.place.clone()).hint(
            "there `**` is one folder: name each depth by a pattern of its own, such as `a/*.yml` and `a/*/*.yml`",
        ));
    }
    warnings
}

/// How many files a warning names.
const SHOWN_FILES: usize = 5;

fn outside(bundle_dir: &Path, path: &Path, pattern: &TreeNode) -> Diagnostic {
    let shown = slashes(path.strip_prefix(bundle_dir).unwrap_or(path));
    Diagnostic::error("outside", format!("`{shown}` is outside the bundle and its repository"))
        .at(pattern.place.clone())
        .hint("copy the file into the bundle, or name its folder under `sync.paths`")
}

fn placeholder() -> TreeNode {
    TreeNode::map(Span::new(&Source::new("databricks.yml", ""), 0..0))
}

impl Files {
    /// Adds the files that `include` names.
    pub(crate) fn include(&mut self, found: &Found, include: Option<&TreeNode>, errors: &mut Vec<Diagnostic>) {
        let Some(include) = include.filter(|n| !n.is_null()) else { return };
        let Some(patterns) = include.as_list() else {
            let message = format!("expected a list of files for `include`, found {}", include.form());
            errors.push(Diagnostic::error("wrong-type", message).at(include.place.clone()));
            return;
        };
        let inside = Inside::of(self.reach(found));
        let matched: Vec<_> = patterns.iter().map(|pattern| (pattern, matching(&found.bundle_dir, pattern))).collect();
        self.warnings.extend(deeper(&found.bundle_dir, &matched, &self.read));
        for (pattern, paths) in matched {
            match paths {
                Err(e) => errors.push(e),
                Ok(paths) => {
                    if paths.is_empty() {
                        self.warnings.push(no_match(&found.bundle_dir, pattern));
                    }
                    for path in paths {
                        if !inside.holds(&path) {
                            errors.push(outside(&found.bundle_dir, &path, pattern));
                            continue;
                        }
                        if !["yml", "yaml", "json"]
                            .iter()
                            .any(|e| path.extension().is_some_and(|x| x.eq_ignore_ascii_case(e)))
                        {
                            let shown = slashes(path.strip_prefix(&found.bundle_dir).unwrap_or(&path));
                            errors.push(
                                Diagnostic::error(
                                    "include-type",
                                    format!("cannot include `{shown}`: only YAML and JSON files are read"),
                                )
                                .at(pattern.place.clone())
                                .hint("the files of `sync` are uploaded without being named here"),
                            );
                            continue;
                        }
                        if self.read.insert(path.clone()) {
                            self.add(found, &path, errors);
                        }
                    }
                }
            }
        }
    }

    /// Folders that files of the bundle may lie in.
    fn reach(&self, found: &Found) -> Vec<PathBuf> {
        let paths = self.root.get("sync.paths").and_then(TreeNode::as_list).into_iter().flatten();
        let named = paths.filter_map(|node| Some(found.bundle_dir.join(node.as_str()?)));
        let own = [found.project_dir.clone(), found.bundle_dir.clone()];
        own.into_iter().chain(work_tree(&found.bundle_dir)).chain(named).collect()
    }

    fn add(&mut self, found: &Found, path: &Path, errors: &mut Vec<Diagnostic>) {
        let Some(mut node) = self.one(found, path, errors) else { return };
        if let Some(include) = node.as_map_mut().and_then(|m| m.shift_remove("include")) {
            self.warnings
                .push(Diagnostic::warning("nested-include", "`include` counts only in the root file").at(include.key));
        }
        errors.extend(self.defined.add(&node));
        errors.extend(other_forms(&self.root, &node));
        let root = std::mem::replace(&mut self.root, placeholder());
        self.root = merge(root, node);
    }

    /// Reads, parses and checks one file.
    fn one(&mut self, found: &Found, path: &Path, errors: &mut Vec<Diagnostic>) -> Option<TreeNode> {
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
        self.warnings.extend(document.warnings.iter().cloned());
        unknown_keys::check(&document, errors, &mut self.warnings);
        let mut root = document.root;
        rename_environments(&mut root);
        Some(root)
    }
}

/// `environments` is the older name of `targets`.
fn rename_environments(root: &mut TreeNode) {
    let old = root.as_map_mut().and_then(|m| m.shift_remove("environments"));
    if let Some(TreeEntry { key, value }) = old {
        merge_key(root, "targets", TreeEntry { key, value });
    }
}

/// A resource whose key another one has.
fn twice(key: &str, first: (&str, &Span), again: (&str, &Span)) -> Diagnostic {
    let message = if again.0 == first.0 {
        format!("`{}.{key}` is defined twice", again.0)
    } else {
        format!("`{}.{key}` and `{}.{key}` have the same key", first.0, again.0)
    };
    Diagnostic::error("duplicate-resource", message)
        .label(again.1.clone(), "defined again")
        .label(first.1.clone(), "first defined here")
}

/// Kind, key and place of every resource.
pub(super) fn keys(root: &TreeNode) -> impl Iterator<Item = (&str, &str, &Span)> {
    root.get("resources").and_then(TreeNode::as_map).into_iter().flatten().flat_map(|(kind, entry)| {
        entry.value.as_map().into_iter().flatten().map(move |(key, e)| (kind.as_str(), key.as_str(), &e.key))
    })
}
