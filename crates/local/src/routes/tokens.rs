//! Facts about the host, and the OAuth token endpoint. No token is needed here.

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

use crate::http::{App, Identity, LIFETIME, WORKSPACE_ID};
use crate::secret::{hex, same};

/// The grant of workload identity federation.
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
type TokenAnswer = (StatusCode, Json<Value>);

fn token_endpoint(app: &App) -> String {
    format!("{}/oidc/v1/token", app.host)
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/.well-known/databricks-config", get(config))
        .route("/oidc/.well-known/oauth-authorization-server", get(endpoints))
        .route("/oidc/v1/token", post(token))
}

async fn config(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({"oidc_endpoint": format!("{}/oidc", app.host), "workspace_id": WORKSPACE_ID, "cloud": "AWS"}))
}

async fn endpoints(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({
        "issuer": format!("{}/oidc", app.host),
        "authorization_endpoint": format!("{}/oidc/v1/authorize", app.host),
        "token_endpoint": token_endpoint(&app),
        "grant_types_supported": ["client_credentials", EXCHANGE],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }))
}

async fn token(State(app): State<Arc<App>>, headers: HeaderMap, body: String) -> TokenAnswer {
    // a form has the syntax of a query string
    let form: HashMap<String, String> = format!("/?{}", body.trim())
        .parse()
        .ok()
        .and_then(|uri| Query::try_from_uri(&uri).ok())
        .map_or_else(HashMap::new, |Query(form)| form);
    let who = match form.get("grant_type").map(String::as_str) {
        Some("client_credentials") => client_credentials(&app, &headers, &form),
        #[cfg(feature = "lab")]
        Some(EXCHANGE) => crate::lab::exchange(&app, &form, &token_endpoint(&app))
            .map_err(|(status, error, why)| refused(status, error, &why)),
        _ => Err(refused(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "client_credentials and token-exchange are modelled",
        )),
    };
    match who {
        Ok(who) => issue(&app, who),
        Err(refusal) => refusal,
    }
}

/// A service principal by its id and secret.
fn client_credentials(app: &App, headers: &HeaderMap, form: &HashMap<String, String>) -> Result<Identity, TokenAnswer> {
    let given = basic(headers).or_else(|| Some((form.get("client_id")?.clone(), form.get("client_secret")?.clone())));
    let Some((id, secret)) = given else {
        return Err(refused(StatusCode::UNAUTHORIZED, "invalid_client", "client id and secret are missing"));
    };
    if id != app.credentials.client_id || !same(&secret, &app.credentials.client_secret) {
        return Err(refused(StatusCode::UNAUTHORIZED, "invalid_client", "client authentication failed"));
    }
    Ok(Identity::ServicePrincipal(id))
}

fn issue(app: &App, who: Identity) -> TokenAnswer {
    let Ok(random) = hex(24) else {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "no random numbers");
    };
    let token = format!("eyJ{random}");
    app.tokens.issue(token.clone(), who);
    let body =
        json!({"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME.as_secs(), "scope": "all-apis"});
    (StatusCode::OK, Json(body))
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

fn refused(status: StatusCode, error: &str, why: &str) -> TokenAnswer {
    (status, Json(json!({"error": error, "error_description": why})))
}
