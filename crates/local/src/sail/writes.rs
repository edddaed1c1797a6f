//! Statements that change rows of a table take turns: of two at the same time, Delta lets only one commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::metastore::FullName;

/// How often a change is tried again because rows were added to its table meanwhile.
pub(super) const RETRIES: u32 = 5;

/// Error class of a change that came too late.
pub(super) const CONFLICT: &str = "DELTA_CONCURRENT_MODIFICATION";

/// Whose turn it is, by table.
#[derive(Debug, Default)]
pub(super) struct Writes(Mutex<HashMap<FullName, Arc<tokio::sync::Mutex<()>>>>);

impl Writes {
    /// Waits for a turn at a table; it ends when the guard is dropped.
    pub(super) async fn turn(&self, table: FullName) -> tokio::sync::OwnedMutexGuard<()> {
        let turns = {
            let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(tables.entry(table).or_default())
        };
        turns.lock_owned().await
    }
}
