//! Dashboards with the rights of their publisher in a bundle that runs as somebody else.

use piq_bundle::{Resource, ResourceKind, TargetBundle};
use piq_databricks::workspace::Me;
use piq_diagnostics::Diagnostic;

/// Dashboards that show data with the rights of whoever publishes them, while the bundle runs as somebody else: their
/// readers would not see what `run_as` may see. The official CLI refuses them too.
pub(super) fn check(project: &TargetBundle, me: &Me) -> Vec<Diagnostic> {
    let Some(run_as) = &project.run_as else { return Vec::new() };
    let identity = run_as.str_at("service_principal_name").or(run_as.str_at("user_name")).unwrap_or_default();
    // offline nobody knows who deploys
    if me.user_name.contains("${") || identity.contains("${") || identity == me.user_name {
        return Vec::new();
    }
    let embeds = |r: &&Resource| {
        r.kind == ResourceKind::Dashboard && r.spec.get("embed_credentials").and_then(|n| n.as_bool()) == Some(true)
    };
    let refuse = |r: &Resource| {
        let message = format!(
            "dashboard `{}` would show data with the rights of {}, and `run_as` names another identity",
            r.key, me.user_name
        );
        Diagnostic::error("embedded-run-as", message)
            .at(r.place.clone())
            .hint("deploy as that identity, or set `embed_credentials: false`")
    };
    project.resources.iter().filter(embeds).map(refuse).collect()
}
