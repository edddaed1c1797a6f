//! Model serving endpoints: those that the SQL functions of the local engine answer for.

use std::sync::Arc;

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::local::server::{ApiError, App, USER};

/// Names of the foundation models that every workspace offers.
const ENDPOINTS: [&str; 3] =
    ["databricks-claude-sonnet-4", "databricks-gpt-oss-120b", "databricks-meta-llama-3-3-70b-instruct"];

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/2.0/serving-endpoints", get(list)).route("/api/2.0/serving-endpoints/{name}", get(one))
}

fn show(name: &str) -> Value {
    json!({
        "name": name, "id": name, "creator": USER, "task": "llm/v1/chat",
        "state": {"ready": "READY", "config_update": "NOT_UPDATING"},
        "config": {"served_entities": [{"name": name, "foundation_model": {"name": name}}]},
    })
}

async fn list() -> Json<Value> {
    Json(json!({"endpoints": ENDPOINTS.map(show)}))
}

async fn one(Path(name): Path<String>) -> Result<Json<Value>, ApiError> {
    if ENDPOINTS.contains(&name.as_str()) {
        Ok(Json(show(&name)))
    } else {
        Err(ApiError::not_found(format!("The endpoint {name} does not exist.")))
    }
}
