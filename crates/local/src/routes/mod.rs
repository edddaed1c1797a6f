//! The REST API, one file per concern.

mod access;
mod catalog;
mod engine_catalog;
mod files;
mod gateway;
mod guest;
mod import;
mod job;
mod job_check;
mod jobs;
mod lakeview;
mod load;
mod lookups;
mod me;
mod metastore;
mod permissions;
mod principals;
mod run_more;
mod run_plan;
mod run_view;
mod runs;
mod serving;
mod statement_result;
mod statements;
mod telemetry;
mod tokens;
mod volume_files;
mod warehouses;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};

use super::http::{ApiError, App, Identity, WORKSPACE_ID, require};
use super::store::Transaction;

/// Every answer names the workspace that it comes from: the official clients read it beside `Me`.
const ORG_ID: HeaderName = HeaderName::from_static("x-databricks-org-id");

/// The largest request body: what the real import of workspace files takes.
const BODY_LIMIT: usize = 500 * 1024 * 1024;

/// The largest body of a request for a token: nobody has shown who they are.
const TOKEN_BODY_LIMIT: usize = 64 * 1024;

/// All routes.
pub(crate) fn router(app: Arc<App>) -> Router {
    let own = Router::new().merge(guest::routes()).merge(gateway::routes()).merge(load::routes());
    #[cfg(feature = "lab")]
    let own = own.merge(super::lab::routes());
    let inside = Router::new()
        .merge(own.layer(from_fn(admins_only)))
        .merge(me::routes())
        .merge(principals::routes())
        .merge(lookups::routes())
        .merge(files::routes())
        .merge(import::routes())
        .merge(volume_files::routes())
        .merge(jobs::routes())
        .merge(runs::routes())
        .merge(run_more::routes())
        .merge(statements::routes())
        .merge(warehouses::routes())
        .merge(permissions::routes())
        .merge(lakeview::routes())
        .merge(catalog::routes())
        .merge(metastore::routes())
        .merge(telemetry::routes())
        .merge(serving::routes())
        .fallback(unknown)
        .layer(from_fn_with_state(Arc::clone(&app), require));
    let all = Router::new()
        .route("/", get(front))
        .merge(tokens::routes().layer(DefaultBodyLimit::max(TOKEN_BODY_LIMIT)))
        .merge(inside.layer(DefaultBodyLimit::max(BODY_LIMIT)))
        .layer(from_fn(sign));
    #[cfg(feature = "lab")]
    let all = all.layer(from_fn_with_state(Arc::clone(&app), super::lab::around));
    all.layer(from_fn(method_not_allowed)).with_state(app)
}

/// Creates what every workspace has.
pub(crate) fn prepare(app: &App, t: &mut Transaction<'_>) {
    super::tree::prepare(t, &app.credentials.client_id);
    warehouses::prepare(t, &app.credentials.warehouse_id);
    catalog::prepare(t);
}

/// The page that addresses of runs and dashboards lead to: there is nothing to see without a token, and it says what to do.
async fn front() -> Html<&'static str> {
    Html(include_str!("front.html"))
}

async fn unknown(method: Method, uri: Uri) -> ApiError {
    no_api(&method, &uri)
}

fn no_api(method: &Method, uri: &Uri) -> ApiError {
    let message = format!("No API found for '{method} {}': the local workspace does not model it", uri.path());
    ApiError::new(StatusCode::NOT_FOUND, "ENDPOINT_NOT_FOUND", message)
}

/// The paths below `/piq/` take the administrator's token.
async fn admins_only(Extension(who): Extension<Identity>, request: Request, next: Next) -> Response {
    if !who.is_admin() {
        let message = format!("User {} is not an administrator of the local workspace.", who.name());
        return ApiError::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message).into_response();
    }
    next.run(request).await
}

async fn sign(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(ORG_ID, HeaderValue::from_static(WORKSPACE_ID));
    response
}

/// The router's own 405 has no body: the API says that the endpoint is not there.
async fn method_not_allowed(request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        return no_api(&method, &uri).into_response();
    }
    response
}
