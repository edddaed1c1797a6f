//! SQL warehouses. All of them are the one engine; what is set on them is kept and shown.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::{Map, Value, json};

use crate::http::{ApiError, App, Body, Identity, USER};
use crate::secret::hex;
use crate::store::Transaction;

const WAREHOUSES: &str = "warehouses";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.0/sql/warehouses", get(list).post(create))
        .route("/api/2.0/sql/warehouses/{id}", get(one).delete(delete))
        .route("/api/2.0/sql/warehouses/{id}/edit", post(edit))
        .route("/api/2.0/sql/warehouses/{id}/start", post(start))
        .route("/api/2.0/sql/warehouses/{id}/stop", post(start))
}

/// The warehouse that is always there.
pub(super) fn prepare(t: &mut Transaction<'_>, id: &str) {
    if t.tables().get::<Value>(WAREHOUSES, id).is_none() {
        let settings = json!({"name": "Serverless Starter Warehouse", "cluster_size": "2X-Small", "enable_serverless_compute": true,
            "warehouse_type": "PRO", "auto_stop_mins": 10, "creator_name": USER});
        t.put(WAREHOUSES, id, &settings);
    }
}

/// Whether there is such a warehouse.
pub(super) fn exists(app: &App, id: &str) -> bool {
    app.store.read(|t| t.get::<Value>(WAREHOUSES, id).is_some())
}

fn show(app: &App, id: &str, settings: &Value) -> Value {
    let mut shown = settings.clone();
    shown["id"] = json!(id);
    shown["state"] = json!("RUNNING");
    shown["num_clusters"] = json!(1);
    shown["jdbc_url"] = json!("");
    let host = app.host.trim_start_matches("http://");
    let hostname = host.split(':').next().unwrap_or(host);
    shown["odbc_params"] =
        json!({"hostname": hostname, "path": format!("/sql/1.0/warehouses/{id}"), "protocol": "http"});
    shown
}

async fn list(State(app): State<Arc<App>>) -> Json<Value> {
    let all: Vec<Value> =
        app.store.read(|t| t.all::<Value>(WAREHOUSES).map(|(id, settings)| show(&app, id, &settings)).collect());
    Json(json!({"warehouses": all}))
}

async fn one(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let settings = app.store.read(|t| t.get::<Value>(WAREHOUSES, &id)).ok_or_else(|| missing(&id))?;
    Ok(Json(show(&app, &id, &settings)))
}

async fn create(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Body(mut settings): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let name = settings.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err(ApiError::invalid("The parameter `name` is required."));
    }
    let id = hex(8)
        .map_err(|e| ApiError::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", e.to_string()))?;
    settings.insert("creator_name".into(), json!(who.name()));
    app.store.write(|t| {
        if t.tables().all::<Value>(WAREHOUSES).any(|(_, w)| w["name"] == name.as_str()) {
            return Err(ApiError::invalid(format!("SQL warehouse with name `{name}` already exists")));
        }
        t.put(WAREHOUSES, &id, &settings);
        Ok(())
    })?;
    Ok(Json(json!({"id": id})))
}

async fn edit(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(changes): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        let mut settings = t.tables().get::<Map<String, Value>>(WAREHOUSES, &id).ok_or_else(|| missing(&id))?;
        settings.extend(changes.into_iter().filter(|(k, _)| k != "id"));
        t.put(WAREHOUSES, &id, &settings);
        Ok::<_, ApiError>(())
    })?;
    Ok(Json(json!({})))
}

async fn start(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    if exists(&app, &id) { Ok(Json(json!({}))) } else { Err(missing(&id)) }
}

async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| if t.remove(WAREHOUSES, &id) { Ok(()) } else { Err(missing(&id)) })?;
    Ok(Json(json!({})))
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("SQL warehouse {id} does not exist."))
}
