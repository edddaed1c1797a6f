//! Plans the queries of dashboards on a SQL engine: a query that it refuses would fail when the dashboard is opened.

use std::path::Path;

use futures_util::StreamExt as _;
use piq_bundle::{LoadOptions, TargetBundle, load};
use piq_databricks::auth::Settings;
use piq_databricks::workspace::{Limits, StatementRequest, StatementsApi, WarehouseId, WorkspaceError};
use piq_diagnostics::{Diagnostic, Failure};
use piq_lakeview::{Explain, files};
use piq_local::find_running;
use piq_sql::fault_in;

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
    // the line and position are those of the statement that was planned; the diagnostic has the place in the file
    let place = match fault_in(&query.statement, text) {
        Some(fault) => query.place_of(fault.start),
        None => &query.place,
    };
    let text = without_position(text);
    if ["TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND"].iter().any(|class| text.contains(class)) {
        let message = format!("the query of dataset `{dataset}` cannot be planned yet: {text}");
        return Diagnostic::warning("dashboard-query-unplanned", message)
            .at(place.clone())
            .hint("the pipeline has not run on this target yet: `piq run` creates its tables");
    }
    Diagnostic::error("dashboard-query-refused", format!("the engine refuses the query of dataset `{dataset}`: {text}"))
        .at(place.clone())
}

/// A message without each `line 1, pos 9` in it.
fn without_position(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("line ") {
        let (before, from) = rest.split_at(at);
        let number = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let line = number(&from["line ".len()..]);
        let after = &from["line ".len() + line..];
        let position = after.strip_prefix(", pos ").or_else(|| after.strip_prefix(" pos ")).filter(|_| line > 0);
        let Some((position, digits)) = position.map(|p| (p, number(p))).filter(|(_, digits)| *digits > 0) else {
            let kept = at + "line ".len();
            out.push_str(&rest[..kept]);
            rest = &rest[kept..];
            continue;
        };
        let bracketed = before.ends_with('(') && position[digits..].starts_with(')');
        let end = usize::from(bracketed);
        out.push_str(before[..before.len() - end].trim_end_matches([' ', ';']));
        rest = &position[digits + end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use piq_lakeview::explain;

    use super::{finding, without_position};

    #[test]
    fn a_refusal_stands_at_the_part_of_the_query_that_it_is_about() {
        let text = r#"{"datasets": [{"name": "d", "query": "SELECT a,\n  nope FROM t WHERE b = :n AND wrong > 1",
            "parameters": [{"keyword": "n", "dataType": "INTEGER"}]}]}"#;
        let query = explain("a.lvdash.json", text.as_bytes()).remove(0);
        let at = |message: &str| {
            let found = finding(&query, message);
            (text[found.labels[0].place.span.clone()].to_owned(), found.message)
        };
        let (place, message) = at("[UNRESOLVED_COLUMN] cannot resolve `nope`; line 2 pos 2");
        assert_eq!(place, "nope");
        assert!(message.ends_with("cannot resolve `nope`"), "{message}");
        assert_eq!(at("[UNRESOLVED_COLUMN] cannot resolve `wrong`").0, "wrong", "behind a parameter");
        assert_eq!(at("[PARSE_SYNTAX_ERROR] Syntax error at or near 'a' (line 1, pos 15)").0, "a");
        assert_eq!(at("[INTERNAL] no word of where").0, "SELECT");
    }

    #[test]
    fn positions_of_the_statement_are_not_told() {
        assert_eq!(without_position("near 'x' (line 1, pos 12)"), "near 'x'");
        assert_eq!(without_position("of `x`; line 3 pos 4; the rest"), "of `x`; the rest");
        assert_eq!(without_position("a line of text, line 3"), "a line of text, line 3");
    }
}
