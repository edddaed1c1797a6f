//! The server of the page: on loopback alone, under a path that nobody can guess.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Query as Parameters, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::assets::{INDEX, LICENSES, SCRIPT, STYLE};
use super::csv::Csv;
use super::kept_filters::KeptFilter;
use super::picture::Drawing;
use super::session::{Preview, WidgetRequest};

/// How often files are looked at.
const FILES: Duration = Duration::from_millis(300);

/// How often the endpoint is asked whether the data changed.
const DATA: Duration = Duration::from_secs(5);

/// How long a question for changes waits for its answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What pages of the preview may do: run its own script, and talk to it alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr \
                      'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types piq";

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    /// The address of the page, with its token.
    pub url: String,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

#[derive(Clone)]
struct App {
    preview: Arc<Preview>,
    host: String,
    port: u16,
}

/// Starts the server; port 0 lets the system choose. `token` is the secret part of the address.
pub async fn serve(preview: Arc<Preview>, port: u16, token: &str) -> std::io::Result<Server> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    let address = listener.local_addr()?;
    let app = App { preview: Arc::clone(&preview), host: address.to_string(), port: address.port() };
    let router = Router::new()
        .merge(routes(token))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app);
    let serving = tokio::spawn(async move {
        // ends only with its task
        let _ = axum::serve(listener, router).await;
    });
    let (files, data) = (Arc::clone(&preview), preview);
    let tasks = vec![serving, tokio::spawn(watch_files(files)), tokio::spawn(watch_data(data))];
    Ok(Server { url: format!("http://{address}/{token}/"), tasks })
}

/// Everything stands under the token: what has no token leads nowhere.
fn routes(token: &str) -> Router<App> {
    let text =
        |kind: &'static str, body: &'static str| get(move || async move { ([(header::CONTENT_TYPE, kind)], body) });
    let at = |path: &str| format!("/{token}/{path}");
    Router::new()
        .route(&at(""), text("text/html; charset=utf-8", INDEX))
        .route(&at("preview.js"), text("text/javascript; charset=utf-8", SCRIPT))
        .route(&at("preview.css"), text("text/css; charset=utf-8", STYLE))
        .route(&at("LICENSES.txt"), text("text/plain; charset=utf-8", LICENSES))
        .route(&at("api/state"), get(async |State(app): State<App>| Json(app.preview.state())))
        .route(&at("api/widget"), post(widget))
        .route(&at("api/csv"), post(csv))
        .route(&at("api/keep"), post(keep))
        .route(&at("api/changes"), get(changes))
        .route(&at("api/refresh"), post(refresh))
}

async fn widget(
    State(app): State<App>,
    Json(wanted): Json<WidgetRequest>,
) -> Result<Json<Drawing>, (StatusCode, String)> {
    let drawing = app.preview.drawing(&wanted).await;
    drawing.map(Json).ok_or_else(|| (StatusCode::NOT_FOUND, format!("unknown widget `{}`", wanted.widget)))
}

async fn csv(State(app): State<App>, Json(wanted): Json<WidgetRequest>) -> Result<Json<Csv>, (StatusCode, String)> {
    match app.preview.csv(&wanted).await {
        Some(Ok(csv)) => Ok(Json(csv)),
        Some(Err(error)) => Err((StatusCode::BAD_GATEWAY, error)),
        None => Err((StatusCode::NOT_FOUND, format!("there is no widget `{}` with data", wanted.widget))),
    }
}

async fn keep(State(app): State<App>, Json(filter): Json<KeptFilter>) -> Result<Json<Value>, (StatusCode, String)> {
    let kept = app.preview.kept().set(filter);
    kept.map(|()| Json(json!({})))
        .map_err(|e| (StatusCode::INTERNAL_SERVER_ERROR, format!("cannot keep the filter: {e}")))
}

async fn refresh(State(app): State<App>, Json(_): Json<Value>) -> Json<Value> {
    app.preview.refresh();
    Json(json!({}))
}

#[derive(Debug, Deserialize)]
struct Since {
    since: u64,
}

/// Answers when the revision is not `since`, or after a while.
async fn changes(State(app): State<App>, Parameters(Since { since }): Parameters<Since>) -> Json<Value> {
    let mut changes = app.preview.changes();
    let _ = tokio::time::timeout(PATIENCE, changes.wait_for(|revision| *revision != since)).await;
    let revision = *changes.borrow();
    Json(json!({"revision": revision}))
}

async fn watch_files(preview: Arc<Preview>) {
    let mut ticks = tokio::time::interval(FILES);
    loop {
        ticks.tick().await;
        preview.update_files();
    }
}

async fn watch_data(preview: Arc<Preview>) {
    let Some(mut known) = preview.data_version().await else { return };
    let mut ticks = tokio::time::interval(DATA);
    loop {
        ticks.tick().await;
        if let Some(now) = preview.data_version().await
            && now != known
        {
            known = now;
            preview.refresh();
        }
    }
}

/// Lets in only what names this server as its host, so that no other site can reach it under a name of its own, and
/// puts the headers on that keep the page from reaching out.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = if allowed(&app, request.method(), request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "this address is not the preview's own").into_response()
    };
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 7] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, axum::http::HeaderValue::from_static(value));
    }
    response
}

fn allowed(app: &App, method: &Method, headers: &HeaderMap) -> bool {
    let local = format!("localhost:{}", app.port);
    let value = |name: HeaderName| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    let own = |host: &str| host == app.host || host == local;
    let origin = value(header::ORIGIN).is_none_or(|o| o.strip_prefix("http://").is_some_and(own));
    let json =
        *method != Method::POST || value(header::CONTENT_TYPE).is_some_and(|t| t.starts_with("application/json"));
    value(header::HOST).is_some_and(own) && origin && json
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method};

    use super::super::page::Target;
    use super::super::session::Preview;
    use super::super::statement::{QueryTable, WidgetQueries, WidgetStatement};
    use super::{App, allowed};

    struct Nothing;

    #[async_trait::async_trait]
    impl WidgetQueries for Nothing {
        async fn run(&self, _: &WidgetStatement) -> Result<QueryTable, String> {
            Err("no endpoint".to_owned())
        }
    }

    #[test]
    fn only_requests_to_its_own_host_and_from_its_own_pages_come_in() {
        let clock = || jiff::civil::date(2026, 11, 18).at(0, 0, 0, 0);
        let preview = Preview::new(&[], Box::new(Nothing), Target::default(), clock);
        let app = App { preview: preview.into(), host: "127.0.0.1:4000".to_owned(), port: 4000 };
        let ask = |method: Method, pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().expect("a header"));
            }
            allowed(&app, &method, &headers)
        };
        assert!(ask(Method::GET, &[("host", "127.0.0.1:4000")]));
        assert!(ask(Method::GET, &[("host", "localhost:4000")]));
        assert!(!ask(Method::GET, &[("host", "evil.example:4000")]));
        assert!(!ask(Method::GET, &[]));
        assert!(!ask(Method::POST, &[("host", "localhost:4000")]));
        let json = ("content-type", "application/json");
        assert!(ask(Method::POST, &[("host", "localhost:4000"), json, ("origin", "http://localhost:4000")]));
        assert!(!ask(Method::POST, &[("host", "localhost:4000"), json, ("origin", "http://evil.example")]));
        assert!(!ask(Method::POST, &[("host", "localhost:4000"), ("content-type", "text/plain")]));
    }
}
