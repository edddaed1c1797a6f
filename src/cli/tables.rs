//! What the commands that read the pipeline's tables share: the rendered pipeline and a warehouse to ask.

use std::collections::BTreeMap;

use super::session::Session;
use super::{Context, Failure};
use pipelineiq::insight::query::Warehouse;
use pipelineiq::insight::relations::Relations;
use pipelineiq::pipeline::Registry;
use pipelineiq::render::{read_content, render};
use piq_bundle::{Project, ResourceKind};
use piq_databricks::workspace::{Warehouses as _, Workspace as _};
use piq_diagnostics::{Diagnostic, Diagnostics};

/// The pipeline of a target: what it means, and where its tables are.
pub(super) struct Pipeline {
    /// What the enrichments are.
    pub registry: Registry,
    /// What the notebooks define.
    pub relations: Relations,
    /// Catalog of its tables.
    pub catalog: String,
    /// Schema of its tables.
    pub schema: String,
}

impl Pipeline {
    /// Renders the pipeline of a project whose identity is filled in.
    ///
    /// # Errors
    /// The faults of its files, and a project without a pipeline.
    pub(super) fn of(project: &Project) -> Result<Self, Failure> {
        let bundle = render(project, &read_content(&project.project_dir)?)?;
        let registry = bundle.registry.ok_or_else(|| {
            Diagnostics::from(
                Diagnostic::error("no-pipeline", "the project has no sql/pipeline.yml, so it has no pipeline")
                    .hint("run this in a project of PipelineIQ, or name its folder with -C"),
            )
        })?;
        let notebooks = bundle.files.iter().filter(|(path, _)| path.starts_with("notebooks/"));
        let texts: Vec<String> = notebooks.map(|(_, f)| String::from_utf8_lossy(&f.bytes).into_owned()).collect();
        let relations = Relations::read(texts.iter().map(String::as_str));
        let (catalog, schema) = namespace(project).ok_or_else(|| {
            Diagnostics::from(
                Diagnostic::error("no-namespace", "no job has the parameters `catalog` and `schema` with defaults")
                    .hint("the notebooks take them: give the job that runs the pipeline both, such as `default: ${var.catalog}`"),
            )
        })?;
        Ok(Self { registry, relations, catalog, schema })
    }

    /// A warehouse with the pipeline's catalog and schema in force.
    pub(super) fn at<'a>(&'a self, session: &'a Session, warehouse: &'a str) -> Warehouse<'a> {
        Warehouse {
            workspace: &session.workspace,
            id: warehouse,
            catalog: Some(&self.catalog),
            schema: Some(&self.schema),
        }
    }
}

/// Makes the catalog and schema of the pipeline's tables in the local workspace, as an administrator would in a real
/// one, and says so.
pub(super) async fn prepare_local(context: &Context, session: &Session) -> Result<(), Failure> {
    let (Some(local), Some((catalog, schema))) = (session.local(), namespace(&session.project)) else { return Ok(()) };
    for name in local.control.ensure_schema(&catalog, &schema).await? {
        context.out.talk(&format!("created `{name}` in the local workspace"));
    }
    Ok(())
}

/// The defaults of the parameters `catalog` and `schema` of the job that runs the pipeline.
fn namespace(project: &Project) -> Option<(String, String)> {
    let of_job = |spec: &piq_bundle::Node| {
        let list = spec.get("parameters")?.as_list()?;
        let values: BTreeMap<&str, &str> =
            list.iter().filter_map(|p| Some((p.str_at("name")?, p.str_at("default")?))).collect();
        Some(((*values.get("catalog")?).to_owned(), (*values.get("schema")?).to_owned()))
    };
    project.resources.iter().filter(|r| r.kind == ResourceKind::Job).find_map(|r| of_job(&r.spec))
}

/// The warehouse to ask: the one of the variable `warehouse_id`, else one that runs, else any.
///
/// # Errors
/// A workspace that refuses, or has no warehouse that we may use.
pub(super) async fn warehouse(session: &Session) -> Result<String, Failure> {
    let wanted = session.project.variables.get("warehouse_id").and_then(|v| v.as_str()).filter(|id| !id.is_empty());
    if let Some(id) = wanted {
        return Ok(id.to_owned());
    }
    let all = session.workspace.warehouses().await?;
    let best = all.iter().find(|w| w.state == "RUNNING").or_else(|| all.first());
    best.map(|w| w.id.clone()).ok_or_else(|| {
        Failure::refused(format!(
            "{} has no SQL warehouse that {} may use: create one, or name one with `--var warehouse_id=ID`",
            session.workspace.host(),
            session.me.user_name
        ))
    })
}
