//! SQL warehouses. All of them are the one engine; what is set on them is kept and shown.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::access::PERMISSIONS;
use crate::http::{ApiError, App, Body, Caller, USER};
use crate::secret::hex;
use crate::store::{StoreError, Tables, Transaction};

const WAREHOUSES: &str = "warehouses";

/// The mark of a warehouse that somebody stopped; never shown.
const STOPPED: &str = "piq_stopped";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.0/sql/warehouses", get(list).post(create))
        .route("/api/2.0/sql/config/warehouses", get(config))
        .route("/api/2.0/sql/warehouses/{id}", get(one).delete(delete))
        .route("/api/2.0/sql/warehouses/{id}/edit", post(edit))
        .route("/api/2.0/sql/warehouses/{id}/start", post(start))
        .route("/api/2.0/sql/warehouses/{id}/stop", post(stop))
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
pub(super) fn exists(t: &Tables, id: &str) -> bool {
    t.get::<Value>(WAREHOUSES, id).is_some()
}

/// Starts a warehouse that was stopped, as a statement does; false if the workspace has none of this id.
pub(super) fn wake(app: &App, id: &str) -> Result<bool, StoreError> {
    let stopped = app.store.read(|t| t.get::<Map<String, Value>>(WAREHOUSES, id).map(|w| w.contains_key(STOPPED)));
    match stopped {
        Some(true) => app.store.write(|t| set_stopped(t, id, false)).map(|()| true),
        found => Ok(found.is_some()),
    }
}

fn set_stopped(t: &mut Transaction<'_>, id: &str, stopped: bool) -> Result<(), StoreError> {
    if let Some(mut settings) = t.tables().get::<Map<String, Value>>(WAREHOUSES, id) {
        match stopped {
            true => settings.insert(STOPPED.into(), json!(true)),
            false => settings.remove(STOPPED),
        };
        t.put(WAREHOUSES, id, &settings);
    }
    Ok(())
}

fn show(app: &App, id: &str, settings: &Map<String, Value>) -> Value {
    let mut shown = settings.clone();
    let stopped = shown.remove(STOPPED).is_some();
    let host = app.host.trim_start_matches("http://");
    let hostname = host.split(':').next().unwrap_or(host);
    let (state, clusters) = if stopped { ("STOPPED", 0) } else { ("RUNNING", 1) };
    for (field, value) in [
        ("id", json!(id)),
        ("state", json!(state)),
        ("num_clusters", json!(clusters)),
        ("jdbc_url", json!("")),
        ("odbc_params", json!({"hostname": hostname, "path": format!("/sql/1.0/warehouses/{id}"), "protocol": "http"})),
    ] {
        shown.insert(field.into(), value);
    }
    Value::Object(shown)
}

async fn list(State(app): State<Arc<App>>) -> Json<Value> {
    let all: Vec<Value> = app
        .store
        .read(|t| t.all::<Map<String, Value>>(WAREHOUSES).map(|(id, settings)| show(&app, id, &settings)).collect());
    Json(json!({"warehouses": all}))
}

async fn one(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let settings = app.store.read(|t| t.get::<Map<String, Value>>(WAREHOUSES, &id)).ok_or_else(|| missing(&id))?;
    Ok(Json(show(&app, &id, &settings)))
}

/// What all warehouses share.
async fn config(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({"enable_serverless_compute": app.restrictions.serverless(), "security_policy": "DATA_ACCESS_CONTROL"}))
}

async fn create(
    Caller { app, who }: Caller,
    Body(mut settings): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let name = settings.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err(ApiError::invalid("The parameter `name` is required."));
    }
    let id = hex(8).map_err(|e| ApiError::internal(e.to_string()))?;
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
        settings.extend(changes.into_iter().filter(|(k, _)| k != "id" && k != "creator_name"));
        t.put(WAREHOUSES, &id, &settings);
        Ok::<_, ApiError>(())
    })?;
    Ok(Json(json!({})))
}

async fn start(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    if wake(&app, &id)? { Ok(Json(json!({}))) } else { Err(missing(&id)) }
}

async fn stop(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        if !exists(t.tables(), &id) {
            return Err(missing(&id));
        }
        set_stopped(t, &id, true)?;
        Ok(Json(json!({})))
    })
}

async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        t.remove(PERMISSIONS, &format!("warehouses/{id}"));
        if t.remove(WAREHOUSES, &id) { Ok(()) } else { Err(missing(&id)) }
    })?;
    Ok(Json(json!({})))
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("SQL warehouse {id} does not exist."))
}
