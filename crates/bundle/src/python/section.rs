//! The section itself, where it stands and what it names.

use std::path::PathBuf;

use super::super::node::TreeNode;
use piq_diagnostics::{Diagnostic, Span};

/// `python` of a bundle that names functions.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    /// As it is written.
    pub node: TreeNode,
    /// Where it stands.
    pub place: Span,
    /// Place of values whose origin Python does not tell: the root file, from which their paths start.
    pub fallback: Span,
    /// Folder of the virtual environment, from the bundle's folder.
    pub venv: Option<(PathBuf, Span)>,
    /// Functions that make resources, as `module:function`.
    pub resources: Vec<String>,
    /// Functions that change resources.
    pub mutators: Vec<String>,
}

/// The section of a bundle, if it names any function. Its older place is `experimental.python`.
pub(crate) fn section(root: &TreeNode, errors: &mut Vec<Diagnostic>) -> Option<Section> {
    let filled = |node: Option<&'_ TreeNode>| node.and_then(TreeNode::as_map).is_some_and(|m| !m.is_empty());
    let (new, old) = (root.get("python"), root.get("experimental.python"));
    if let Some((new, old)) =
        new.zip(old).filter(|(new, old)| filled(Some(new)) && filled(Some(old)) && new.to_json() != old.to_json())
    {
        errors.push(
            Diagnostic::error("exclusive-fields", "the bundle has both `python` and `experimental.python`")
                .label(old.place.clone(), "the older place")
                .label(new.place.clone(), "the newer place")
                .hint("keep `python`"),
        );
        return None;
    }
    let node = if filled(new) { new } else { old }?;
    let list = |name: &str| -> Vec<String> {
        let items = node.get(name).and_then(TreeNode::as_list).unwrap_or_default();
        items.iter().filter_map(TreeNode::as_str).map(str::to_owned).collect()
    };
    let (resources, mutators) = (list("resources"), list("mutators"));
    for name in ["resources", "mutators"] {
        for item in node.get(name).and_then(TreeNode::as_list).unwrap_or_default() {
            if item.as_str().is_none_or(|text| text.split(':').filter(|part| !part.is_empty()).count() != 2) {
                let message = format!("expected `MODULE:FUNCTION` in `{name}`");
                errors.push(Diagnostic::error("bad-value", message).at(item.place.clone()));
            }
        }
    }
    let place = node.place.clone();
    (!resources.is_empty() || !mutators.is_empty()).then(|| Section {
        venv: node.get("venv_path").and_then(|n| Some((n.as_str().filter(|t| !t.is_empty())?.into(), n.place.clone()))),
        node: node.clone(),
        place,
        fallback: root.place.clone(),
        resources,
        mutators,
    })
}
