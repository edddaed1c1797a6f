//! Sections of the dialect that piq knows and does not act on: an error where resources would be missing, a warning
//! where something would not happen.

use super::node::TreeNode;
use piq_diagnostics::Diagnostic;

/// Looks at the merged bundle.
pub(super) fn check(root: &TreeNode, errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
    if let Some(enabled) = root.get("experimental.pydabs.enabled").filter(|e| e.as_bool() == Some(true)) {
        errors.push(
            Diagnostic::error("unsupported-python", "piq does not run the Python code of `pydabs`")
                .at(enabled.place.clone())
                .hint("write the resources as YAML"),
        );
    }
    let ignored = [
        ("bundle.deployment.lock.enabled", false, "a deploy always takes the lock"),
        ("experimental.python_wheel_wrapper", true, "wheel tasks run as the API runs them"),
        ("experimental.use_legacy_run_as", true, "`run_as` is set on every job"),
    ];
    for (path, when, why) in ignored {
        if let Some(node) = root.get(path).filter(|n| n.as_bool() == Some(when)) {
            warnings.push(
                Diagnostic::warning("no-effect", format!("`{path}` has no effect: {why}")).at(node.place.clone()),
            );
        }
    }
}
