//! References in permissions and grants that only a deploy could fill in.

use piq_bundle::{TargetBundle, TreeNode, output_references};
use piq_diagnostics::Diagnostic;

/// Refuses them: they would reach the workspace as they are written. References to names are filled in by now.
pub(super) fn check(project: &TargetBundle) -> Vec<Diagnostic> {
    let of_resources = project.resources.iter().flat_map(|r| ["permissions", "grants"].map(|field| r.spec.get(field)));
    of_resources.chain([project.permissions.as_ref()]).flatten().flat_map(of_list).collect()
}

fn of_list(list: &TreeNode) -> Vec<Diagnostic> {
    let refuse = |entry: &TreeNode| {
        let (resource, field) = output_references(&entry.to_json()).into_iter().next()?;
        let place = entry.as_map().and_then(|m| m.first()).map_or(&entry.place, |(_, first)| &first.key);
        let message = format!("`${{resources.{resource}.{field}}}` is not known when permissions and grants are set");
        let d = Diagnostic::error("late-access", message).at(place.clone());
        Some(d.hint("write the value, or refer to a name"))
    };
    list.as_list().unwrap_or_default().iter().filter_map(refuse).collect()
}
