//! `/piq/gateway`: what the model gateway counted, and its faults.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::gateway::{Counted, Fault, Gateway};
use crate::http::{ApiError, App, Body};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/piq/gateway", get(counted).delete(clear)).route("/piq/gateway/faults", post(faults))
}

pub(super) fn gateway(app: &App) -> Result<Arc<Gateway>, ApiError> {
    app.engine.gateway().ok_or_else(|| ApiError::unsupported("this workspace has no model gateway"))
}

async fn counted(State(app): State<Arc<App>>) -> Result<Json<Counted>, ApiError> {
    Ok(Json(gateway(&app)?.counted()))
}

async fn clear(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    gateway(&app)?.clear_counts();
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faults {
    faults: Vec<Fault>,
}

async fn faults(State(app): State<Arc<App>>, Body(asked): Body<Faults>) -> Result<Json<Value>, ApiError> {
    gateway(&app)?.set_faults(asked.faults);
    Ok(Json(json!({})))
}
