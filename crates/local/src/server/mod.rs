//! The server: started in-process on loopback, stopped gracefully.

mod record;
#[cfg(test)]
mod tests;

use piq_diagnostics::{Failure, FailureKind};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use record::{ServerRecord, find_running};

use super::engine::Engine;
use super::http::{App, Credentials, NoCredentials};
use super::secret::NoRandom;
use super::store::{Contents, Store, StoreError};
use super::{routes, runs};

/// How long a stopping server waits for requests in flight.
const GRACE: Duration = Duration::from_secs(3);

/// How a server is to run.
#[derive(Debug, Clone, Default)]
pub struct ServerConfig {
    /// Folder of the state.
    pub dir: PathBuf,
    /// Port on loopback; 0 lets the system choose.
    pub port: u16,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The state cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The port cannot be taken.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Bind {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gives no random numbers.
    #[error(transparent)]
    Random(NoRandom),
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        Failure::caused_by(FailureKind::Refused, error)
    }
}

impl From<NoCredentials> for ServeError {
    fn from(e: NoCredentials) -> Self {
        match e {
            NoCredentials::Store(e) => Self::Store(e),
            NoCredentials::Random(e) => Self::Random(e),
        }
    }
}

/// A running server. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct RunningServer {
    /// `http://127.0.0.1:port`.
    pub host: String,
    /// Personal access token of the user.
    pub token: String,
    /// Client id of the service principal.
    pub client_id: String,
    /// Client secret of the service principal.
    pub client_secret: String,
    /// The SQL warehouse that is always there.
    pub warehouse_id: String,
    /// Folder of the state.
    pub dir: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    app: Arc<App>,
}

impl RunningServer {
    /// What other processes need to find and use the server.
    pub fn record(&self) -> ServerRecord {
        ServerRecord {
            host: self.host.clone(),
            token: self.token.clone(),
            service_principal: record::ServicePrincipal {
                client_id: self.client_id.clone(),
                client_secret: self.client_secret.clone(),
            },
            warehouse_id: self.warehouse_id.clone(),
            pid: std::process::id(),
            dir: self.dir.clone(),
        }
    }

    /// Adds this time to every answer from now on.
    #[cfg(feature = "lab")]
    pub fn set_latency(&self, latency: Duration) {
        self.app.lab.set_latency(latency);
    }

    /// Sets faults in place of those before, as `POST /piq/faults` takes them.
    ///
    /// # Errors
    /// Not a list of faults.
    #[cfg(feature = "lab")]
    pub fn set_faults(&self, faults: serde_json::Value) -> Result<(), serde_json::Error> {
        self.app.lab.set_faults(serde_json::from_value(faults)?);
        Ok(())
    }

    /// Waits until no other command uses the workspace, and lets none in from then on.
    pub async fn alone(&self) {
        self.app.guests.leave().await;
    }

    /// How many other commands use the workspace.
    pub fn guests(&self) -> usize {
        self.app.guests.count()
    }

    /// Takes no new requests, finishes those in flight, ends the runs and closes the store.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        runs::stop_all(&self.app).await;
        self.app.engine.stop().await;
        if tokio::time::timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
        record::remove(&self.dir);
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        if self.stop.is_some() {
            self.task.abort();
            self.app.runs.abort();
            record::remove(&self.dir);
        }
    }
}

/// Starts a server for the workspace kept in `config.dir`.
pub async fn serve(config: ServerConfig, engine: Arc<dyn Engine>) -> Result<RunningServer, ServeError> {
    let store = Store::open(&config.dir)?;
    let dir = config.dir.canonicalize().unwrap_or_else(|_| config.dir.clone());
    let credentials = Credentials::load_or_create(&dir)?;
    let address = SocketAddr::from(([127, 0, 0, 1], config.port));
    let bind = |source| ServeError::Bind { port: config.port, source };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(bind)?;
    let host = format!("http://{}", listener.local_addr().map_err(bind)?);
    let app = Arc::new(App::new(store, engine, credentials.clone(), host.clone()));
    prepare(&app)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let router = routes::router(Arc::clone(&app));
    #[cfg(feature = "lab")]
    let serving = axum::serve(
        super::lab::Loopback(listener),
        router.into_make_service_with_connect_info::<super::lab::Connection>(),
    );
    // answers are small; waiting to fill a packet only adds latency
    #[cfg(not(feature = "lab"))]
    let serving = axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |tcp| {
            let _ = tcp.set_nodelay(true);
        }),
        router,
    );
    let serving = serving.with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    // the listener of loopback does not end by itself
    let task = tokio::spawn(async move { drop(serving.await) });
    let server = RunningServer {
        host,
        token: credentials.token,
        client_id: credentials.client_id,
        client_secret: credentials.client_secret,
        warehouse_id: credentials.warehouse_id,
        dir,
        stop: Some(stop),
        task,
        app,
    };
    record::write(&server.dir, &server.record())?;
    Ok(server)
}

/// Creates what every workspace has and ends the runs that an earlier server left.
fn prepare(app: &App) -> Result<(), StoreError> {
    app.store.write(|t| {
        routes::prepare(app, t);
        runs::fail_leftovers(t);
        Ok(())
    })
}

/// What `reset` would delete.
///
/// # Errors
/// A folder that is not a workspace.
pub fn reset_contents(dir: &Path) -> Result<Contents, StoreError> {
    Store::contents(dir)
}

/// Removes the workspace in `dir`, and nothing else.
///
/// # Errors
/// A folder that is not a workspace; a server that uses it.
pub fn reset(dir: &Path) -> Result<(), StoreError> {
    Store::remove(dir)
}
