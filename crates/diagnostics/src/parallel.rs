//! Independent work on all processors.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{Builder, ScopedJoinHandle, available_parallelism, scope};

/// Bytes of a thread's stack: as many as the main thread has on most systems, for readers that call themselves.
const STACK: usize = 8 << 20;

/// Threads that work at once, the calling one among them.
fn threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| available_parallelism().map_or(1, NonZero::get))
}

/// What `work` makes of each item, in the order of the items. A panic in one of them is a panic of the call.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let some = || -> Vec<(usize, R)> {
        std::iter::from_fn(|| {
            let at = next.fetch_add(1, Ordering::Relaxed);
            items.get(at).map(|item| (at, work(item)))
        })
        .collect()
    };
    let helpers = threads().min(items.len()).saturating_sub(1);
    let mut all = scope(|s| {
        // if the system refuses a thread, the others take its items
        let started: Vec<_> =
            (0..helpers).filter_map(|_| Builder::new().stack_size(STACK).spawn_scoped(s, some).ok()).collect();
        let mut all = some();
        started.into_iter().for_each(|thread| all.extend(joined(thread)));
        all
    });
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, made)| made).collect()
}

/// Does two things at the same time: the first on a thread of its own, if there is one.
pub fn both<A: Send, B>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B) -> (A, B) {
    let waiting = Mutex::new(Some(first));
    let take = || waiting.lock().unwrap_or_else(PoisonError::into_inner).take().map(|work| work());
    scope(|s| {
        let thread = if threads() > 1 { Builder::new().stack_size(STACK).spawn_scoped(s, take).ok() } else { None };
        let second = second();
        // a thread that has not begun yet finds nothing to do
        let first = take().or_else(|| thread.and_then(joined));
        match first {
            Some(first) => (first, second),
            None => unreachable!("the work is taken by one of two threads"),
        }
    })
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::{both, map};

    #[test]
    fn results_have_the_order_of_the_items() {
        let items: Vec<usize> = (0..1_000).collect();
        assert_eq!(map(&items, |i| i * 2), (0..2_000).step_by(2).collect::<Vec<_>>());
        assert_eq!(map(&[0_usize; 0], |i| *i).len(), 0);
    }

    #[test]
    fn both_results_are_there() {
        let text = String::from("shared");
        assert_eq!(both(|| text.len(), || text.to_uppercase()), (6, "SHARED".to_owned()));
    }

    #[test]
    fn a_panic_of_one_is_a_panic_of_the_call() {
        assert!(catch_unwind(|| map(&[1, 2, 3], |i| assert!(*i != 2))).is_err());
        assert!(catch_unwind(|| both(|| panic!("first"), || 1)).is_err());
    }
}
