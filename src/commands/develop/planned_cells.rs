//! `piq validate --plan`: the engine plans and runs every cell of the pipeline over a source without rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use pipelineiq::pipeline::Registry;
use pipelineiq::render::{Bundle, failed_cell, read_project_content, render};
use piq_bundle::{CurrentUser, TargetBundle, TargetFacts};
use piq_diagnostics::{Diagnostic, Failure, FailureContext as _};
use piq_fixtures::FakeModel;
use piq_local::engine::{ColumnInfo, Engine, EngineError, EngineStatement, Parameter};
use piq_local::{EngineOptions, engine_for};
use piq_sql::notebook::{CellKind, NotebookCell, cells, is_notebook};
use piq_sql::{Create, statements, tokens};

use crate::context::Context;
use crate::context::answers::AnswersArgs;
use crate::context::local_workspace::LocalWorkspace;
use crate::context::namespace::Namespace;
use crate::context::pipeline::no_pipeline;
use crate::context::signals::block_on;

/// Where the notebooks of the job are in a rendered bundle. Their names say in which order they run.
const NOTEBOOKS: &str = "notebooks/";

/// What the engine said of the cells.
pub(crate) struct PlannedCells {
    /// Cells that it planned.
    pub planned: usize,
    /// Notebooks that they stand in.
    pub notebooks: usize,
    /// What it refused, each at the author's line.
    pub refused: Vec<Diagnostic>,
}

/// Runs the cells of a target's notebooks in an engine of their own, which is gone afterwards. The source has the columns
/// of the table in the local workspace, or else those of the sample, and no rows: no model is asked, no use case scored.
///
/// # Errors
/// A project without a pipeline; an engine that does not start.
pub(crate) fn plan_cells(context: &Context, project: &TargetBundle) -> Result<PlannedCells, Failure> {
    // which user it is does not matter to the engine
    let user = CurrentUser::new("planner@example.com");
    let project = &project.loaded.for_target(&TargetFacts::of(user, BTreeMap::new()))?;
    let content = read_project_content(project)?;
    let bundle = render(project, &content)?;
    let registry = bundle.registry.as_ref().ok_or_else(no_pipeline)?;
    let (catalog, schema) = Namespace::of_project(project)?.complete()?;
    block_on(async |signals| {
        let work = async {
            let columns = source_columns(context, project, registry).await?;
            let dir = tempfile::tempdir().context("cannot make a folder for the engine")?;
            let engine = engine_for(dir.path(), engine_options(context));
            let source = &registry.config.source_table;
            let run = run(engine.as_ref(), &bundle, source, &columns, [&catalog, &schema]).await;
            engine.stop().await;
            let Ran { planned, notebooks, failed } =
                run.map_err(|e| Failure::refused(format!("the plan has no result: {e}")))?;
            let place = |f: &FailedCell| {
                failed_cell(&bundle, &content, &f.error, &f.trace)
                    .unwrap_or_else(|| Diagnostic::error("cell-failed", format!("a cell failed: {}", f.error)))
            };
            Ok(PlannedCells { planned, notebooks, refused: causes(failed.iter().map(place).collect()) })
        };
        signals.or_stop(work).await
    })
}

/// Without what only follows: all notebooks read the mapping of the source, and miss what it would have given.
fn causes(mut refused: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let of_mapping = |d: &Diagnostic| d.labels.iter().any(|label| label.place.source.path == "sql/source.sql");
    if refused.iter().any(of_mapping) {
        refused.retain(of_mapping);
    }
    refused
}

/// Nothing is asked but whether models answer at all, and that of the fake model.
fn engine_options(context: &Context) -> EngineOptions {
    let mut options = AnswersArgs::default().engine_options(context);
    options.source.endpoint = None;
    options.source.offline = Some(Arc::new(FakeModel));
    options
}

/// The columns of the source table: those that the local workspace knows, else those of the sample.
async fn source_columns(
    context: &Context,
    project: &TargetBundle,
    registry: &Registry,
) -> Result<Vec<ColumnInfo>, Failure> {
    let own = match project.project_dir.join(".piq/workspace").is_dir() {
        true => {
            let local = LocalWorkspace::of_project(context, &project.project_dir, &AnswersArgs::default()).await?;
            let columns = local.control.table_columns(&registry.config.source_table).await;
            local.close().await;
            columns?
        }
        false => None,
    };
    let column = |(name, type_text)| ColumnInfo { name, type_text, nullable: true, comment: None };
    Ok(match own {
        Some(own) => own.into_iter().map(column).collect(),
        None => {
            let rows = registry.source_columns.rows.iter();
            rows.map(|row| column((row["column"].clone(), row["type"].clone()))).collect()
        }
    })
}

struct FailedCell {
    error: String,
    trace: String,
}

struct Ran {
    planned: usize,
    notebooks: usize,
    failed: Vec<FailedCell>,
}

/// Makes the source table, without rows. A name that is not of three parts is left to the cell that reads it.
async fn make_source(engine: &dyn Engine, source: &str, columns: &[ColumnInfo]) -> Result<(), EngineError> {
    let [catalog, schema, _] = source.split('.').collect::<Vec<_>>()[..] else { return Ok(()) };
    engine.create_namespace(catalog, None)?;
    engine.create_namespace(catalog, Some(schema))?;
    let columns: Vec<String> = columns.iter().map(|c| format!("`{}` {}", c.name, c.type_text)).collect();
    let sql = format!("CREATE TABLE {source} ({})", columns.join(", "));
    let session = engine.open_session(None).await?;
    let made = engine.execute(session, &EngineStatement { sql, ..EngineStatement::default() }).await;
    engine.close_session(session).await;
    made.map(drop)
}

/// Runs all cells.
///
/// # Errors
/// A fault that is not about a cell: nothing is known of those after it.
async fn run(
    engine: &dyn Engine,
    bundle: &Bundle,
    source: &str,
    columns: &[ColumnInfo],
    [catalog, schema]: [&str; 2],
) -> Result<Ran, EngineError> {
    engine.create_namespace(catalog, None)?;
    engine.create_namespace(catalog, Some(schema))?;
    make_source(engine, source, columns).await?;
    let named = [("catalog", catalog), ("schema", schema)];
    let parameters: BTreeMap<String, Parameter> =
        named.into_iter().map(|(name, value)| (name.to_owned(), Parameter::text(value))).collect();
    let mut ran = Ran { planned: 0, notebooks: 0, failed: Vec::new() };
    let mut missing: Vec<String> = Vec::new();
    for (path, file) in bundle.files.iter().filter(|(path, _)| path.starts_with(NOTEBOOKS)) {
        let Some(text) = std::str::from_utf8(&file.bytes).ok().filter(|text| is_notebook(text)) else { continue };
        ran.notebooks += 1;
        let session = engine.open_session(None).await?;
        for cell in cells(text).into_iter().filter(|cell| cell.kind == CellKind::Sql) {
            let statement = EngineStatement {
                sql: cell.text.clone(),
                parameters: parameters.clone(),
                workspace_only: cell.workspace_only,
            };
            let Err(e) = engine.execute(session, &statement).await else {
                ran.planned += 1;
                continue;
            };
            if !e.is_of_the_statement() {
                return Err(e);
            }
            let error = e.to_string();
            // what a failed cell would have made is missing for others: those only follow
            let said = format!("{error} {}", cell.text).to_lowercase();
            let follows = missing.iter().any(|name| said.contains(name.as_str()));
            missing.extend(makes(&cell));
            if !follows {
                let trace = format!("{} of {path} failed: {error}\n\n{}\n", cell.label(), cell.text);
                ran.failed.push(FailedCell { error, trace });
            }
        }
        engine.close_session(session).await;
    }
    Ok(ran)
}

/// The names of what a cell would make, in lower case.
fn makes(cell: &NotebookCell) -> Vec<String> {
    let all = tokens(&cell.text);
    let made = statements(&all).into_iter().filter_map(Create::read);
    made.map(|create| create.last_name().to_lowercase()).filter(|name| !name.is_empty()).collect()
}
