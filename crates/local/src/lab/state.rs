//! What the lab of one workspace knows.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::faults::{HttpFault, HttpFaults};
use super::federation::Federation;
use super::requests::RequestLog;

/// The lab of a workspace.
#[derive(Debug, Default)]
pub(crate) struct Lab {
    pub(super) faults: HttpFaults,
    pub(super) requests: RequestLog,
    pub(super) federation: Federation,
    latency: Mutex<Duration>,
}

impl Lab {
    pub(crate) fn set_latency(&self, latency: Duration) {
        *self.latency.lock().unwrap_or_else(PoisonError::into_inner) = latency;
    }

    pub(crate) fn set_faults(&self, faults: Vec<HttpFault>) {
        self.faults.set(faults);
    }

    pub(super) fn latency(&self) -> Duration {
        *self.latency.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
