//! `/piq/load`: makes a table from a file of this machine, for sample data.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::{ColumnInfo, Load};
use crate::http::{ApiError, App, Body};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/piq/load", post(load))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoadBody {
    /// `catalog.schema.table`
    table: String,
    /// JSON lines, values as strings or NULL
    file: PathBuf,
    columns: Vec<ColumnInfo>,
    comment: Option<String>,
}

async fn load(State(app): State<Arc<App>>, Body(asked): Body<LoadBody>) -> Result<Json<Value>, ApiError> {
    let parts: Vec<&str> = asked.table.split('.').collect();
    let [catalog, schema, name] = parts.as_slice() else {
        return Err(ApiError::invalid(format!("`{}` is not a name of the form catalog.schema.table", asked.table)));
    };
    let load = Load {
        table: [catalog, schema, name],
        file: &asked.file,
        columns: &asked.columns,
        comment: asked.comment.as_deref(),
    };
    let rows = app.engine.load(load).await.map_err(|e| ApiError::invalid(e.to_string()))?;
    Ok(Json(json!({"rows": rows})))
}
