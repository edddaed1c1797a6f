//! `/piq/`: what tests and benchmarks need of the server itself.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::Poll;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::federation::Policy;
use crate::http::{ApiError, App, Body as Asked, Identity};
use crate::secret::hex;
use crate::tree;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/piq/requests", get(requests).delete(clear))
        .route("/piq/faults", post(faults).get(hits))
        .route("/piq/faults/stalled", get(stalled))
        .route("/piq/guest", get(guest))
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

async fn faults(State(app): State<Arc<App>>, Asked(asked): Asked<Faults>) -> Json<Value> {
    app.faults.set(asked.faults);
    Json(json!({}))
}

/// An answer that does not end: as long as it is read, a workspace that another command started stays.
async fn guest(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let guest = app.guests.enter().ok_or_else(|| ApiError::invalid_state("The workspace is about to stop."))?;
    let endless = futures_util::stream::poll_fn(move |_| {
        let _held = &guest;
        Poll::<Option<Result<Bytes, Infallible>>>::Pending
    });
    Ok(Body::from_stream(endless).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    user_name: String,
}

/// One more person in the workspace, with a home and a token that counts until the server stops.
async fn user(State(app): State<Arc<App>>, Asked(asked): Asked<User>) -> Result<Json<Value>, ApiError> {
    let home = tree::normal(&format!("/Users/{}", asked.user_name))?;
    app.store.write(|t| tree::mkdirs(t, &home))?;
    let random = hex(16).map_err(|e| ApiError::invalid(e.to_string()))?;
    let token = format!("dapi{random}");
    app.tokens.issue(token.clone(), Identity::User(asked.user_name));
    Ok(Json(json!({"token": token})))
}

async fn federation_policy(State(app): State<Arc<App>>, Asked(policy): Asked<Policy>) -> Result<Json<Value>, ApiError> {
    app.federation.add(policy).map_err(ApiError::invalid)?;
    Ok(Json(json!({})))
}
