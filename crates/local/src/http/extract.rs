//! Request bodies and query strings, refused in the form of the REST API.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::app::App;
use super::error::ApiError;
use super::identity::Identity;

/// A JSON body, whatever its content type says; no body is an empty object.
#[derive(Debug)]
pub(crate) struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state).await.map_err(|e| ApiError::malformed(e.to_string()))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text).map(Body).map_err(|e| ApiError::malformed(format!("Could not parse request: {e}")))
    }
}

/// A query string.
#[derive(Debug)]
pub(crate) struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri).map(|Query(v)| Params(v)).map_err(|e| ApiError::invalid(e.body_text()))
    }
}

/// The workspace, and who asks it.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The workspace.
    pub app: Arc<App>,
    /// Whose token came with the request.
    pub who: Identity,
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let who = parts.extensions.get::<Identity>().cloned();
        // every route that takes it comes after authentication
        let who = who.ok_or_else(|| ApiError::internal("the request was not authenticated".to_owned()))?;
        Ok(Self { app: Arc::clone(app), who })
    }
}

/// The offset that a page token stands for.
pub(crate) fn page_offset(token: Option<&str>) -> Result<usize, ApiError> {
    match token.filter(|t| !t.is_empty()) {
        None => Ok(0),
        Some(token) => token.parse().map_err(|_| ApiError::invalid(format!("The page token {token} is not valid."))),
    }
}
