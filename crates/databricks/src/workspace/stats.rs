//! What talking to the workspace costs.

use std::fmt;

use serde::Serialize;

/// Counts of one connection; token requests are not among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Requests sent, repeated ones included.
    pub requests: u64,
    /// Length of the longest chain of requests of which each was asked for after the answer to the one before.
    pub round_trips: u64,
    /// The same on the wire: a request that waits for its turn (`--concurrency`) comes after those before it.
    pub turns: u64,
    /// Bytes of request bodies.
    pub up_bytes: u64,
    /// Bytes of answers.
    pub down_bytes: u64,
    /// Seconds since the connection was made.
    pub seconds: f64,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} requests in {} round trips ({} turns), {} bytes up, {} bytes down, {:.2} s",
            self.requests, self.round_trips, self.turns, self.up_bytes, self.down_bytes, self.seconds
        )
    }
}
