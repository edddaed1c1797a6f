//! The SQL warehouse that piq's own queries use.

use piq_bundle::{TargetBundle, TreeNode};
use piq_databricks::workspace::{WarehouseId, Warehouses as _, Workspace as _};
use piq_diagnostics::Failure;

use crate::context::namespace::runs_pipeline;
use crate::context::session::Session;

/// The id of the warehouse that a project names: the value of the variable `warehouse_id`, or that of the pipeline's job.
pub(crate) fn named_warehouse(project: &TargetBundle) -> Option<WarehouseId> {
    let variable = project.variables.get("warehouse_id").and_then(|v| v.as_str());
    let variable = variable.filter(|id| !id.is_empty() && !id.contains("${")).map(WarehouseId::from);
    variable.or_else(|| warehouse_of_job(project))
}

/// The warehouse that the project names, by its id or its name, else one that runs: a query starts a stopped warehouse,
/// and nobody asked for that of one that nobody named.
///
/// # Errors
/// No warehouse that may be used.
pub(crate) async fn choose_warehouse(session: &Session) -> Result<WarehouseId, Failure> {
    let project = &session.project;
    if let Some(id) = named_warehouse(project) {
        return Ok(id);
    }
    let all = session.workspace.warehouses().await?;
    let looked_up = project.lookups.iter().find(|l| l.variable == "warehouse_id").and_then(|l| l.name.as_str());
    let named = looked_up.and_then(|name| all.iter().find(|w| w.name == name));
    if let Some(found) = named.or_else(|| all.iter().find(|w| w.state == "RUNNING")) {
        return Ok(found.id.clone());
    }
    let (host, user) = (session.workspace.host(), &session.me.user_name);
    Err(match all.first() {
        None => Failure::refused(format!("{host} has no SQL warehouse that {user} may use"))
            .hint("create one, or name one with `--var warehouse_id=ID`"),
        Some(stopped) => Failure::refused("no SQL warehouse is named, and none is running")
            .hint(format!("name one, which starts it: `--var warehouse_id={}` is {}", stopped.id, stopped.name)),
    })
}

/// The warehouse that the tasks of the pipeline's job name.
fn warehouse_of_job(project: &TargetBundle) -> Option<WarehouseId> {
    let job = project.resources.iter().find(|r| runs_pipeline(r))?;
    let tasks = job.spec.get("tasks").and_then(TreeNode::as_list).unwrap_or_default();
    let mut ids = tasks.iter().filter_map(|task| task.str_at("notebook_task.warehouse_id"));
    ids.find(|id| !id.is_empty() && !id.contains("${")).map(WarehouseId::from)
}
