//! The exchange of another issuer's token (RFC 8693).

use std::collections::HashMap;

use axum::http::StatusCode;

use crate::http::{App, Identity, USER};

/// The only kind of token that is exchanged.
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Whom another issuer's token stands for: the service principal of `client_id`, or without `client_id` the account's
/// user of that name. The error is a status, a code of OAuth and why.
pub(crate) fn exchange(
    app: &App,
    form: &HashMap<String, String>,
    token_endpoint: &str,
) -> Result<Identity, (StatusCode, &'static str, String)> {
    let bad = |why: &str| (StatusCode::BAD_REQUEST, "invalid_request", why.to_owned());
    if form.get("subject_token_type").map(String::as_str) != Some(JWT) {
        return Err(bad("subject_token_type must be a JWT"));
    }
    let token = form.get("subject_token").ok_or_else(|| bad("subject_token is missing"))?;
    let client_id = form.get("client_id").map(String::as_str);
    let policies = &app.lab.federation;
    let subject = policies
        .subject(token, client_id, token_endpoint)
        .map_err(|why| (StatusCode::UNAUTHORIZED, "invalid_grant", why))?;
    match client_id {
        Some(id) if id == app.credentials.client_id => Ok(Identity::ServicePrincipal(id.to_owned())),
        None if subject == USER => Ok(Identity::owner()),
        _ => Err((StatusCode::UNAUTHORIZED, "invalid_client", "no user of this workspace has that id".to_owned())),
    }
}
