//! The local workspace: a server that speaks the REST API, a store, the model gateway and the engine.

mod control;
pub mod engine;
mod engine_error;
pub mod gateway;
mod http;
mod ids;
#[cfg(feature = "lab")]
mod lab;
mod no_engine;
mod restrictions;
mod routes;
mod runs;
mod sail;
mod secret;
mod server;
mod store;
mod tree;

use std::path::Path;
use std::sync::Arc;

pub use control::{Control, ControlError, Visit};
pub use no_engine::NoEngine;
pub use sail::{EngineState, Progress, engine_state};
pub use server::{RunningServer, ServeError, ServerConfig, ServerRecord, find_running, reset, reset_contents, serve};
pub use store::{Contents, StoreError};

use engine::Engine;
use gateway::{Gateway, SourceConfig};
use piq_diagnostics::env::Env;

/// What the engine of a workspace is made with.
#[derive(Clone)]
pub struct EngineOptions {
    /// The environment: where the engine's Python is, see `docs/local.md`.
    pub env: Env,
    /// Told in one line what takes long.
    pub progress: Progress,
    /// Where the answers of AI functions come from.
    pub source: SourceConfig,
}

impl EngineOptions {
    /// Options as the environment gives them; without an endpoint in it, somebody sets an offline model.
    pub fn from_env(env: &Env, progress: Progress) -> Self {
        Self { env: env.clone(), progress, source: SourceConfig::from_env(env) }
    }
}

impl std::fmt::Debug for EngineOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineOptions").field("source", &self.source).finish_non_exhaustive()
    }
}

/// The engine that runs SQL for the workspace kept in `dir`. Nothing is started before the first statement.
pub fn engine_for(dir: &Path, options: EngineOptions) -> Arc<dyn Engine> {
    let dir = dir.join("engine");
    let gateway = Gateway::new(&dir, options.source);
    Arc::new(sail::SailEngine::new(&dir, options.env, options.progress, gateway))
}
