//! What the commands that read the pipeline's tables share.

use pipelineiq::insight::query::WarehouseQueries;
use pipelineiq::insight::relations::Relations;
use pipelineiq::pipeline::{Content, Registry};
use pipelineiq::render::{RenderedFile, read_content, render};
use piq_bundle::{ResourceKind, TargetBundle};
use piq_databricks::workspace::WarehouseId;
use piq_diagnostics::{Diagnostic, Failure};

use crate::context::Context;
use crate::context::namespace::Namespace;
use crate::context::session::Session;

/// The pipeline of a target: its enrichments, the relations of its notebooks, and where its tables are.
pub(crate) struct LoadedPipeline {
    pub registry: Registry,
    pub relations: Relations,
    pub catalog: String,
    pub schema: String,
}

impl LoadedPipeline {
    /// Renders the pipeline of a project whose identity is filled in.
    ///
    /// # Errors
    /// Errors in its files, and a project without a pipeline.
    pub(crate) fn of(project: &TargetBundle) -> Result<Self, Failure> {
        Self::of_content(project, &read_content(&project.project_dir)?)
    }

    /// The same for other files than the project's own.
    ///
    /// # Errors
    /// As [`LoadedPipeline::of`].
    pub(crate) fn of_content(project: &TargetBundle, content: &Content) -> Result<Self, Failure> {
        let bundle = render(project, content)?;
        let registry = bundle.registry.ok_or_else(no_pipeline)?;
        let notebooks = bundle.files.iter().filter(|(path, _)| path.starts_with("notebooks/"));
        let text = |file: &RenderedFile| String::from_utf8_lossy(&file.bytes).into_owned();
        let texts: Vec<String> = notebooks.map(|(_, file)| text(file)).collect();
        let relations = Relations::read(texts.iter().map(String::as_str));
        let (catalog, schema) = Namespace::of_project(project)?.complete()?;
        Ok(Self { registry, relations, catalog, schema })
    }

    /// A warehouse with the pipeline's catalog and schema as the current ones.
    pub(crate) fn at<'a>(&'a self, session: &'a Session, warehouse: &'a WarehouseId) -> WarehouseQueries<'a> {
        WarehouseQueries {
            workspace: &session.workspace,
            id: warehouse,
            catalog: Some(&self.catalog),
            schema: Some(&self.schema),
        }
    }
}

/// The enrichments of a project, read without its workspace.
///
/// # Errors
/// Errors in its files, and a project without a pipeline.
pub(crate) fn registry_of(project: &TargetBundle) -> Result<Registry, Failure> {
    render(project, &read_content(&project.project_dir)?)?.registry.ok_or_else(no_pipeline)
}

/// Whether a project has a pipeline.
pub(crate) fn has_pipeline(project: &TargetBundle) -> bool {
    project.project_dir.join("sql/pipeline.yml").is_file()
}

/// A project that has no pipeline, for a command that needs one.
pub(crate) fn no_pipeline() -> Failure {
    Diagnostic::error("no-pipeline", "the project has no sql/pipeline.yml, so it has no pipeline")
        .hint("run this in a PipelineIQ project, or name its folder with -C")
        .into()
}

/// Creates the catalog and schema of the pipeline's tables in the local workspace, as an administrator would in a real
/// one. A schema that the bundle declares is left to the deploy.
pub(crate) async fn prepare_local(context: &Context, session: &Session) -> Result<(), Failure> {
    let Some(local) = session.local().filter(|_| has_pipeline(&session.project)) else { return Ok(()) };
    let Namespace { catalog, schema } = Namespace::of_project(&session.project)?;
    let named = |name: Option<String>| name.filter(|name| !name.is_empty());
    let Some((catalog, schema)) = named(catalog).zip(named(schema)) else { return Ok(()) };
    let is_declared = session.project.resources.iter().any(|r| {
        let is = |field: &str, name: &str| r.spec.str_at(field).is_some_and(|n| n.eq_ignore_ascii_case(name));
        r.kind == ResourceKind::Schema && is("catalog_name", &catalog) && is("name", &schema)
    });
    // every catalog has a schema `default`
    let schema = if is_declared { "default".to_owned() } else { schema };
    for name in local.control.ensure_schema(&catalog, &schema).await? {
        context.out.log(&format!("created `{name}` in the local workspace"));
    }
    Ok(())
}
