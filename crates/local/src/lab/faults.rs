//! Faults on demand: fail, delay, drop or stall chosen requests, before or after they take effect.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpFault {
    /// HTTP method; any if left out.
    #[serde(default)]
    pub(super) method: Option<String>,
    /// Part of the path; any if left out.
    #[serde(default)]
    pub(super) path: Option<String>,
    /// The first matching request that is hit, counted from 1.
    #[serde(default = "one")]
    pub(super) nth: u64,
    /// How many matching requests are hit from there on.
    #[serde(default = "one")]
    pub(super) count: u64,
    /// Only every so many of the matching requests from there on is hit.
    #[serde(default = "one")]
    pub(super) every: u64,
    /// Whether the request takes effect all the same.
    #[serde(default)]
    pub(super) when: When,
    /// What happens.
    pub(super) action: HttpFaultAction,
}

/// Before or after the effect of the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum When {
    /// The request has no effect.
    #[default]
    Before,
    /// The request has its effect, but its answer is lost.
    After,
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HttpFaultAction {
    /// Answers with a status.
    Fail {
        /// The HTTP status.
        status: u16,
        /// The error code in the body.
        #[serde(default)]
        error_code: Option<String>,
        /// Seconds for the `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Waits, then goes on.
    Delay {
        /// How long.
        milliseconds: u64,
    },
    /// Closes the connection without an answer.
    Drop,
    /// Answers with a page that is not an answer of the API.
    Garbage,
    /// Closes the connection in the middle of the answer.
    Truncate,
    /// From this request on nothing is answered; when the faults are set again, the connections are closed.
    Stall,
}

fn one() -> u64 {
    1
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hit {
    /// A fault hits it.
    Fault(HttpFault),
    /// It comes after one that stalls.
    Behind,
}

/// The active faults.
#[derive(Debug, Default)]
pub(super) struct HttpFaults {
    inner: Mutex<HttpFaultState>,
    /// Tells of every change to those who wait.
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct HttpFaultState {
    armed: Vec<Armed>,
    /// Nothing is answered any more.
    stalling: bool,
    /// The request that began it stands where it was told to.
    stalled: bool,
}

#[derive(Debug)]
struct Armed {
    fault: HttpFault,
    seen: u64,
    hits: u64,
}

impl HttpFaults {
    /// Replaces the active faults.
    pub(super) fn set(&self, faults: Vec<HttpFault>) {
        let armed = faults.into_iter().map(|fault| Armed { fault, seen: 0, hits: 0 }).collect();
        *self.inner() = HttpFaultState { armed, ..HttpFaultState::default() };
        self.changed.send_replace(());
    }

    /// How often each fault has hit.
    pub(super) fn hits(&self) -> Vec<u64> {
        self.inner().armed.iter().map(|armed| armed.hits).collect()
    }

    /// What hits this request, if anything. Every fault counts the requests that match it.
    pub(super) fn hit(&self, method: &str, path: &str) -> Option<Hit> {
        let mut hit = None;
        let mut inner = self.inner();
        if inner.stalling {
            return Some(Hit::Behind);
        }
        for armed in &mut inner.armed {
            let fault = &armed.fault;
            if fault.method.as_ref().is_some_and(|m| !m.eq_ignore_ascii_case(method))
                || fault.path.as_ref().is_some_and(|p| !path.contains(p.as_str()))
            {
                continue;
            }
            armed.seen += 1;
            let every = fault.every.max(1);
            let due = armed.seen >= fault.nth
                && (armed.seen - fault.nth).is_multiple_of(every)
                && (armed.seen - fault.nth) / every < fault.count;
            if hit.is_none() && due {
                armed.hits += 1;
                hit = Some(fault.clone());
            }
        }
        inner.stalling = hit.as_ref().is_some_and(|f| f.action == HttpFaultAction::Stall);
        hit.map(Hit::Fault)
    }

    /// The request that stalls stands where it was told to.
    pub(super) fn reached(&self) {
        self.inner().stalled = true;
        self.changed.send_replace(());
    }

    /// Waits until a request stalls, with the effect that its fault leaves it.
    pub(super) async fn until_stalled(&self) {
        self.until(|inner| inner.stalled).await;
    }

    /// Waits until the faults are set again.
    pub(super) async fn until_released(&self) {
        self.until(|inner| !inner.stalling).await;
    }

    async fn until(&self, wanted: impl Fn(&HttpFaultState) -> bool) {
        // the sender lives as long as this
        let _ = self.changed.subscribe().wait_for(|()| wanted(&self.inner())).await;
    }

    fn inner(&self) -> MutexGuard<'_, HttpFaultState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_chosen_requests_are_hit() {
        let faults = HttpFaults::default();
        let fault = serde_json::from_str(r#"{"method":"POST","path":"/jobs/","nth":2,"count":2,"action":"drop"}"#);
        faults.set(vec![fault.unwrap()]);
        let hits: Vec<bool> = (0..5).map(|_| faults.hit("POST", "/api/2.2/jobs/create").is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
        assert!(faults.hit("GET", "/api/2.2/jobs/get").is_none());
        assert_eq!(faults.hits(), [2]);
    }

    #[test]
    fn nothing_gets_past_a_request_that_stalls() {
        let faults = HttpFaults::default();
        let fault = r#"{"method":"POST","when":"after","action":"stall"}"#;
        faults.set(vec![serde_json::from_str(fault).unwrap()]);
        assert!(faults.hit("GET", "/").is_none());
        assert!(matches!(faults.hit("POST", "/"), Some(Hit::Fault(HttpFault { when: When::After, .. }))));
        assert_eq!(faults.hit("GET", "/"), Some(Hit::Behind));
        faults.set(Vec::new());
        assert!(faults.hit("GET", "/").is_none());
    }

    #[test]
    fn every_so_many_requests_are_hit() {
        let faults = HttpFaults::default();
        faults.set(vec![serde_json::from_str(r#"{"nth":2,"every":3,"count":2,"action":"drop"}"#).unwrap()]);
        let hits: Vec<bool> = (0..9).map(|_| faults.hit("GET", "/").is_some()).collect();
        assert_eq!(hits, [false, true, false, false, true, false, false, false, false]);
    }
}
