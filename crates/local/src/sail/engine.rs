//! The engine: sessions over one host.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use super::environment::{self, Progress};
use super::host::{Host, decoded};
use super::memory::MemoryLimit;
use super::metastore::Metastore;
use super::session::{Known, SailSession};
use super::writes::Writes;
use crate::engine::{ColumnInfo, Engine, EngineError, EngineStatement, EngineTable, Load, RelationInfo, SessionId};
use crate::gateway::Gateway;
use piq_diagnostics::env::Env;

/// How long a statement may run.
const LONGEST_STATEMENT: Duration = Duration::from_secs(2 * 60 * 60);

/// Sail with its tables in a folder.
pub(crate) struct SailEngine {
    pub(super) dir: PathBuf,
    env: Env,
    progress: Progress,
    pub(super) gateway: Arc<Gateway>,
    /// Opened when it is first needed: until then another server may have the folder.
    metastore: OnceLock<Result<Metastore, EngineError>>,
    pub(super) writes: Writes,
    host: tokio::sync::Mutex<Option<Arc<Host>>>,
    sessions: Mutex<HashMap<SessionId, Arc<tokio::sync::Mutex<SailSession>>>>,
    next: AtomicU64,
}

impl std::fmt::Debug for SailEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SailEngine").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl SailEngine {
    /// An engine whose tables are in `dir`. Nothing is started before the first statement.
    pub(crate) fn new(dir: &Path, env: Env, progress: Progress, gateway: Arc<Gateway>) -> Self {
        let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        Self {
            metastore: OnceLock::new(),
            dir,
            env,
            progress,
            gateway,
            writes: Writes::default(),
            host: tokio::sync::Mutex::new(None),
            sessions: Mutex::new(HashMap::new()),
            next: AtomicU64::new(1),
        }
    }

    pub(super) fn metastore(&self) -> Result<&Metastore, EngineError> {
        self.metastore.get_or_init(|| Metastore::open(&self.dir)).as_ref().map_err(Clone::clone)
    }

    /// The running host; started if there is none.
    pub(super) async fn host(&self) -> Result<Arc<Host>, EngineError> {
        let mut host = self.host.lock().await;
        if let Some(host) = host.as_ref().filter(|h| h.alive()) {
            return Ok(Arc::clone(host));
        }
        let limit = MemoryLimit::of(&self.env)?;
        let (env, progress) = (self.env.clone(), Arc::clone(&self.progress));
        let prepared = tokio::task::spawn_blocking(move || environment::prepare(&env, &progress)).await;
        let interpreter =
            prepared.map_err(|e| EngineError { class: "ENGINE_NOT_PREPARED".into(), message: e.to_string() })??;
        let address = self.gateway.address().await?;
        let started = Arc::new(Host::start(&interpreter, &self.dir, &address, limit).await?);
        // before anything reads them, see `NO_CHECKPOINTS`
        started.ask(json!({"op": "checkpoint", "paths": self.metastore()?.paths()})).await?;
        *host = Some(Arc::clone(&started));
        Ok(started)
    }

    fn session(&self, id: SessionId) -> Result<Arc<tokio::sync::Mutex<SailSession>>, EngineError> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let closed = || EngineError { class: "SESSION_CLOSED".into(), message: "the session is closed".into() };
        sessions.get(&id).cloned().ok_or_else(closed)
    }

    /// Opens Sail's side of a session, or opens it again when its host is gone or a catalog is new.
    pub(super) async fn connect(&self, id: SessionId, session: &mut SailSession) -> Result<Arc<Host>, EngineError> {
        let catalogs = self.metastore()?.catalogs();
        if let Some(known) = &session.known {
            let gone = !known.host.alive();
            if !gone && known.catalogs == catalogs {
                return Ok(Arc::clone(&known.host));
            }
            if !session.temporary.is_empty() {
                let why = if gone { "the SQL engine was restarted" } else { "a catalog was created or dropped" };
                let message = format!("{why}: the temporary views of this session are lost");
                session.temporary.clear();
                session.known = None;
                return Err(EngineError { class: "SESSION_LOST".into(), message });
            }
            if !gone {
                known.host.ask(json!({"op": "close", "session": id.0})).await?;
            }
        }
        let host = self.host().await?;
        host.ask(json!({"op": "open", "session": id.0, "catalogs": catalogs})).await?;
        session.known = Some(Known::new(Arc::clone(&host), catalogs));
        Ok(host)
    }
}

#[async_trait]
impl Engine for SailEngine {
    async fn open_session(&self, run: Option<&str>) -> Result<SessionId, EngineError> {
        self.metastore()?;
        let id = SessionId(self.next.fetch_add(1, Ordering::Relaxed));
        self.gateway.open(id.0, run);
        let session = Arc::new(tokio::sync::Mutex::new(SailSession::new()));
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(id, session);
        Ok(id)
    }

    async fn execute(&self, id: SessionId, statement: &EngineStatement) -> Result<EngineTable, EngineError> {
        let session = self.session(id)?;
        let mut session = session.lock().await;
        let running = tokio::time::timeout(LONGEST_STATEMENT, self.run(id, &mut session, statement));
        let result = running.await.unwrap_or_else(|_| {
            let minutes = LONGEST_STATEMENT.as_secs() / 60;
            let message = format!("the statement ran for more than {minutes} minutes and was stopped");
            Err(EngineError { class: "STATEMENT_TIMEOUT".into(), message })
        });
        if matches!(&result, Err(e) if e.class == "STATEMENT_TIMEOUT")
            && let Some(known) = session.known.take()
        {
            // closing the session interrupts what runs in it; the next statement opens a new one
            session.temporary.clear();
            let _ = known.host.ask(json!({"op": "close", "session": id.0})).await;
        }
        // the answers of a statement that did not end well are kept for the one that asks the same again
        if result.is_ok() {
            self.gateway.commit(id.0)
        } else {
            self.gateway.rollback(id.0)
        }
        result
    }

    async fn close_session(&self, id: SessionId) {
        let removed = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        // models are no longer asked: this lets a function of a running statement return
        self.gateway.close(id.0);
        let Some(session) = removed else { return };
        let host = session.lock().await.known.take().map(|known| known.host);
        if let Some(host) = host {
            // a host that has ended has no sessions
            let _ = host.ask(json!({"op": "close", "session": id.0})).await;
        }
    }

    async fn load(&self, load: Load<'_>) -> Result<u64, EngineError> {
        self.load_table(load).await
    }

    async fn read_parquet(&self, file: &Path, into: &Path) -> Result<Vec<ColumnInfo>, EngineError> {
        decoded(self.host().await?.ask(json!({"op": "read_parquet", "file": file, "into": into})).await?)
    }

    fn schemas(&self) -> BTreeMap<String, Vec<String>> {
        let Ok(metastore) = self.metastore() else { return BTreeMap::new() };
        let catalogs = metastore.catalogs().into_iter();
        catalogs.map(|c| (c.clone(), metastore.schemas(&c).unwrap_or_default())).collect()
    }

    fn relations(&self, catalog: &str, schema: &str) -> Vec<RelationInfo> {
        self.describe_all(catalog, schema)
    }

    fn create_namespace(&self, catalog: &str, schema: Option<&str>) -> Result<(), EngineError> {
        let metastore = self.metastore()?;
        let catalog = catalog.to_lowercase();
        match schema {
            None => metastore.create_catalog(&catalog),
            Some(schema) => metastore.create_schema(&catalog, &schema.to_lowercase()),
        }
    }

    fn drop_namespace(&self, catalog: &str, schema: Option<&str>) -> Result<(), EngineError> {
        let metastore = self.metastore()?;
        let catalog = catalog.to_lowercase();
        match schema {
            None => metastore.drop_catalog(&catalog),
            Some(schema) => metastore.drop_schema(&catalog, &schema.to_lowercase()),
        }
    }

    fn gateway(&self) -> Option<Arc<Gateway>> {
        Some(Arc::clone(&self.gateway))
    }

    async fn stop(&self) {
        if let Some(host) = self.host.lock().await.take() {
            host.kill();
        }
    }
}
