//! Who asks: a bearer token stands for the user or for the service principal.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::error::ApiError;
use super::identity::Identity;
use crate::secret::same;

/// Lets nobody in without a token, and tells the handlers who asks.
pub(crate) async fn require(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    let who = match &token {
        None => {
            return ApiError::unauthenticated("Credential was not sent or was of an unsupported type for this API.")
                .into_response();
        }
        Some(token) if same(token, &app.credentials.token) => Some(Identity::owner()),
        Some(token) => app.tokens.who(token),
    };
    match who {
        Some(who) => {
            request.extensions_mut().insert(who);
            next.run(request).await
        }
        None => ApiError::unauthenticated("Invalid access token.").into_response(),
    }
}
