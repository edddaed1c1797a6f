//! `/piq/`: what tests and benchmarks ask of the server itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::HttpFault;
use super::federation::Policy;
use crate::gateway;
use crate::http::{ApiError, App, Body, Identity, model_gateway};
use crate::restrictions::Rules;
use crate::secret::hex;
use crate::tree;

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/piq/requests", get(requests).delete(clear))
        .route("/piq/faults", post(faults).get(hits))
        .route("/piq/faults/stalled", get(stalled))
        .route("/piq/restrictions", post(restrictions))
        .route("/piq/users", post(user))
        .route("/piq/federation-policies", post(federation_policy))
        .route("/piq/gateway", delete(clear_counts))
        .route("/piq/gateway/faults", post(gateway_faults))
        .route("/piq/gateway/models", post(gateway_models))
}

async fn requests(State(app): State<Arc<App>>) -> Json<Value> {
    let (total, seen) = app.lab.requests.all();
    let mut counts = BTreeMap::new();
    for request in &seen {
        let path = request.path.split('?').next().unwrap_or_default();
        *counts.entry(format!("{} {path}", request.method)).or_insert(0_u64) += 1;
    }
    Json(json!({"total": total, "counts": counts, "requests": seen}))
}

async fn clear(State(app): State<Arc<App>>) -> Json<Value> {
    app.lab.requests.clear();
    Json(json!({}))
}

async fn hits(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({"hits": app.lab.faults.hits()}))
}

/// Answers when a request stalls.
async fn stalled(State(app): State<Arc<App>>) -> Json<Value> {
    app.lab.faults.until_stalled().await;
    Json(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsBody {
    faults: Vec<HttpFault>,
}

async fn faults(State(app): State<Arc<App>>, Body(asked): Body<FaultsBody>) -> Json<Value> {
    app.lab.faults.set(asked.faults);
    Json(json!({}))
}

/// Denies what a stricter workspace denies, in place of what was denied before.
async fn restrictions(State(app): State<Arc<App>>, Body(rules): Body<Rules>) -> Json<Value> {
    app.restrictions.set(rules);
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
    app.lab.federation.add(policy).map_err(ApiError::invalid)?;
    Ok(Json(json!({})))
}

async fn clear_counts(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    model_gateway(&app)?.clear_counts();
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GatewayFaultsBody {
    faults: Vec<gateway::GatewayFault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GatewayModels {
    models: BTreeMap<String, gateway::ModelBehavior>,
}

async fn gateway_models(
    State(app): State<Arc<App>>,
    Body(asked): Body<GatewayModels>,
) -> Result<Json<Value>, ApiError> {
    model_gateway(&app)?.set_models(asked.models);
    Ok(Json(json!({})))
}

async fn gateway_faults(
    State(app): State<Arc<App>>,
    Body(asked): Body<GatewayFaultsBody>,
) -> Result<Json<Value>, ApiError> {
    model_gateway(&app)?.set_faults(asked.faults);
    Ok(Json(json!({})))
}
