//! A model that hangs must not hold a run for hours: after some calls in a row without an answer, the calls that follow
//! in the run are given up at once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Calls in a row that time out before the others are given up.
const IN_A_ROW: u32 = 8;

/// Time-outs in a row by run; statements outside of runs share one count.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<HashMap<Option<String>, u32>>);

impl Breaker {
    /// Why a call of the run is not asked, if so.
    pub(super) fn open(&self, run: Option<&str>) -> Option<String> {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = runs.get(&run.map(str::to_owned)).copied().unwrap_or(0);
        (count >= IN_A_ROW).then(|| format!("408 not asked: {count} calls in a row of this run timed out"))
    }

    /// A call of the run has ended.
    pub(super) fn ended(&self, run: Option<&str>, timed_out: bool) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = runs.entry(run.map(str::to_owned)).or_default();
        *count = if timed_out { *count + 1 } else { 0 };
    }

    /// A run begins.
    pub(super) fn reset(&self, run: Option<&str>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&run.map(str::to_owned));
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, IN_A_ROW};

    #[test]
    fn it_opens_after_time_outs_in_a_row_of_one_run() {
        let breaker = Breaker::default();
        for _ in 1..IN_A_ROW {
            breaker.ended(Some("1"), true);
        }
        breaker.ended(Some("1"), false);
        for _ in 1..IN_A_ROW {
            breaker.ended(Some("1"), true);
        }
        assert_eq!(breaker.open(Some("1")), None);
        breaker.ended(Some("1"), true);
        assert!(breaker.open(Some("1")).is_some() && breaker.open(Some("2")).is_none() && breaker.open(None).is_none());
        breaker.reset(Some("1"));
        assert_eq!(breaker.open(Some("1")), None);
    }
}
