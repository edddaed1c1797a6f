//! What every request handler is given.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::auth::Tokens;
use super::credentials::Credentials;
use super::guests::Guests;
use super::requests::Requests;
use super::running::Running;
use super::statements::Statements;
use crate::engine::Engine;
use crate::faults::Faults;
use crate::federation::Federation;
use crate::store::Store;

/// The number of the workspace, which clients put into the addresses that they show.
pub(crate) const WORKSPACE_ID: &str = "4100000000000000";

/// The workspace.
pub(crate) struct App {
    /// What it knows.
    pub store: Store,
    /// What runs its SQL.
    pub engine: Arc<dyn Engine>,
    /// Who may come in.
    pub credentials: Credentials,
    /// Access tokens handed out.
    pub tokens: Tokens,
    /// Whose tokens are exchanged.
    pub federation: Federation,
    /// Its address.
    pub host: String,
    /// Time added to every answer.
    pub latency: Duration,
    /// Faults in force.
    pub faults: Faults,
    /// Requests seen.
    pub requests: Requests,
    /// Other commands that use it.
    pub guests: Guests,
    /// Runs in progress.
    pub runs: Running,
    /// Statements of the SQL API.
    pub statements: Statements,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("host", &self.host).finish_non_exhaustive()
    }
}

impl App {
    /// A workspace with nothing in progress.
    pub(crate) fn new(
        store: Store,
        engine: Arc<dyn Engine>,
        credentials: Credentials,
        host: String,
        latency: Duration,
    ) -> Self {
        Self {
            store,
            engine,
            credentials,
            tokens: Tokens::default(),
            federation: Federation::default(),
            host,
            latency,
            faults: Faults::default(),
            requests: Requests::default(),
            guests: Guests::default(),
            runs: Running::default(),
            statements: Statements::default(),
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}
