//! Has an engine plan the queries of dashboards: what it refuses would fail when the dashboard is opened.

use std::path::Path;

use futures_util::StreamExt as _;

use super::connection::connect;
use super::preview::warehouse;
use super::session::{LOCAL, Session, WorkspaceOptions, block_on, project};
use super::{Context, Failure};
use pipelineiq::render::target_value;
use piq_bundle::{LoadOptions, Project, load};
use piq_databricks::auth::Settings;
use piq_databricks::workspace::{Limits, StatementRequest, Statements, WorkspaceError};
use piq_diagnostics::{Diagnostic, Diagnostics};
use piq_lakeview::{Explain, files};
use piq_local::find_running;

/// Statements in flight at a time.
const AT_A_TIME: usize = 4;

/// What the engine said.
pub(super) struct Planned {
    /// Queries that it refuses (errors), and those that it cannot plan yet (warnings).
    pub found: Vec<Diagnostic>,
    /// How many queries it was asked to plan.
    pub planned: usize,
}

/// Plans on the target's SQL warehouse.
pub(super) fn on_target(
    context: &Context,
    options: &WorkspaceOptions,
    queries: Vec<Explain>,
) -> Result<Planned, Failure> {
    let project = project(context)?;
    block_on(async {
        let session = Session::open(context, project, options).await?;
        let planned = async {
            let warehouse = warehouse(&session).await?;
            let request = request(&session.project, warehouse)?;
            all(&session.workspace, &request, queries).await.map_err(Failure::from)
        }
        .await;
        session.close().await;
        planned
    })?
}

/// Plans on the local workspace of the project, if it runs. That it cannot be asked is said and is no error.
pub(super) fn on_running(
    context: &Context,
    start: &Path,
    queries: impl Fn() -> Vec<Explain>,
) -> Result<Option<Planned>, Failure> {
    let running = files::project(start).and_then(|folder| find_running(&folder.join(".piq/workspace")));
    let Some(record) = running else { return Ok(None) };
    let options = LoadOptions { start, target: Some(LOCAL), vars: &context.global.vars, env: &context.env };
    // a project without that target has nothing to do with the workspace
    let Ok(project) = load(&options) else { return Ok(None) };
    let request = request(&project, record.warehouse_id.clone())?;
    let asked = block_on(async {
        let settings = Settings::local(&record.host, &record.token);
        let workspace = connect(context, &settings, Limits::default()).await?;
        Ok::<_, Failure>(all(&workspace, &request, queries()).await.map_err(|e| e.to_string()))
    })??;
    match asked {
        Ok(planned) => Ok(Some(planned)),
        Err(why) => {
            context.out.talk(&format!("the local workspace planned no queries: {why}"));
            Ok(None)
        }
    }
}

/// What all statements have in common.
fn request(project: &Project, warehouse_id: String) -> Result<StatementRequest, Failure> {
    let value = |name: &str| target_value(project, name).map_err(Diagnostics::from);
    Ok(StatementRequest { warehouse_id, catalog: value("catalog")?, schema: value("schema")?, ..Default::default() })
}

async fn all(
    workspace: &dyn Statements,
    request: &StatementRequest,
    queries: Vec<Explain>,
) -> Result<Planned, WorkspaceError> {
    let planned = queries.len();
    let answers = futures_util::stream::iter(queries.into_iter().map(|query| async move {
        let request = StatementRequest { statement: query.statement.clone(), ..request.clone() };
        (workspace.execute_statement(&request).await, query)
    }));
    let answers: Vec<_> = answers.buffered(AT_A_TIME).collect().await;
    let mut found = Vec::new();
    for (answer, query) in answers {
        match answer {
            Ok(_) => {}
            Err(WorkspaceError::Statement(text)) if !text.contains("ENGINE") => found.push(finding(&query, &text)),
            Err(other) => return Err(other),
        }
    }
    Ok(Planned { found, planned })
}

fn finding(query: &Explain, text: &str) -> Diagnostic {
    let dataset = &query.dataset;
    if ["TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND"].iter().any(|class| text.contains(class)) {
        let message = format!("the query of dataset `{dataset}` cannot be planned yet: {text}");
        return Diagnostic::warning("dashboard-query-unplanned", message)
            .at(query.place.clone())
            .hint("the pipeline has not run on this target: `piq run` makes its tables");
    }
    Diagnostic::error("dashboard-query-refused", format!("the engine refuses the query of dataset `{dataset}`: {text}"))
        .at(query.place.clone())
}
