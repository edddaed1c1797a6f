//! Facts about the host, and the OAuth token endpoint for the service principal. No token is needed here.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::local::server::{App, Identity, LIFETIME, hex, same};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/.well-known/databricks-config", get(config))
        .route("/oidc/.well-known/oauth-authorization-server", get(endpoints))
        .route("/oidc/v1/token", post(token))
}

async fn config(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({"oidc_endpoint": format!("{}/oidc", app.host), "workspace_id": "4100000000000000", "cloud": "AWS"}))
}

async fn endpoints(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({
        "issuer": format!("{}/oidc", app.host),
        "authorization_endpoint": format!("{}/oidc/v1/authorize", app.host),
        "token_endpoint": format!("{}/oidc/v1/token", app.host),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }))
}

async fn token(State(app): State<Arc<App>>, headers: HeaderMap, body: String) -> (StatusCode, Json<Value>) {
    // a form has the syntax of a query string
    let form: HashMap<String, String> = format!("/?{}", body.trim())
        .parse()
        .ok()
        .and_then(|uri| Query::try_from_uri(&uri).ok())
        .map_or_else(HashMap::new, |Query(form)| form);
    if form.get("grant_type").map(String::as_str) != Some("client_credentials") {
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", "only client_credentials is modelled");
    }
    let given = basic(&headers).or_else(|| Some((form.get("client_id")?.clone(), form.get("client_secret")?.clone())));
    let Some((id, secret)) = given else {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client", "client id and secret are missing");
    };
    if id != app.credentials.client_id || !same(&secret, &app.credentials.client_secret) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client", "client authentication failed");
    }
    let Ok(random) = hex(24) else {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "no random numbers");
    };
    let token = format!("eyJ{random}");
    app.tokens.issue(token.clone(), Identity::ServicePrincipal(id));
    let body =
        json!({"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME.as_secs(), "scope": "all-apis"});
    (StatusCode::OK, Json(body))
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

fn refused(status: StatusCode, error: &str, why: &str) -> (StatusCode, Json<Value>) {
    (status, Json(json!({"error": error, "error_description": why})))
}
