//! Calls at the model whose statements are gone, until their answers arrive or somebody asks the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::request::{Key, ModelAnswer};

/// Calls whose statements are gone, by what they ask.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Vec<Arc<Flight>>>>);

/// One call at the model.
#[derive(Debug, Default)]
pub(super) struct Flight {
    /// The answer, once it arrived for somebody who waits.
    answer: Mutex<Option<ModelAnswer>>,
    pub(super) landed: Notify,
}

impl Flight {
    pub(super) fn answer(&self) -> MutexGuard<'_, Option<ModelAnswer>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flights {
    pub(super) fn orphans(&self) -> MutexGuard<'_, HashMap<Key, Vec<Arc<Flight>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes one call of the key: any, or this one.
pub(super) fn remove(
    orphans: &mut HashMap<Key, Vec<Arc<Flight>>>,
    key: &Key,
    which: impl Fn(&Arc<Flight>) -> bool,
) -> Option<Arc<Flight>> {
    let flights = orphans.get_mut(key)?;
    let found = flights.iter().position(which).map(|at| flights.swap_remove(at));
    if flights.is_empty() {
        orphans.remove(key);
    }
    found
}
