//! SQL statements. They are kept in memory: a statement of an earlier server is gone, as one older than an hour is
//! in a real workspace.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::statement_result::{chunk, manifest};
use super::warehouses;
use crate::engine::{EngineStatement, EngineTable, Parameter};
use crate::http::{ApiError, App, Body, StatementOutcome};
use crate::secret::hex;

/// The longest statement in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.0/sql/statements", post(execute))
        .route("/api/2.0/sql/statements/", post(execute))
        .route("/api/2.0/sql/statements/{id}", get(status))
        .route("/api/2.0/sql/statements/{id}/cancel", post(cancel))
        .route("/api/2.0/sql/statements/{id}/result/chunks/{n}", get(result_chunk))
}

#[derive(Deserialize)]
struct StatementBody {
    warehouse_id: String,
    statement: String,
    #[serde(default)]
    parameters: Vec<AskedParameter>,
    catalog: Option<String>,
    schema: Option<String>,
    wait_timeout: Option<String>,
    on_wait_timeout: Option<String>,
    format: Option<String>,
    disposition: Option<String>,
    row_limit: Option<usize>,
}

#[derive(Deserialize)]
struct AskedParameter {
    name: String,
    value: Option<Value>,
    #[serde(rename = "type")]
    type_text: Option<String>,
}

async fn execute(State(app): State<Arc<App>>, Body(asked): Body<StatementBody>) -> Result<Json<Value>, ApiError> {
    if asked.statement.len() > LONGEST {
        return Err(ApiError::invalid("The statement is longer than 16 MiB."));
    }
    if !warehouses::wake(&app, &asked.warehouse_id)? {
        return Err(ApiError::not_found(format!("SQL warehouse {} does not exist.", asked.warehouse_id)));
    }
    for (field, value, only) in [("format", &asked.format, "JSON_ARRAY"), ("disposition", &asked.disposition, "INLINE")]
    {
        if value.as_ref().is_some_and(|v| v != only) {
            return Err(ApiError::unsupported(format!("the local workspace answers with {field} {only} only")));
        }
    }
    let wait = wait_timeout(asked.wait_timeout.as_deref().unwrap_or("10s"))?;
    let mut parameters = BTreeMap::new();
    for AskedParameter { name, value, type_text } in asked.parameters {
        let value = value.filter(|v| !v.is_null()).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
        parameters.insert(name, Parameter { value, type_text });
    }
    let mut statements = Vec::new();
    for (keyword, name) in [("CATALOG", &asked.catalog), ("SCHEMA", &asked.schema)] {
        if let Some(name) = name {
            let sql = format!("USE {keyword} `{}`", name.replace('`', "``"));
            statements.push(EngineStatement { sql, ..EngineStatement::default() });
        }
    }
    statements.push(EngineStatement { sql: asked.statement, parameters, workspace_only: false });

    let id = statement_id()?;
    let (sender, mut outcome) = watch::channel(StatementOutcome::Running);
    app.statements.add(id.clone(), sender.clone());
    tokio::spawn(run(Arc::clone(&app), statements, asked.row_limit, sender.clone()));
    let finished = outcome.wait_for(|o| !matches!(o, StatementOutcome::Running));
    let timed_out = tokio::time::timeout(wait, finished).await.is_err();
    if timed_out && asked.on_wait_timeout.as_deref() == Some("CANCEL") {
        sender.send_if_modified(cancel_running);
    }
    let outcome = sender.borrow().clone();
    Ok(Json(show(&id, &outcome)))
}

fn cancel_running(outcome: &mut StatementOutcome) -> bool {
    let running = matches!(outcome, StatementOutcome::Running);
    if running {
        *outcome = StatementOutcome::Canceled;
    }
    running
}

fn wait_timeout(text: &str) -> Result<Duration, ApiError> {
    let seconds = text.strip_suffix('s').and_then(|s| s.parse::<u64>().ok());
    match seconds {
        Some(s) if s == 0 || (5..=50).contains(&s) => Ok(Duration::from_secs(s)),
        _ => Err(ApiError::invalid(format!("wait_timeout must be 0s or between 5s and 50s, got {text}"))),
    }
}

fn statement_id() -> Result<String, ApiError> {
    let id = hex(16).map_err(|e| ApiError::internal(e.to_string()))?;
    Ok(format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]))
}

/// Runs the statements in a session of their own; the result is the last one's. Cancelling closes the session.
async fn run(
    app: Arc<App>,
    statements: Vec<EngineStatement>,
    limit: Option<usize>,
    sender: watch::Sender<StatementOutcome>,
) {
    let session = match app.engine.open_session(None).await {
        Ok(session) => session,
        Err(e) => {
            finish(&sender, StatementOutcome::Failed(e));
            return;
        }
    };
    let work = async {
        let mut table = EngineTable::default();
        for statement in &statements {
            table = app.execute(session, statement).await?;
        }
        Ok(table)
    };
    let mut watched = sender.subscribe();
    let canceled = async {
        // the sender lives in this function: this waits until somebody cancels
        let _ = watched.wait_for(|o| matches!(o, StatementOutcome::Canceled)).await.map(drop);
    };
    tokio::select! {
        done = work => finish(&sender, match done {
            Ok(mut table) => {
                let truncated = limit.is_some_and(|limit| table.rows.len() > limit);
                table.rows.truncate(limit.unwrap_or(usize::MAX));
                StatementOutcome::Succeeded(Arc::new(table), truncated)
            }
            Err(e) => StatementOutcome::Failed(e),
        }),
        () = canceled => {}
    }
    app.engine.close_session(session).await;
}

fn finish(sender: &watch::Sender<StatementOutcome>, outcome: StatementOutcome) {
    sender.send_if_modified(|current| {
        let running = matches!(current, StatementOutcome::Running);
        if running {
            *current = outcome;
        }
        running
    });
}

fn show(id: &str, outcome: &StatementOutcome) -> Value {
    match outcome {
        StatementOutcome::Running => json!({"statement_id": id, "status": {"state": "RUNNING"}}),
        StatementOutcome::Canceled => json!({"statement_id": id, "status": {"state": "CANCELED"}}),
        StatementOutcome::Failed(e) => json!({"statement_id": id, "status": {
            "state": "FAILED", "error": {"error_code": "BAD_REQUEST", "message": e.to_string()}}}),
        StatementOutcome::Succeeded(table, truncated) => json!({
            "statement_id": id, "status": {"state": "SUCCEEDED"},
            "manifest": manifest(table, *truncated), "result": chunk(table, 0, id).unwrap_or_else(|| json!({})),
        }),
    }
}

fn known(app: &App, id: &str) -> Result<watch::Sender<StatementOutcome>, ApiError> {
    app.statements.get(id).ok_or_else(|| {
        ApiError::new(axum::http::StatusCode::NOT_FOUND, "NOT_FOUND", format!("The statement {id} was not found."))
    })
}

async fn status(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let outcome = known(&app, &id)?.borrow().clone();
    Ok(Json(show(&id, &outcome)))
}

async fn cancel(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    known(&app, &id)?.send_if_modified(cancel_running);
    Ok(Json(json!({})))
}

async fn result_chunk(
    State(app): State<Arc<App>>,
    Path((id, n)): Path<(String, usize)>,
) -> Result<Json<Value>, ApiError> {
    let outcome = known(&app, &id)?.borrow().clone();
    let StatementOutcome::Succeeded(table, _) = outcome else {
        return Err(ApiError::invalid_state(format!("The statement {id} has no result.")));
    };
    chunk(&table, n, &id).map(Json).ok_or_else(|| ApiError::invalid(format!("There is no chunk {n}.")))
}
