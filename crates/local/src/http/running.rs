//! Which runs are in progress, and how they are stopped.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::ids::RunId;

/// Runs in progress.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<HashMap<RunId, Active>>);

#[derive(Debug)]
struct Active {
    cancel: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    fn all(&self) -> MutexGuard<'_, HashMap<RunId, Active>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts to drive a run, which is told when it is to stop.
    pub(crate) fn start<F: Future<Output = ()> + Send + 'static>(
        &self,
        run_id: RunId,
        drive: impl FnOnce(watch::Receiver<bool>) -> F,
    ) {
        let (cancel, canceled) = watch::channel(false);
        // held until the run is known: one that ends at once is taken out again only after that
        let mut all = self.all();
        let task = tokio::spawn(drive(canceled));
        all.insert(run_id, Active { cancel, task });
    }

    /// A run has ended.
    pub(crate) fn remove(&self, run_id: RunId) {
        self.all().remove(&run_id);
    }

    /// Asks a run to stop; false if it is not in progress.
    pub(crate) fn cancel(&self, run_id: RunId) -> bool {
        self.all().get(&run_id).is_some_and(|active| active.cancel.send(true).is_ok())
    }

    /// Ends all runs and waits until nothing of them goes on.
    pub(crate) async fn stop(&self) {
        let tasks: Vec<JoinHandle<()>> = self.all().drain().map(|(_, active)| active.task).collect();
        for task in tasks {
            task.abort();
            let _ = task.await;
        }
    }

    /// Ends all runs without waiting.
    pub(crate) fn abort(&self) {
        for (_, active) in self.all().drain() {
            active.task.abort();
        }
    }
}
