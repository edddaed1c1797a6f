//! Where the AI functions of the engine reach the gateway: loopback, with a token of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::{Gateway, Options};
use crate::engine_error::EngineError;
use crate::secret::{hex, same};

/// The largest batch.
const BODY_LIMIT: usize = 1024 * 1024 * 1024;

/// How to reach the gateway.
#[derive(Clone)]
pub struct Address {
    /// Where batches are posted.
    pub url: String,
    /// Bearer token.
    pub token: String,
    /// The same as a socket in a folder of this user alone, on systems that have them: for a process that has no part in
    /// the machine's network.
    pub socket: Option<PathBuf>,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").field("url", &self.url).finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(super) struct Running {
    pub address: Address,
    tasks: Vec<JoinHandle<()>>,
    // removed with it
    _folder: Option<TempDir>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

struct Shared {
    // weak, else the gateway would keep itself alive
    gateway: std::sync::Weak<Gateway>,
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    session: u64,
    function: String,
    options: Options,
    prompts: Vec<String>,
}

#[derive(Serialize)]
struct AnswerStream {
    answers: Vec<(Option<String>, Option<String>)>,
}

pub(super) async fn start(gateway: Arc<Gateway>) -> Result<Running, EngineError> {
    let fault = |e: &dyn std::fmt::Display| EngineError {
        class: "MODEL_GATEWAY".into(),
        message: format!("the model gateway cannot listen on 127.0.0.1: {e}"),
    };
    let token = hex(32).map_err(|e| fault(&e))?;
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.map_err(|e| fault(&e))?;
    let url = format!("http://{}/batch", listener.local_addr().map_err(|e| fault(&e))?);
    let shared = Arc::new(Shared { gateway: Arc::downgrade(&gateway), token: token.clone() });
    let router = Router::new()
        .route("/batch", post(batch))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(Arc::clone(&shared), require))
        .with_state(shared);
    let mut tasks = Vec::new();
    let (socket, folder) = match local_socket(&router, &mut tasks) {
        Ok(Some((socket, folder))) => (Some(socket), Some(folder)),
        Ok(None) => (None, None),
        Err(e) => return Err(fault(&e)),
    };
    tasks.push(tokio::spawn(async move {
        // the listener of loopback does not end by itself
        let _ = axum::serve(listener, router).await;
    }));
    Ok(Running { address: Address { url, token, socket }, tasks, _folder: folder })
}

/// Serves the gateway on a socket in a folder that only this user can enter.
#[cfg(unix)]
fn local_socket(router: &Router, tasks: &mut Vec<JoinHandle<()>>) -> std::io::Result<Option<(PathBuf, TempDir)>> {
    // the path of a socket is short, a project's may be long
    let folder = tempfile::Builder::new().prefix("piq-").tempdir()?;
    let path = folder.path().join("gateway");
    let listener = tokio::net::UnixListener::bind(&path)?;
    let router = router.clone();
    tasks.push(tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    }));
    Ok(Some((path, folder)))
}

#[cfg(not(unix))]
fn local_socket(_: &Router, _: &mut Vec<JoinHandle<()>>) -> std::io::Result<Option<(PathBuf, TempDir)>> {
    Ok(None)
}

/// Checks the token before the body is read.
async fn require(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let token = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()?.strip_prefix("Bearer "));
    if !token.is_some_and(|token| same(token, &shared.token)) {
        return (StatusCode::UNAUTHORIZED, "the token is missing or wrong").into_response();
    }
    next.run(request).await
}

async fn batch(
    State(shared): State<Arc<Shared>>,
    Json(batch): Json<Batch>,
) -> Result<Json<AnswerStream>, (StatusCode, String)> {
    let gateway = shared.gateway.upgrade().ok_or((StatusCode::GONE, "the workspace stops".to_owned()))?;
    let answered = gateway.answer_all(batch.session, &batch.function, batch.options, batch.prompts).await;
    let answers = answered.map_err(|e| (StatusCode::CONFLICT, format!("[{}] {}", e.class, e.message)))?;
    let pairs = answers.into_iter().map(|answer| match answer {
        Ok(text) => (Some(text), None),
        Err(why) => (None, Some(why)),
    });
    Ok(Json(AnswerStream { answers: pairs.collect() }))
}
