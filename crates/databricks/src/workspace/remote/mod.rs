//! The client that speaks REST: to a real workspace, and in the same way to the local one.

mod access;
mod catalog;
mod connect;
mod dashboards;
mod files;
mod identity;
mod jobs;
mod lookups;
mod meter;
mod retry;
mod runs;
mod statements;
#[cfg(test)]
mod tests;
mod transport;
mod volumes;
mod warehouses;

pub use connect::{ConnectError, connect};

use std::sync::Arc;
use std::time::Duration;

use super::{Stats, Trace, Workspace};
use transport::Transport;

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

/// A connection to a workspace.
#[derive(Debug)]
pub struct Remote {
    transport: Transport,
}

impl Remote {
    /// Tells of every request from now on.
    #[must_use]
    pub fn traced(mut self, trace: Arc<dyn Trace>) -> Self {
        self.transport.trace = Some(trace);
        self
    }
}

impl Workspace for Remote {
    fn host(&self) -> &str {
        self.transport.host()
    }

    fn clock(&self) -> Option<i64> {
        self.transport.clock()
    }

    fn stats(&self) -> Stats {
        self.transport.stats()
    }
}
