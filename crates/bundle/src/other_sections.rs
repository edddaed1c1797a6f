//! Sections of the dialect that piq knows and does not act on: an error where resources would be missing, a warning
//! where something would not happen.

use super::loaded::Layer;
use super::node::TreeNode;
use super::reference::references;
use piq_diagnostics::Diagnostic;

/// Fields by which a client signs in, before anything is filled in.
const SIGNS_IN: [&str; 12] = [
    "workspace.host",
    "workspace.profile",
    "workspace.auth_type",
    "workspace.client_id",
    "workspace.account_id",
    "workspace.google_service_account",
    "workspace.azure_client_id",
    "workspace.azure_environment",
    "workspace.azure_login_app_id",
    "workspace.azure_tenant_id",
    "workspace.azure_use_msi",
    "workspace.azure_workspace_resource_id",
];

/// Looks at the bundle as it is written: references where the official CLI leaves them as they are.
pub(super) fn as_written(layers: &[Layer], warnings: &mut Vec<Diagnostic>) {
    for path in SIGNS_IN.into_iter().chain(["bundle.name"]) {
        for node in layers.iter().filter_map(|layer| layer.root.get(path)) {
            if node.as_str().is_some_and(|text| !references(text).is_empty()) {
                let message = format!("the official CLI does not fill in the reference in `{path}`");
                warnings.push(
                    Diagnostic::warning("reference-as-written", message)
                        .at(node.place.clone())
                        .hint("write the value out, or leave it to the environment"),
                );
            }
        }
    }
}

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
        ("experimental.immutable_folder", true, "files go to the folders of `workspace`"),
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
