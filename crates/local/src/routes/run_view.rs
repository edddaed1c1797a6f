//! Runs as the API shows them.

use serde_json::{Value, json};

use crate::http::App;
use crate::runs::{Phase, Run, RunResultState, TaskRun};

/// A run without its tasks.
pub(super) fn show(app: &App, run: &Run) -> Value {
    let parameters: Vec<Value> = run
        .parameters
        .iter()
        .map(|(name, value)| match run.overrides.contains_key(name) {
            true => json!({"name": name, "value": value}),
            false => json!({"name": name, "default": value}),
        })
        .collect();
    let mut shown = json!({
        "job_id": run.job_id, "run_id": run.run_id, "number_in_job": run.number_in_job,
        "original_attempt_run_id": run.run_id, "run_name": run.name, "creator_user_name": run.creator,
        "run_type": run_type(run), "trigger": "ONE_TIME", "format": "MULTI_TASK",
        "run_page_url": format!("{}/#job/{}/run/{}", app.host, run.job_id, run.run_id),
        "job_parameters": parameters,
    });
    if let Some(run_as) = &run.run_as {
        shown["run_as_user_name"] = json!(run_as);
    }
    shown["overriding_parameters"] = json!(run.task_overrides);
    if !run.overrides.is_empty() {
        shown["overriding_parameters"]["job_parameters"] = json!(run.overrides);
    }
    times(&mut shown, run.start_time, run.end_time);
    state(&mut shown, run.phase, run.outcome, &run.message);
    shown
}

/// A run of a task: the task with its state.
pub(super) fn show_task(app: &App, run: &Run, task: &TaskRun) -> Value {
    let mut shown = task.definition.clone();
    shown["run_id"] = json!(task.run_id);
    shown["attempt_number"] = json!(task.attempt);
    shown["run_page_url"] = json!(format!("{}/#job/{}/run/{}", app.host, run.job_id, task.run_id));
    times(&mut shown, task.start_time, task.end_time);
    let asking = app.engine.gateway().filter(|_| task.outcome.is_none());
    let message = match asking.and_then(|gateway| gateway.asking(&task.run_id.to_string())) {
        Some(asking) => format!("{}, {asking}", task.message),
        None => task.message.clone(),
    };
    state(&mut shown, task.phase, task.outcome, &message);
    shown
}

/// What `runs/get-output` says of a task.
pub(super) fn output_of(app: &App, run: &Run, task: &TaskRun) -> Value {
    let mut metadata = show_task(app, run, task);
    metadata["job_id"] = json!(run.job_id);
    metadata["run_name"] = json!(task.task_key);
    metadata["creator_user_name"] = json!(run.creator);
    metadata["run_type"] = json!(run_type(run));
    let mut shown = json!({"metadata": metadata});
    if task.outcome == Some(RunResultState::Success) {
        shown["notebook_output"] = json!({});
    }
    if let Some(error) = &task.error {
        shown["error"] = json!(error);
    }
    if let Some(trace) = &task.error_trace {
        shown["error_trace"] = json!(trace);
    }
    shown
}

fn run_type(run: &Run) -> &'static str {
    if run.submitted { "SUBMIT_RUN" } else { "JOB_RUN" }
}

fn times(shown: &mut Value, start: u64, end: u64) {
    shown["start_time"] = json!(start);
    shown["end_time"] = json!(end);
    shown["setup_duration"] = json!(0);
    shown["cleanup_duration"] = json!(0);
    shown["execution_duration"] = json!(end.saturating_sub(start));
    if end > 0 {
        shown["run_duration"] = json!(end - start);
    }
}

fn state(shown: &mut Value, phase: Phase, outcome: Option<RunResultState>, message: &str) {
    let life_cycle = match (phase, outcome) {
        (
            Phase::Terminated,
            Some(RunResultState::UpstreamFailed | RunResultState::UpstreamCanceled | RunResultState::Excluded),
        ) => {
            json!("SKIPPED")
        }
        _ => json!(phase),
    };
    let mut old =
        json!({"life_cycle_state": life_cycle, "state_message": message, "user_cancelled_or_timedout": false});
    let mut status = json!({"state": phase});
    if let Some(outcome) = outcome {
        old["result_state"] = json!(outcome);
        old["user_cancelled_or_timedout"] =
            json!(matches!(outcome, RunResultState::Canceled | RunResultState::Timedout));
        let (code, kind) = match outcome {
            RunResultState::Success => ("SUCCESS", "SUCCESS"),
            RunResultState::Failed => ("RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
            RunResultState::UpstreamFailed => ("UPSTREAM_FAILED", "CLIENT_ERROR"),
            RunResultState::UpstreamCanceled => ("UPSTREAM_CANCELED", "CLIENT_ERROR"),
            RunResultState::Excluded => ("EXCLUDED", "SUCCESS"),
            RunResultState::Canceled => ("USER_CANCELED", "SUCCESS"),
            RunResultState::Timedout => ("TIMED_OUT", "CLIENT_ERROR"),
        };
        status["termination_details"] = json!({"code": code, "type": kind, "message": message});
    }
    shown["state"] = old;
    shown["status"] = status;
}
