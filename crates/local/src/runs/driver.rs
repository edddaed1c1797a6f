//! Drives a run: starts each task when those that it depends on are over, as many at a time as are ready.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::changes::{change_task, settle, unstored, update};
use super::model::{Phase, RUNS, Run, RunResultState, TaskRun};
use super::task::{self, Failure};
use crate::http::{App, now};
use crate::ids::{RunId, TaskRunId};
use crate::store::StoreError;

/// Drives a run to its end.
pub(super) async fn drive(app: &Arc<App>, run_id: RunId, mut canceled: watch::Receiver<bool>) {
    let mut limit = 0;
    let started = update(app, run_id, |run| {
        run.phase = Phase::Running;
        run.message = "In run".into();
        limit = run.timeout_seconds;
    });
    if let Err(e) = started {
        return settle(app, run_id, |run| run.end_all(RunResultState::Failed, &unstored(&e), now()));
    }
    let (stop, stopped) = watch::channel(None::<RunResultState>);
    let tasks = run_tasks(app, run_id, stopped);
    tokio::pin!(tasks);
    let (reason, driven) = tokio::select! {
        driven = &mut tasks => (None, driven),
        _ = canceled.wait_for(|c| *c) => (Some((RunResultState::Canceled, "Run cancelled.")), Ok(())),
        () = sleep(limit) => (Some((RunResultState::Timedout, "The run took longer than its timeout.")), Ok(())),
    };
    if let Some((outcome, _)) = reason {
        let _ = stop.send(Some(outcome));
        // the reason says more than a store that takes no more
        let _ = tasks.await;
    }
    settle(app, run_id, |run| match (reason, &driven) {
        (Some((outcome, message)), _) => run.end_all(outcome, message, now()),
        (None, Err(e)) => run.end_all(RunResultState::Failed, &unstored(e), now()),
        (None, Ok(())) => {
            let (outcome, message) = conclude(run);
            run.end_all(outcome, &message, now());
        }
    });
}

async fn sleep(seconds: u64) {
    if seconds == 0 {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// The run's outcome: that of its leaves.
fn conclude(run: &Run) -> (RunResultState, String) {
    let is_leaf = |t: &TaskRun| !run.tasks.iter().any(|other| other.depends_on().contains(&t.task_key.as_str()));
    let bad = |t: &TaskRun| !matches!(t.outcome, Some(RunResultState::Success | RunResultState::Excluded));
    if !run.latest().any(|t| is_leaf(t) && bad(t)) {
        return (RunResultState::Success, String::new());
    }
    let failed: Vec<&str> = run
        .latest()
        .filter(|t| matches!(t.outcome, Some(RunResultState::Failed | RunResultState::Timedout)))
        .map(|t| t.task_key.as_str())
        .collect();
    (RunResultState::Failed, format!("Task {} failed.", failed.join(", ")))
}

/// Runs the tasks until none is left that may start.
///
/// # Errors
/// The store takes no more: no task is started any more, those that run come to their end.
async fn run_tasks(
    app: &Arc<App>,
    run_id: RunId,
    stopped: watch::Receiver<Option<RunResultState>>,
) -> Result<(), StoreError> {
    let mut running = JoinSet::new();
    let mut stored = Ok(());
    loop {
        if stored.is_ok() && stopped.borrow().is_none() {
            match ready(app, run_id) {
                Ok(tasks) => tasks.into_iter().for_each(|task_run_id| {
                    running.spawn(one(Arc::clone(app), run_id, task_run_id, stopped.clone()));
                }),
                Err(e) => stored = Err(e),
            }
        }
        if running.join_next().await.is_none() {
            return stored;
        }
    }
}

/// Marks the tasks that may start now, and those that never will.
fn ready(app: &App, run_id: RunId) -> Result<Vec<TaskRunId>, StoreError> {
    let mut ready = Vec::new();
    update(app, run_id, |run| {
        loop {
            let seen = run.tasks.clone();
            let mut skipped = false;
            for task in run.tasks.iter_mut().filter(|t| matches!(t.phase, Phase::Blocked | Phase::Pending)) {
                let above: Vec<Option<RunResultState>> = task
                    .depends_on()
                    .iter()
                    .filter_map(|key| seen.iter().rev().find(|t| t.task_key == *key))
                    .map(|t| t.outcome)
                    .collect();
                if above.iter().any(Option::is_none) {
                    continue;
                }
                match allowed(task.definition["run_if"].as_str().unwrap_or("ALL_SUCCESS"), &above) {
                    Ok(()) => {
                        task.phase = Phase::Running;
                        task.start_time = now();
                        ready.push(task.run_id);
                    }
                    Err((outcome, message)) => {
                        task.end(outcome, message, now());
                        skipped = true;
                    }
                }
            }
            if !skipped {
                break;
            }
        }
    })?;
    Ok(ready)
}

/// Whether a task may run after these outcomes.
fn allowed(run_if: &str, above: &[Option<RunResultState>]) -> Result<(), (RunResultState, &'static str)> {
    let good = |o: &Option<RunResultState>| matches!(o, Some(RunResultState::Success | RunResultState::Excluded));
    let canceled = above.iter().any(|o| matches!(o, Some(RunResultState::Canceled | RunResultState::UpstreamCanceled)));
    let failed = |o: &Option<RunResultState>| !good(o);
    let holds = match run_if {
        "ALL_DONE" => true,
        "AT_LEAST_ONE_SUCCESS" => above.is_empty() || above.iter().any(good),
        "AT_LEAST_ONE_FAILED" => above.iter().any(failed),
        "ALL_FAILED" => above.iter().all(failed),
        _ => above.iter().all(good),
    };
    match (holds, run_if) {
        (true, _) => Ok(()),
        (false, "AT_LEAST_ONE_FAILED" | "ALL_FAILED") => {
            Err((RunResultState::Excluded, "The task's `run_if` did not hold."))
        }
        (false, _) if canceled => Err((RunResultState::UpstreamCanceled, "An upstream task was cancelled.")),
        (false, _) => Err((RunResultState::UpstreamFailed, "An upstream task failed.")),
    }
}

async fn one(
    app: Arc<App>,
    run_id: RunId,
    task_run_id: TaskRunId,
    mut stopped: watch::Receiver<Option<RunResultState>>,
) {
    let Some(run) = app.store.read(|t| t.get::<Run>(RUNS, &run_id.key())) else { return };
    let Some(task) = run.tasks.iter().find(|t| t.run_id == task_run_id) else { return };
    if task.attempt > 0 {
        let pause = Duration::from_millis(task.definition["min_retry_interval_millis"].as_u64().unwrap_or(0));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.wait_for(Option::is_some) => {}
        }
    }
    let result = attempt(&app, &run, task, &mut stopped).await;
    let at = now();
    // what cannot be stored is seen by the next task that is to start
    app.store.settle(|t| {
        let next = TaskRunId::next(t);
        change_task(t, run_id, task_run_id, |task| {
            match result {
                Ok(()) => task.end(RunResultState::Success, "", at),
                Err(End::Stopped(outcome, message)) => {
                    task.end(outcome, &message, at);
                    let again = outcome == RunResultState::Timedout && task.definition["retry_on_timeout"] == true;
                    return (again && task.may_retry()).then(|| task.again(next));
                }
                Err(End::Failed(failure)) => {
                    task.end(RunResultState::Failed, &failure.error, at);
                    task.error = Some(failure.error);
                    task.error_trace = failure.trace;
                    return task.may_retry().then(|| task.again(next));
                }
            }
            None
        });
    });
}

enum End {
    Failed(Failure),
    Stopped(RunResultState, String),
}

async fn attempt(
    app: &Arc<App>,
    run: &Run,
    task: &TaskRun,
    stopped: &mut watch::Receiver<Option<RunResultState>>,
) -> Result<(), End> {
    let work = task::prepare(app, run, task).map_err(End::Failed)?;
    let session =
        app.engine.open_session(Some(&task.run_id.to_string())).await.map_err(|e| End::Failed(e.to_string().into()))?;
    let limit = task.definition["timeout_seconds"].as_u64().unwrap_or(0);
    let result = tokio::select! {
        done = task::run(app, &work, session, run.run_id, task.run_id) => done.map_err(End::Failed),
        reason = stopped.wait_for(Option::is_some) => {
            let outcome = reason.ok().and_then(|r| *r).unwrap_or(RunResultState::Canceled);
            Err(End::Stopped(outcome, "Run cancelled.".into()))
        }
        () = sleep(limit) => {
            Err(End::Stopped(RunResultState::Timedout, format!("The task took longer than {limit} s.")))
        }
    };
    app.engine.close_session(session).await;
    result
}
