//! The client that speaks REST: to a real workspace, and in the same way to the local one.

mod access;
mod catalog;
mod connect;
mod dashboards;
mod facts;
mod files;
mod identity;
mod jobs;
mod limits;
mod lookups;
mod meter;
mod outcome;
mod retry;
mod runs;
mod statements;
#[cfg(test)]
mod tests;
mod transport;
mod volumes;
mod warehouses;

pub use connect::{ConnectError, connect};
pub use limits::Limits;

use std::sync::Arc;

use super::{RepeatCondition, Stats, Trace, Workspace};
use transport::Transport;

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

    fn repeat_writes_while(&self, condition: Option<RepeatCondition>) {
        self.transport.repeat_writes_while(condition);
    }
}
