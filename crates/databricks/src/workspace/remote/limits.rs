//! Bounds of a connection.

use std::time::Duration;

/// How hard to try, and how much at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests in flight at a time.
    pub concurrency: usize,
    /// How long one call is repeated before it fails.
    pub retry: Duration,
    /// How long one answer is waited for.
    pub request: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrency: 32, retry: Duration::from_secs(120), request: Duration::from_secs(60) }
    }
}
