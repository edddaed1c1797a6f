//! `/piq/gateway`: where answers of AI functions come from, and what was asked.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};

use crate::gateway::Counted;
use crate::http::{ApiError, App, model_gateway};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/piq/gateway", get(counted))
}

async fn counted(State(app): State<Arc<App>>) -> Result<Json<Counted>, ApiError> {
    Ok(Json(model_gateway(&app)?.counted()))
}
