//! What every request handler is given.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::credentials::Credentials;
use super::error::ApiError;
use super::guests::Guests;
use super::identity::Tokens;
use super::running::Running;
use super::statements::StatementStore;
use crate::engine::{Engine, EngineError, EngineStatement, EngineTable, SessionId};
use crate::gateway::Gateway;
use crate::restrictions::Restrictions;
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
    /// Its address.
    pub host: String,
    /// What it denies.
    pub restrictions: Restrictions,
    /// What tests set.
    #[cfg(feature = "lab")]
    pub lab: crate::lab::Lab,
    /// Other commands that use it.
    pub guests: Guests,
    /// Runs in progress.
    pub runs: Running,
    /// Statements of the SQL API.
    pub statements: StatementStore,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("host", &self.host).finish_non_exhaustive()
    }
}

impl App {
    /// A workspace with nothing in progress.
    pub(crate) fn new(store: Store, engine: Arc<dyn Engine>, credentials: Credentials, host: String) -> Self {
        Self {
            store,
            engine,
            credentials,
            tokens: Tokens::default(),
            host,
            restrictions: Restrictions::default(),
            #[cfg(feature = "lab")]
            lab: crate::lab::Lab::default(),
            guests: Guests::default(),
            runs: Running::default(),
            statements: StatementStore::default(),
        }
    }
}

impl App {
    /// Runs a statement, unless it needs what the workspace denies.
    pub(crate) async fn execute(
        &self,
        session: SessionId,
        statement: &EngineStatement,
    ) -> Result<EngineTable, EngineError> {
        let has_schema = |catalog: &str| {
            let wanted = statement.parameters.get("schema").and_then(|p| p.value.as_deref());
            let schemas = self.engine.schemas().remove(&catalog.to_lowercase()).unwrap_or_default();
            wanted.is_some_and(|wanted| schemas.iter().any(|s| s.eq_ignore_ascii_case(wanted)))
        };
        self.restrictions.statement(&statement.sql, &has_schema)?;
        self.engine.execute(session, statement).await
    }
}

/// The gateway of the workspace's AI functions.
pub(crate) fn model_gateway(app: &App) -> Result<Arc<Gateway>, ApiError> {
    app.engine.gateway().ok_or_else(|| ApiError::unsupported("this workspace has no model gateway"))
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}
