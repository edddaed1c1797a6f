//! `/piq/load`: makes a table from a file of this machine, or adds to one. `/piq/parquet`: reads a Parquet file.

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
    Router::new().route("/piq/load", post(load)).route("/piq/parquet", post(read_parquet))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParquetBody {
    file: PathBuf,
    /// The file of JSON lines to write
    into: PathBuf,
}

async fn read_parquet(State(app): State<Arc<App>>, Body(asked): Body<ParquetBody>) -> Result<Json<Value>, ApiError> {
    let read = app.engine.read_parquet(&asked.file, &asked.into).await;
    let columns = read.map_err(|e| ApiError::invalid(e.to_string()))?;
    Ok(Json(json!({"columns": columns})))
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
    #[serde(default)]
    append: bool,
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
        append: asked.append,
    };
    let rows = app.engine.load(load).await.map_err(|e| ApiError::invalid(e.to_string()))?;
    Ok(Json(json!({"rows": rows})))
}
