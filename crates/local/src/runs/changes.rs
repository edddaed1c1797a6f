//! Changes of runs in the store.

use super::model::{RUNS, Run, TaskRun};
use crate::engine::EngineError;
use crate::http::App;
use crate::ids::{RunId, TaskRunId};
use crate::store::{StoreError, Transaction};

pub(super) fn update(app: &App, run_id: RunId, f: impl FnOnce(&mut Run)) -> Result<(), StoreError> {
    app.store.write(|t| {
        if let Some(mut run) = t.tables().get::<Run>(RUNS, &run_id.key()) {
            f(&mut run);
            t.put(RUNS, &run_id.key(), &run);
        }
        Ok(())
    })
}

/// Ends a run by `f`: this server sees the end even if it cannot be stored. The next one marks a run without an end.
pub(super) fn settle(app: &App, run_id: RunId, f: impl FnOnce(&mut Run)) {
    app.store.settle(|t| {
        if let Some(mut run) = t.tables().get::<Run>(RUNS, &run_id.key()) {
            f(&mut run);
            t.put(RUNS, &run_id.key(), &run);
        }
    });
}

/// What a run says that ends because the store takes no more.
pub(super) fn unstored(error: &StoreError) -> String {
    EngineError { class: "IO".into(), message: format!("the local workspace cannot be written: {error}") }.to_string()
}

pub(super) fn update_task(
    app: &App,
    run_id: RunId,
    task: TaskRunId,
    f: impl FnOnce(&mut TaskRun),
) -> Result<(), StoreError> {
    update(app, run_id, |run| {
        if let Some(task) = run.tasks.iter_mut().find(|t| t.run_id == task) {
            f(task);
        }
    })
}

/// Changes a task run and adds the attempt that follows it, if any.
pub(super) fn change_task(
    t: &mut Transaction<'_>,
    run_id: RunId,
    task: TaskRunId,
    f: impl FnOnce(&mut TaskRun) -> Option<TaskRun>,
) {
    let Some(mut run) = t.tables().get::<Run>(RUNS, &run_id.key()) else { return };
    if let Some(task) = run.tasks.iter_mut().find(|t| t.run_id == task) {
        if let Some(next) = f(task) {
            run.add_attempt(next);
        }
        t.put(RUNS, &run_id.key(), &run);
    }
}
