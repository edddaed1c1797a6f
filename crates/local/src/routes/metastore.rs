//! The metastore that the workspace is assigned to: there is one, and its default catalog is `main`.

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::http::{App, USER, WORKSPACE_ID};

const ID: &str = "41000000-0000-4000-8000-000000000001";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.1/unity-catalog/current-metastore-assignment", get(assignment))
        .route("/api/2.1/unity-catalog/metastore_summary", get(summary))
        .route("/api/2.1/unity-catalog/metastores", get(list))
}

/// The official client reads the workspace's number here as a number, elsewhere as text.
async fn assignment() -> Json<Value> {
    let workspace: u64 = WORKSPACE_ID.parse().unwrap_or_default();
    Json(json!({"metastore_id": ID, "workspace_id": workspace, "default_catalog_name": "main"}))
}

async fn summary() -> Json<Value> {
    Json(
        json!({"metastore_id": ID, "global_metastore_id": format!("aws:local:{ID}"), "name": "local", "cloud": "aws", "region": "local", "owner": USER}),
    )
}

async fn list() -> Json<Value> {
    Json(
        json!({"metastores": [{"metastore_id": ID, "name": "local", "cloud": "aws", "region": "local", "owner": USER}]}),
    )
}
