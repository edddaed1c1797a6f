//! Statements of the SQL API, remembered so that they can be asked after.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::engine::EngineTable;
use crate::engine_error::EngineError;

/// How many are remembered.
const KEPT: usize = 200;

/// The statements remembered.
#[derive(Debug, Default)]
pub(crate) struct StatementStore(Mutex<VecDeque<(String, watch::Sender<StatementOutcome>)>>);

/// What became of a statement.
#[derive(Debug, Clone)]
pub(crate) enum StatementOutcome {
    /// Nothing yet.
    Running,
    /// Its result, and whether that was cut.
    Succeeded(Arc<EngineTable>, bool),
    /// Why it failed.
    Failed(EngineError),
    /// It was cancelled.
    Canceled,
}

impl StatementStore {
    /// Remembers a statement, and forgets the oldest.
    pub(crate) fn add(&self, id: String, outcome: watch::Sender<StatementOutcome>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back((id, outcome));
        if all.len() > KEPT {
            all.pop_front();
        }
    }

    /// What became of a statement, if it is remembered.
    pub(crate) fn get(&self, id: &str) -> Option<watch::Sender<StatementOutcome>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|(known, _)| known == id).map(|(_, outcome)| outcome.clone())
    }
}
