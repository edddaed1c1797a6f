//! Latency and faults around every request.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream;

use super::faults::{Hit, HttpFault, HttpFaultAction, When};
use super::listener::Connection;
use super::requests::Logged;
use crate::http::{ApiError, App};

/// Logs the request, adds latency and plays the faults. The server's own `/piq/` paths are exempt.
pub(crate) async fn around(
    State(app): State<Arc<App>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path().starts_with("/piq/") {
        return next.run(request).await;
    }
    let method = request.method().to_string();
    let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let latency = app.lab.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let fault = app.lab.faults.hit(&method, &path);
    let (response, cut) = match fault {
        None => (next.run(request).await, false),
        Some(Hit::Fault(fault)) => play(&app, fault, &connection, request, next).await,
        Some(Hit::Behind) => stall(&app, &connection).await,
    };
    app.lab.requests.add(Logged { method, path, status: if cut { 0 } else { response.status().as_u16() } });
    response
}

async fn play(app: &App, fault: HttpFault, connection: &Connection, request: Request, next: Next) -> (Response, bool) {
    let answered = match fault.when {
        When::After => Some(next.run(request).await),
        When::Before if matches!(fault.action, HttpFaultAction::Delay { .. }) => {
            wait(&fault.action).await;
            return (next.run(request).await, false);
        }
        When::Before => None,
    };
    match fault.action {
        HttpFaultAction::Delay { .. } => {
            wait(&fault.action).await;
            (answered.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response()), false)
        }
        HttpFaultAction::Stall => {
            app.lab.faults.reached();
            stall(app, connection).await
        }
        HttpFaultAction::Drop => {
            connection.cut();
            (StatusCode::NO_CONTENT.into_response(), true)
        }
        HttpFaultAction::Garbage => {
            let page = Html("<html><body>The gateway lost its way</body></html>");
            ((StatusCode::OK, page).into_response(), false)
        }
        HttpFaultAction::Truncate => (truncated(answered.unwrap_or_default()).await, true),
        HttpFaultAction::Fail { status, error_code, retry_after } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let code = error_code.unwrap_or_else(|| default_code(status).to_owned());
            (ApiError::new(status, code, "a fault that was asked for").retry_after(retry_after).into_response(), false)
        }
    }
}

/// The first half of an answer; the connection breaks where the rest should come.
async fn truncated(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    parts.headers.remove(CONTENT_LENGTH);
    let broken = || std::io::Error::new(std::io::ErrorKind::BrokenPipe, "a fault that was asked for");
    Response::from_parts(parts, Body::from_stream(stream::iter([Ok(half), Err(broken())])))
}

async fn stall(app: &App, connection: &Connection) -> (Response, bool) {
    app.lab.faults.until_released().await;
    connection.cut();
    (StatusCode::NO_CONTENT.into_response(), true)
}

async fn wait(action: &HttpFaultAction) {
    if let HttpFaultAction::Delay { milliseconds } = action {
        tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
    }
}

fn default_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "RESOURCE_DOES_NOT_EXIST",
        409 => "RESOURCE_CONFLICT",
        429 => "REQUEST_LIMIT_EXCEEDED",
        503 => "TEMPORARILY_UNAVAILABLE",
        400..=499 => "INVALID_PARAMETER_VALUE",
        _ => "INTERNAL_ERROR",
    }
}
