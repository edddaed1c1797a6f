//! The model gateway: every AI function of the local engine asks models through it, and nothing else does.
//!
//! It answers from a chat endpoint, from recorded answers or with an offline model; keeps each finished answer in a
//! journal until the statement that asked has ended well; counts; and injects faults, so that tests can assert exact
//! numbers.

mod asking;
mod batch;
mod breaker;
mod counts;
mod endpoint;
mod faults;
mod flights;
mod journal;
mod listener;
mod models;
mod recorded;
mod request;
mod sending;
mod source;
mod typed_results;

#[cfg(feature = "lab")]
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, watch};

pub use counts::{Count, Counted};
pub use endpoint::EndpointConfig;
pub use faults::{GatewayFault, GatewayFaultAction};
pub use listener::Address;
pub use models::ModelBehavior;
pub use request::{ModelAnswer, Options, Request};
pub use source::{OfflineModel, SourceConfig};

use super::engine_error::EngineError;
use asking::Asking;
use breaker::Breaker;
use counts::Counts;
use faults::GatewayFaults;
use flights::Flights;
use journal::Journal;
use models::Models;
use source::{AnswerSource, TIMEOUT};
use typed_results::with_typed_results;

/// The gateway.
#[derive(Debug)]
pub struct Gateway {
    source: AnswerSource,
    /// Opened when it is first needed: until then another server may have the folder.
    journal: OnceLock<Result<Journal, EngineError>>,
    journal_path: PathBuf,
    counts: Counts,
    faults: GatewayFaults,
    models: Models,
    breaker: Breaker,
    flights: Flights,
    /// How long a call may take.
    patience: Duration,
    sessions: Mutex<HashMap<u64, GatewaySession>>,
    listener: OnceCell<listener::Running>,
}

/// A session of the engine that may ask.
#[derive(Debug)]
struct GatewaySession {
    run: Option<String>,
    /// Statements that ended; dropped when the session is closed.
    ended: watch::Sender<u64>,
    asking: Arc<Asking>,
}

impl Gateway {
    /// A gateway that keeps its journal in `dir`. A source that cannot be opened is reported when it is asked.
    pub fn new(dir: &Path, source: SourceConfig) -> Arc<Self> {
        Arc::new(Self {
            patience: source.patience.unwrap_or(TIMEOUT),
            source: AnswerSource::open(source),
            journal: OnceLock::new(),
            journal_path: dir.join("answers.jsonl"),
            counts: Counts::default(),
            faults: GatewayFaults::default(),
            models: Models::default(),
            breaker: Breaker::default(),
            flights: Flights::default(),
            sessions: Mutex::new(HashMap::new()),
            listener: OnceCell::new(),
        })
    }

    /// Where the AI functions reach it. It listens from the first call on.
    pub async fn address(self: &Arc<Self>) -> Result<Address, EngineError> {
        let running = self.listener.get_or_try_init(|| listener::start(Arc::clone(self))).await?;
        Ok(running.address.clone())
    }

    fn journal(&self) -> Result<&Journal, EngineError> {
        self.journal.get_or_init(|| Journal::open(&self.journal_path)).as_ref().map_err(Clone::clone)
    }

    /// A session begins; `run` names its task run.
    pub fn open(&self, session: u64, run: Option<&str>) {
        self.breaker.reset(run);
        let opened =
            GatewaySession { run: run.map(str::to_owned), ended: watch::Sender::new(0), asking: Arc::default() };
        self.sessions().insert(session, opened);
    }

    /// A statement of the session ended well: its answers are where they belong.
    pub fn commit(&self, session: u64) {
        self.statement_ended(session);
        if let Ok(journal) = self.journal() {
            journal.commit(session);
        }
    }

    /// A statement of the session did not end well: its answers wait for the statement that asks for them again.
    pub fn rollback(&self, session: u64) {
        self.statement_ended(session);
        if let Ok(journal) = self.journal() {
            journal.rollback(session);
        }
    }

    /// A session ends: nobody waits for its calls any more.
    pub fn close(&self, session: u64) {
        drop(self.sessions().remove(&session));
        self.rollback(session);
    }

    fn statement_ended(&self, session: u64) {
        if let Some(session) = self.sessions().get(&session) {
            session.asking.clear();
            session.ended.send_modify(|ended| *ended += 1);
        }
    }

    /// What a task run asks right now, such as `asking confidence, 120 of 164`.
    pub fn asking(&self, run: &str) -> Option<String> {
        let sessions = self.sessions();
        sessions.values().find(|session| session.run.as_deref() == Some(run))?.asking.shown()
    }

    /// What was asked since the start or the last clearing.
    pub fn counted(&self) -> Counted {
        self.counts.all(&self.source.name(), self.source.guesses())
    }

    /// Counts from zero again.
    #[cfg(feature = "lab")]
    pub(crate) fn clear_counts(&self) {
        self.counts.clear();
    }

    /// Replaces the active faults.
    pub fn set_faults(&self, faults: Vec<GatewayFault>) {
        self.faults.set(faults);
    }

    /// Says how models behave, by name, in place of what is known of them.
    #[cfg(feature = "lab")]
    pub(crate) fn set_models(&self, models: BTreeMap<String, ModelBehavior>) {
        self.models.set(models);
    }

    /// A statement with functions whose results have one type in place of `ai_query` and `ai_classify`, where the type
    /// depends on the model or the version.
    pub fn typed_results(&self, sql: &str) -> String {
        with_typed_results(sql, |model| self.answers_as_text(model))
    }

    /// Whether `ai_query` gives the answer of a model as a STRING.
    fn answers_as_text(&self, model: &str) -> bool {
        self.models.answers_as_text(model)
    }

    fn sessions(&self) -> std::sync::MutexGuard<'_, HashMap<u64, GatewaySession>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
