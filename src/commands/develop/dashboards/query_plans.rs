//! Plans the queries of dashboards on a SQL engine: a query that it refuses would fail when the dashboard is opened.

use std::path::Path;

use futures_util::StreamExt as _;
use piq_bundle::{LoadOptions, TargetBundle, load};
use piq_databricks::auth::Settings;
use piq_databricks::workspace::{Limits, StatementRequest, StatementsApi, WarehouseId, WorkspaceError};
use piq_diagnostics::{Diagnostic, Failure};
use piq_lakeview::{Explain, files};
use piq_local::find_running;

use crate::context::Context;
use crate::context::connection::connect;
use crate::context::namespace::Namespace;
use crate::context::options::WorkspaceOptions;
use crate::context::project::{LOCAL, load_project};
use crate::context::session::read_in_session;
use crate::context::signals::block_on;
use crate::context::warehouse::choose_warehouse;

/// Statements in flight at a time.
const AT_A_TIME: usize = 4;

/// What the engine said.
pub(crate) struct Planned {
    /// Queries that it refuses (errors), and those that it cannot plan yet (warnings).
    pub found: Vec<Diagnostic>,
    /// How many queries it was asked to plan.
    pub planned: usize,
}

/// Plans on the target's SQL warehouse.
pub(crate) fn on_target(
    context: &Context,
    options: &WorkspaceOptions,
    queries: Vec<Explain>,
) -> Result<Planned, Failure> {
    let project = load_project(context)?;
    read_in_session(context, project, options.session(), async |session| {
        let request = request(&session.project, choose_warehouse(session).await?)?;
        Ok(plan_queries(&session.workspace, &request, queries).await?)
    })
}

/// Plans on the local workspace of the project, if it runs. A failure there is only logged.
pub(crate) fn on_running(
    context: &Context,
    start: &Path,
    queries: impl Fn() -> Vec<Explain>,
) -> Result<Option<Planned>, Failure> {
    let running = files::project(start).and_then(|folder| find_running(&folder.join(".piq/workspace")));
    let Some(record) = running else { return Ok(None) };
    let options = LoadOptions { start, target: Some(LOCAL), ..context.load_options() };
    // a project without that target has nothing to do with the workspace
    let Ok(project) = load(&options) else { return Ok(None) };
    let request = request(&project, record.warehouse_id.as_str().into())?;
    let settings = Settings::local(&record.host, &record.token);
    let work = async {
        let workspace = connect(context, &settings, Limits::default()).await?;
        Ok(plan_queries(&workspace, &request, queries()).await)
    };
    let asked = block_on(async |signals| signals.or_stop(work).await)?;
    match asked {
        Ok(planned) => Ok(Some(planned)),
        Err(why) => {
            context.out.log(&format!("the local workspace planned no queries: {why}"));
            Ok(None)
        }
    }
}

/// What all statements have in common.
fn request(project: &TargetBundle, warehouse_id: WarehouseId) -> Result<StatementRequest, Failure> {
    let Namespace { catalog, schema } = Namespace::of_target(project)?;
    Ok(StatementRequest { catalog, schema, ..StatementRequest::new(warehouse_id, "") })
}

async fn plan_queries(
    workspace: &dyn StatementsApi,
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
            .hint("the pipeline has not run on this target yet: `piq run` creates its tables");
    }
    Diagnostic::error("dashboard-query-refused", format!("the engine refuses the query of dataset `{dataset}`: {text}"))
        .at(query.place.clone())
}
