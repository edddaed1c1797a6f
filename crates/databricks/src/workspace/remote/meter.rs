//! Counts requests and how they wait for each other.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::workspace::Stats;

/// Counts of one connection.
///
/// A request's depth is one more than the deepest request that was answered before it was asked for. Requests that are
/// asked for together have one depth, also when they wait for their turn: that is what a round trip means here.
#[derive(Debug)]
pub(super) struct Meter {
    start: Instant,
    stats: Mutex<Stats>,
}

/// Where a request stands in the chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depth(u64);

/// Where a request stands in the chain on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn(u64);

impl Meter {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), stats: Mutex::new(Stats::default()) }
    }

    fn with<R>(&self, f: impl FnOnce(&mut Stats) -> R) -> R {
        f(&mut self.stats.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A request is asked for.
    pub(super) fn ask(&self) -> Depth {
        self.with(|s| Depth(s.round_trips + 1))
    }

    /// The same request is asked for again.
    pub(super) fn ask_again(&self, depth: Depth) -> Depth {
        self.with(|s| Depth(depth.0.max(s.round_trips) + 1))
    }

    /// It was sent.
    pub(super) fn sent(&self, up: usize) -> Turn {
        self.with(|s| {
            s.requests += 1;
            s.up_bytes += up as u64;
            Turn(s.turns + 1)
        })
    }

    /// It was answered, or the connection broke.
    pub(super) fn answered(&self, depth: Depth, turn: Turn, down: usize) {
        self.with(|s| {
            s.round_trips = s.round_trips.max(depth.0);
            s.turns = s.turns.max(turn.0);
            s.down_bytes += down as u64;
        });
    }

    pub(super) fn stats(&self) -> Stats {
        let mut stats = self.with(|s| *s);
        stats.seconds = (self.start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        stats
    }
}

#[cfg(test)]
mod tests {
    use super::Meter;

    #[test]
    fn requests_asked_for_together_are_one_round_trip() {
        let meter = Meter::new();
        let first = meter.ask();
        meter.answered(first, meter.sent(0), 1);
        let both = [meter.ask(), meter.ask()];
        for depth in both {
            // the second waits for its turn
            meter.answered(depth, meter.sent(10), 5);
        }
        let stats = meter.stats();
        assert_eq!((stats.round_trips, stats.turns), (2, 3));
        assert_eq!((stats.requests, stats.up_bytes, stats.down_bytes), (3, 20, 11));
    }

    #[test]
    fn a_repeated_request_is_a_round_trip_more() {
        let meter = Meter::new();
        let depth = meter.ask();
        meter.answered(depth, meter.sent(0), 0);
        let again = meter.ask_again(depth);
        meter.answered(again, meter.sent(0), 0);
        assert_eq!(meter.stats().round_trips, 2);
    }
}
