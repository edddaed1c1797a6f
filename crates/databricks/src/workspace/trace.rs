//! What becomes of each request, for whoever wants to watch.

use std::time::Duration;

/// One request and what became of it. Neither headers nor bodies are in it: they may hold what nobody should see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange<'a> {
    /// Its method.
    pub method: &'a str,
    /// Path and query.
    pub address: String,
    /// Bytes of its body.
    pub up_bytes: usize,
    /// From sending it to the last byte of the answer.
    pub took: Duration,
    /// Status and bytes of the answer, or why there is none.
    pub answer: Result<(u16, usize), String>,
}

/// Is told of every request, repeated ones included; token requests are not among them.
pub trait Trace: Send + Sync {
    /// A request was answered, or its answer was lost.
    fn exchanged(&self, exchange: &Exchange<'_>);
}
