//! Runs of jobs: the task graph, driven in order of its dependencies, each notebook cell by cell.

mod changes;
mod driver;
mod model;
mod notebook;
mod references;
mod task;

use std::sync::Arc;

use super::http::{ApiError, App, now};
use super::ids::{JobId, RunId};
use super::store::{StoreError, Tables, Transaction};
pub(crate) use model::{Phase, RUNS, Run, RunResultState, TaskRun};

/// Said of runs that end because the server does.
const STOPPED: &str = "the workspace stopped";

/// Starts to drive a run that the store holds.
pub(crate) fn start(app: &Arc<App>, run_id: RunId) {
    let driven = Arc::clone(app);
    app.runs.start(run_id, |canceled| async move {
        driver::drive(&driven, run_id, canceled).await;
        driven.runs.remove(run_id);
        start_queued(&driven);
    });
}

/// Starts queued runs whose job has room again.
fn start_queued(app: &Arc<App>) {
    // one whose start cannot be stored ends at once, and says so
    let ready = app.store.settle(|t| {
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
            t.put(RUNS, &run.run_id.key(), run);
        }
        ready.iter().map(|r| r.run_id).collect::<Vec<RunId>>()
    });
    for run_id in ready {
        start(app, run_id);
    }
}

/// Asks a run to stop. One that waits in the queue ends at once.
pub(crate) fn cancel(app: &App, run_id: RunId) -> Result<(), ApiError> {
    if app.runs.cancel(run_id) {
        return Ok(());
    }
    app.store.write(|t| {
        if let Some(mut run) = t.tables().get::<Run>(RUNS, &run_id.key())
            && run.phase != Phase::Terminated
        {
            run.end_all(RunResultState::Canceled, "Run cancelled.", now());
            t.put(RUNS, &run_id.key(), &run);
        }
        Ok(())
    })
}

/// The runs of a job.
pub(crate) fn of_job(t: &Tables, job_id: JobId) -> Vec<Run> {
    t.all::<Run>(RUNS).map(|(_, r)| r).filter(|r| r.job_id == job_id).collect()
}

/// Cancels every run of a job, those in the queue first so that none of them starts.
pub(crate) fn cancel_job(app: &App, job_id: JobId) -> Result<(), ApiError> {
    let mut runs = app.store.read(|t| of_job(t, job_id));
    runs.retain(|r| r.phase != Phase::Terminated);
    runs.sort_by_key(|r| r.phase != Phase::Queued);
    runs.iter().try_for_each(|run| cancel(app, run.run_id))
}

/// Ends all runs because the server stops.
pub(crate) async fn stop_all(app: &App) {
    app.runs.stop().await;
    // if the store cannot be written, the next server marks the runs when it opens it
    let _ = app.store.write(|t| {
        fail_leftovers(t);
        Ok::<_, StoreError>(())
    });
}

/// Marks the runs as failed that no server drives any more.
pub(crate) fn fail_leftovers(t: &mut Transaction<'_>) {
    let left: Vec<Run> = t.tables().all::<Run>(RUNS).map(|(_, r)| r).filter(|r| r.phase != Phase::Terminated).collect();
    for mut run in left {
        run.end_all(RunResultState::Failed, STOPPED, now());
        t.put(RUNS, &run.run_id.key(), &run);
    }
}
