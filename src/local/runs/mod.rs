//! Runs of jobs: the task graph, driven in order of its dependencies, each notebook cell by cell.

mod driver;
mod model;
mod notebook;
mod references;
mod task;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::server::{ApiError, App, now};
use super::store::{StoreError, Transaction, id_key};
pub use model::{Outcome, Phase, Run, TaskRun};

/// The table that keeps runs.
pub const RUNS: &str = "runs";

/// Said of runs that end because the server does.
const STOPPED: &str = "the workspace stopped";

/// Runs in progress.
#[derive(Debug, Default)]
pub struct Runs(Mutex<HashMap<u64, Active>>);

#[derive(Debug)]
struct Active {
    cancel: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Runs {
    /// Starts to drive a run that the store holds.
    pub fn start(&self, app: &Arc<App>, run_id: u64) {
        let (cancel, canceled) = watch::channel(false);
        let mut active = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let app = Arc::clone(app);
        let task = tokio::spawn(async move {
            driver::drive(&app, run_id, canceled).await;
            app.runs.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&run_id);
            app.runs.start_queued(&app);
        });
        active.insert(run_id, Active { cancel, task });
    }

    /// Starts queued runs whose job has room again.
    fn start_queued(&self, app: &Arc<App>) {
        let ready: Result<Vec<u64>, StoreError> = app.store.write(|t| {
            let runs: Vec<Run> = t.tables().all::<Run>(RUNS).map(|(_, r)| r).collect();
            let mut ready: Vec<Run> = Vec::new();
            for run in runs.iter().filter(|r| r.phase == Phase::Queued) {
                let active = runs.iter().filter(|r| r.job_id == run.job_id && r.phase.active()).count()
                    + ready.iter().filter(|r| r.job_id == run.job_id).count();
                if active < run.max_concurrent_runs {
                    ready.push(run.clone());
                }
            }
            for run in &mut ready {
                run.phase = Phase::Pending;
                t.put(RUNS, &id_key(run.run_id), run);
            }
            Ok(ready.iter().map(|r| r.run_id).collect())
        });
        for run_id in ready.unwrap_or_default() {
            self.start(app, run_id);
        }
    }

    /// Asks a run to stop. One that waits in the queue ends at once.
    pub fn cancel(&self, app: &App, run_id: u64) -> Result<(), ApiError> {
        if let Some(active) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&run_id) {
            let _ = active.cancel.send(true);
            return Ok(());
        }
        app.store.write(|t| {
            if let Some(mut run) = t.tables().get::<Run>(RUNS, &id_key(run_id))
                && run.phase != Phase::Terminated
            {
                run.end_all(Outcome::Canceled, "Run cancelled.", now());
                t.put(RUNS, &id_key(run_id), &run);
            }
            Ok(())
        })
    }

    /// Ends all runs because the server stops.
    pub async fn stop_all(&self, app: &App) {
        let tasks: Vec<JoinHandle<()>> = {
            let mut active = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            active.drain().map(|(_, a)| a.task).collect()
        };
        for task in tasks {
            task.abort();
            let _ = task.await;
        }
        // if the store cannot be written, the next server marks the runs when it opens it
        let _ = app.store.write(|t| {
            self.fail_leftovers(t);
            Ok::<_, StoreError>(())
        });
    }

    /// Ends all runs without waiting.
    pub fn abort_all(&self) {
        for (_, active) in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain() {
            active.task.abort();
        }
    }

    /// Marks the runs as failed that no server drives any more.
    pub fn fail_leftovers(&self, t: &mut Transaction<'_>) {
        let left: Vec<Run> =
            t.tables().all::<Run>(RUNS).map(|(_, r)| r).filter(|r| r.phase != Phase::Terminated).collect();
        for mut run in left {
            run.end_all(Outcome::Failed, STOPPED, now());
            t.put(RUNS, &id_key(run.run_id), &run);
        }
    }
}
