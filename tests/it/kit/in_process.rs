//! The local workspace as a server in this process, without the SQL engine.

use std::path::Path;
use std::sync::Arc;

use piq_local::{NoEngine, RunningServer, ServerConfig, serve};

/// Starts it with its state below `dir`.
pub(crate) async fn start(dir: &Path) -> RunningServer {
    let config = ServerConfig { dir: dir.join("workspace"), ..ServerConfig::default() };
    serve(config, Arc::new(NoEngine)).await.expect("a server")
}
