//! The SQL warehouse that piq's own queries use.

use piq_databricks::workspace::{Warehouses as _, Workspace as _};
use piq_diagnostics::Failure;

use crate::context::session::Session;

/// The warehouse of the variable `warehouse_id` (its value, or the name that it looks up), else a running one, else any.
pub(crate) async fn choose_warehouse(session: &Session) -> Result<String, Failure> {
    let project = &session.project;
    let configured = project.variables.get("warehouse_id").and_then(|v| v.as_str());
    if let Some(id) = configured.filter(|id| !id.is_empty() && !id.contains("${")) {
        return Ok(id.to_owned());
    }
    let all = session.workspace.warehouses().await?;
    let looked_up = project.lookups.iter().find(|l| l.variable == "warehouse_id").and_then(|l| l.name.as_str());
    let named = looked_up.and_then(|name| all.iter().find(|w| w.name == name));
    let found = named.or_else(|| all.iter().find(|w| w.state == "RUNNING")).or(all.first());
    found.map(|w| w.id.clone()).ok_or_else(|| {
        let (host, user) = (session.workspace.host(), &session.me.user_name);
        Failure::refused(format!("{host} has no SQL warehouse that {user} may use"))
            .hint("create one, or name one with `--var warehouse_id=ID`")
    })
}
