//! `/piq/`: what tests and benchmarks need of the server itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::tree;
use crate::local::faults::Fault;
use crate::local::federation::Policy;
use crate::local::server::{ApiError, App, Body, Identity, hex};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/piq/requests", get(requests).delete(clear))
        .route("/piq/faults", post(faults).get(hits))
        .route("/piq/faults/stalled", get(stalled))
        .route("/piq/users", post(user))
        .route("/piq/federation-policies", post(federation_policy))
}

async fn requests(State(app): State<Arc<App>>) -> Json<Value> {
    let (total, seen) = app.requests.all();
    let mut counts = BTreeMap::new();
    for request in &seen {
        let path = request.path.split('?').next().unwrap_or_default();
        *counts.entry(format!("{} {path}", request.method)).or_insert(0_u64) += 1;
    }
    Json(json!({"total": total, "counts": counts, "requests": seen}))
}

async fn clear(State(app): State<Arc<App>>) -> Json<Value> {
    app.requests.clear();
    Json(json!({}))
}

async fn hits(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({"hits": app.faults.hits()}))
}

/// Answers when a request stalls.
async fn stalled(State(app): State<Arc<App>>) -> Json<Value> {
    app.faults.until_stalled().await;
    Json(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faults {
    faults: Vec<Fault>,
}

async fn faults(State(app): State<Arc<App>>, Body(asked): Body<Faults>) -> Json<Value> {
    app.faults.set(asked.faults);
    Json(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    user_name: String,
}

/// One more person in the workspace, with a home and a token that counts until the server stops.
async fn user(State(app): State<Arc<App>>, Body(asked): Body<User>) -> Result<Json<Value>, ApiError> {
    let home = tree::normal(&format!("/Users/{}", asked.user_name))?;
    app.store.write(|t| tree::mkdirs(t, &home))?;
    let random = hex(16).map_err(|e| ApiError::invalid(e.to_string()))?;
    let token = format!("dapi{random}");
    app.tokens.issue(token.clone(), Identity::User(asked.user_name));
    Ok(Json(json!({"token": token})))
}

async fn federation_policy(State(app): State<Arc<App>>, Body(policy): Body<Policy>) -> Result<Json<Value>, ApiError> {
    app.federation.add(policy).map_err(ApiError::invalid)?;
    Ok(Json(json!({})))
}
