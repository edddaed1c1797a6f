//! The layers of a bundle: what holds without being written, the files, the chosen target, and what nobody can change.

use super::git::GitFacts;
use super::loaded::Layer;
use super::merge::merge_key;
use super::node::{Map, TreeEntry, TreeNode, TreeValue};
use super::settings::{Mode, PATHS};
use super::variables;
use piq_diagnostics::{Diagnostic, Source, Span};

/// The place of the files among the layers.
pub(super) const BASE: usize = 1;

/// The bundle's own sections, and those that the target lays over them.
pub(super) struct Overlay {
    pub base: TreeNode,
    pub over: TreeNode,
}

/// Puts each section of a target where it counts.
pub(super) fn overlay(
    mut base: TreeNode,
    over: Option<TreeNode>,
    errors: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) -> Overlay {
    let mut over = over.unwrap_or_else(|| TreeNode::map(base.place.clone()));
    let Some(map) = over.as_map_mut() else { return Overlay { over: TreeNode::map(base.place.clone()), base } };
    for own in ["default", "mode"] {
        map.shift_remove(own);
    }
    let clusters: Vec<_> = ["compute_id", "cluster_id"].into_iter().filter_map(|own| map.shift_remove(own)).collect();
    let git = map.shift_remove("git");
    if let Some(declared) = map.shift_remove("variables").as_ref().and_then(|e| e.value.as_map()) {
        let mut all = base.get("variables").and_then(TreeNode::as_map).cloned().unwrap_or_default();
        variables::lay_target(&mut all, declared, errors);
        let place = base.get("variables").map_or_else(|| base.place.clone(), |n| n.place.clone());
        base.set("variables", TreeNode::new(TreeValue::Map(all), place));
    }
    if let Some(scripts) = map.shift_remove("scripts") {
        merge_key(&mut base, "scripts", scripts);
    }
    // one identity replaces another as a whole
    if let Some(run_as) = map.get("run_as")
        && let Some(lower) = base.as_map_mut().and_then(|m| m.shift_remove("run_as"))
        && run_as.value.is_null()
        && !lower.value.is_null()
    {
        warnings.push(
            Diagnostic::warning("unset", "`null` removes `run_as` in this target")
                .at(run_as.value.place.clone())
                .hint("the official CLI ignores `null` here and keeps the value"),
        );
    }
    let bundle = clusters.into_iter().map(|e| ("cluster_id", e)).chain(git.map(|e| ("git", e)));
    for (name, entry) in bundle {
        let (key, place) = (entry.key.clone(), entry.value.place.clone());
        let wrapped = TreeNode::new(TreeValue::Map(Map::from([(name.to_owned(), entry)])), place);
        merge_key(&mut over, "bundle", TreeEntry { key, value: wrapped });
    }
    Overlay { base, over }
}

/// All layers of a bundle, the lowest first.
pub(super) fn all(
    mut base: TreeNode,
    mut over: TreeNode,
    target: &str,
    mode: Option<Mode>,
    git: &GitFacts,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Layer> {
    let name = over.get("bundle.name").or(base.get("bundle.name"));
    if name.is_none_or(|n| n.as_str().is_none_or(str::is_empty)) {
        let place = name.map(|n| &n.place).or(base.entry("bundle").map(|e| &e.key)).unwrap_or(&base.place);
        errors.push(
            Diagnostic::error("missing-name", "the bundle has no name")
                .at(place.clone())
                .hint("add `bundle: {name: my_bundle}` to the root file"),
        );
    }
    for layer in [&mut base, &mut over] {
        below_workspace(layer);
    }
    for key in PATHS {
        let empty = |node: &TreeNode| {
            node.get("workspace").and_then(|w| w.get(key)).is_some_and(|p| p.is_null() || p.as_str() == Some(""))
        };
        let reset = empty(&over);
        for layer in [&mut over, &mut base] {
            // what the target sets to nothing has its default
            if reset || empty(layer) {
                let workspace = layer.as_map_mut().and_then(|m| m.get_mut("workspace"));
                workspace.and_then(|w| w.value.as_map_mut()?.shift_remove(key));
            }
        }
    }
    let top =
        section("bundle", &[("target", Some(target)), ("environment", Some(target)), ("mode", mode.map(Mode::as_str))]);
    let layer = |root: TreeNode| Layer { root, unsets: false };
    vec![layer(defaults(git)), layer(base), Layer { root: over, unsets: true }, layer(top)]
}

/// Folders that are written from the root stand below `/Workspace`, whatever the references in them are.
fn below_workspace(layer: &mut TreeNode) {
    let Some(workspace) = layer.as_map_mut().and_then(|m| m.get_mut("workspace")?.value.as_map_mut()) else { return };
    for key in PATHS {
        let Some(entry) = workspace.get_mut(key) else { continue };
        let other = |path: &&str| {
            let below =
                |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            path.starts_with('/') && !below("/Workspace") && !below("/Volumes")
        };
        if let Some(path) = entry.value.as_str().filter(other) {
            entry.value = TreeNode::string(format!("/Workspace{path}"), entry.value.place.clone());
        }
    }
}

/// What every bundle has without writing it.
fn defaults(git: &GitFacts) -> TreeNode {
    let mut bundle = TreeNode::map(layer_span(""));
    bundle.set("git", values(&git.fields()));
    let mut root = section(
        "workspace",
        &[
            (
                "root_path",
                Some("/Workspace/Users/${workspace.current_user.userName}/.bundle/${bundle.name}/${bundle.target}"),
            ),
            ("file_path", Some("${workspace.root_path}/files")),
            ("state_path", Some("${workspace.root_path}/state")),
            ("resource_path", Some("${workspace.root_path}/resources")),
            ("artifact_path", Some("${workspace.root_path}/artifacts")),
        ],
    );
    root.set("bundle", bundle);
    root
}

/// A tree with one section.
pub(super) fn section(name: &str, fields: &[(&str, Option<&str>)]) -> TreeNode {
    let mut root = TreeNode::map(layer_span(""));
    root.set(name, values(fields));
    root
}

fn values(fields: &[(&str, Option<&str>)]) -> TreeNode {
    let mut node = TreeNode::map(layer_span(""));
    for (key, value) in fields {
        if let Some(value) = value {
            node.set(key, TreeNode::string(*value, layer_span(value)));
        }
    }
    node
}

fn layer_span(text: &str) -> Span {
    Span::new(&Source::new("(default)", text), 0..text.len())
}
