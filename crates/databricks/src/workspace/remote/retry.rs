//! When a failed call is repeated.

use std::time::{Duration, Instant};

use crate::workspace::WorkspaceError;

/// The longest wait that piq chooses itself.
const LONGEST: Duration = Duration::from_secs(8);
/// A network that is down, or a service that fails, is not waited for as long as a workspace that asks for patience.
const LOST_TRIES: u32 = 8;

/// Decides on repeats of one call.
#[derive(Debug)]
pub(super) struct Retry {
    deadline: Instant,
    tries: u32,
}

impl Retry {
    pub(super) fn new(budget: Duration) -> Self {
        Self { deadline: Instant::now() + budget, tries: 0 }
    }

    /// How long to wait before the next try; nothing if the failure stands. `repeatable` says that a second effect
    /// does no harm.
    pub(super) fn wait(&mut self, error: &WorkspaceError, repeatable: bool) -> Option<Duration> {
        self.tries += 1;
        let passing = match error {
            WorkspaceError::Api { status: 429 | 502..=504, .. } => true,
            error => error.is_transient() && self.tries < LOST_TRIES,
        };
        if !passing || (error.may_have_acted() && !repeatable) {
            return None;
        }
        let wait = error.retry_after().unwrap_or_default().max(pause(self.tries));
        (wait <= self.deadline.saturating_duration_since(Instant::now())).then_some(wait)
    }
}

/// Doubles with every try, and differs between callers so that they do not come back together.
pub(super) fn pause(tries: u32) -> Duration {
    let base = Duration::from_millis(50) * 2_u32.saturating_pow(tries.min(10));
    let base = base.min(LONGEST);
    let mut byte = [0_u8; 1];
    // without randomness all callers wait the same time, which does no harm
    let _ = getrandom::fill(&mut byte);
    base / 2 + base / 2 * u32::from(byte[0]) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(status: u16, retry_after: Option<u64>) -> WorkspaceError {
        WorkspaceError::Api {
            status,
            code: String::new(),
            message: String::new(),
            method: "POST",
            path: "/x".into(),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn a_create_is_repeated_only_when_it_cannot_have_happened() {
        let mut retry = Retry::new(Duration::from_secs(60));
        assert!(retry.wait(&api(429, None), false).is_some());
        assert!(retry.wait(&api(503, None), false).is_none());
        assert!(retry.wait(&api(503, None), true).is_some());
        assert!(retry.wait(&api(400, None), true).is_none());
        for status in [408, 500] {
            assert!(retry.wait(&api(status, None), true).is_some());
            assert!(retry.wait(&api(status, None), false).is_none());
        }
    }

    #[test]
    fn the_workspace_decides_how_long_to_wait_within_the_budget() {
        let mut retry = Retry::new(Duration::from_secs(60));
        assert!(retry.wait(&api(429, Some(7)), true) >= Some(Duration::from_secs(7)));
        for seconds in [7, u64::MAX] {
            assert_eq!(Retry::new(Duration::from_secs(5)).wait(&api(429, Some(seconds)), true), None);
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        assert!(pause(1) <= Duration::from_millis(100));
        assert!(pause(30) <= LONGEST);
    }
}
