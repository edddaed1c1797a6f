//! The log of requests.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// More requests than this are counted but no longer listed.
const LISTED: usize = 100_000;

/// One request as it was answered.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Logged {
    /// HTTP method.
    pub method: String,
    /// Path with its query string.
    pub path: String,
    /// Status of the answer; 0 if the connection was cut.
    pub status: u16,
}

/// RequestLog since the start or since the last clearing.
#[derive(Debug, Default)]
pub(super) struct RequestLog(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    total: u64,
    seen: Vec<Logged>,
}

impl RequestLog {
    /// How many, and the list.
    pub(super) fn all(&self) -> (u64, Vec<Logged>) {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (log.total, log.seen.clone())
    }

    /// Starts counting again from nothing.
    pub(super) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Log::default();
    }

    pub(super) fn add(&self, seen: Logged) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.total += 1;
        if log.seen.len() < LISTED {
            log.seen.push(seen);
        }
    }
}
