//! `/piq/guest`: keeps a workspace that another command started from stopping.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::Poll;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::http::{ApiError, App};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/piq/guest", get(guest))
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
