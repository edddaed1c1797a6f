//! Runs without a job, repairs of runs, and runs as a page.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::{self, Right};
use super::job::Job;
use super::job_check::check;
use super::run_plan::{Graph, Wishes, planned};
use super::runs::find;
use super::warehouses;
use crate::http::{ApiError, App, Body, Caller, Params, now};
use crate::ids::{JobId, RunId, TaskRunId};
use crate::runs::{self, Phase, RUNS, Run, RunResultState, TaskRun};
use crate::tree;

pub(super) fn routes() -> Router<Arc<App>> {
    let mut router = Router::new();
    for version in ["2.0", "2.1", "2.2"] {
        let at = |name: &str| format!("/api/{version}/jobs/runs/{name}");
        router = router
            .route(&at("submit"), post(submit))
            .route(&at("repair"), post(repair))
            .route(&at("export"), get(export));
    }
    router
}

/// Runs tasks once. The run has the number of a job that nobody sees.
async fn submit(
    Caller { app, who }: Caller,
    Body(mut asked): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let name = asked.remove("run_name").unwrap_or_else(|| json!("Untitled"));
    asked.insert("name".into(), name);
    let token = asked.remove("idempotency_token").and_then(|t| t.as_str().map(str::to_owned));
    let (run_id, new) = app.store.write(|t| {
        let earlier = |r: &Run| r.submitted && token.is_some() && r.idempotency_token == token;
        if let Some((_, run)) = t.tables().all::<Run>(RUNS).find(|(_, run)| earlier(run)) {
            return Ok((run.run_id, false));
        }
        check(&asked, &|id| warehouses::exists(t.tables(), id))?;
        let job_id = JobId::next(t);
        let job = Job { job_id, creator_user_name: who.name().to_owned(), created_time: now(), settings: asked };
        let wishes = Wishes { idempotency_token: token.clone(), ..Wishes::default() };
        let mut run = planned(t, &job, &wishes, who.name())?;
        run.submitted = true;
        t.put(RUNS, &run.run_id.key(), &run);
        Ok::<_, ApiError>((run.run_id, true))
    })?;
    if new {
        runs::start(&app, run_id);
    }
    Ok(Json(json!({"run_id": run_id})))
}

#[derive(Deserialize)]
struct Repair {
    run_id: RunId,
    #[serde(default)]
    rerun_tasks: Vec<String>,
    #[serde(default)]
    rerun_all_failed_tasks: bool,
    #[serde(default)]
    rerun_dependent_tasks: bool,
    latest_repair_id: Option<u64>,
}

/// Runs tasks of a run again that is over.
async fn repair(Caller { app, who }: Caller, Body(asked): Body<Repair>) -> Result<Json<Value>, ApiError> {
    let repair_id = app.store.write(|t| {
        let run = t.tables().get::<Run>(RUNS, &asked.run_id.key());
        let mut run = run.ok_or_else(|| ApiError::invalid(format!("Run {} does not exist.", asked.run_id)))?;
        access::run(t.tables(), &who, &run, Right::Run)?;
        if run.phase != Phase::Terminated {
            return Err(ApiError::invalid_state(format!("Run {} is active.", asked.run_id)));
        }
        if run.repairs.last().copied() != asked.latest_repair_id {
            return Err(ApiError::invalid("latest_repair_id is not the id of the latest repair."));
        }
        let failed = |t: &TaskRun| !matches!(t.outcome, Some(RunResultState::Success | RunResultState::Excluded));
        let mut keys: BTreeSet<String> = asked.rerun_tasks.iter().cloned().collect();
        if let Some(unknown) = keys.iter().find(|key| !run.tasks.iter().any(|t| t.task_key == **key)) {
            return Err(ApiError::invalid(format!("Run {} has no task '{unknown}'.", asked.run_id)));
        }
        if asked.rerun_all_failed_tasks {
            keys.extend(run.latest().filter(|t| failed(t)).map(|t| t.task_key.clone()));
        }
        if asked.rerun_dependent_tasks {
            let definitions: Vec<Value> = run.latest().map(|t| t.definition.clone()).collect();
            keys = Graph::of(&definitions).below(&keys);
        }
        if keys.is_empty() {
            return Err(ApiError::invalid("No tasks to repair."));
        }
        let latest: Vec<TaskRun> = run.latest().filter(|t| keys.contains(&t.task_key)).cloned().collect();
        for task in latest {
            run.add_attempt(task.again(TaskRunId::next(t)));
        }
        let repair_id = t.next_id();
        run.repairs.push(repair_id);
        (run.phase, run.outcome, run.end_time) = (Phase::Pending, None, 0);
        t.put(RUNS, &run.run_id.key(), &run);
        Ok(repair_id)
    })?;
    runs::start(&app, asked.run_id);
    Ok(Json(json!({"repair_id": repair_id})))
}

#[derive(Deserialize)]
struct Export {
    run_id: RunId,
}

/// The notebook of a task as a page.
async fn export(Caller { app, who }: Caller, Params(asked): Params<Export>) -> Result<Json<Value>, ApiError> {
    let (run, task) = find(&app, &who, asked.run_id, Right::View)?;
    let tasks: Vec<&TaskRun> = run.latest().collect();
    let task = match (&task, tasks.as_slice()) {
        (Some(task), _) => task,
        (None, [only]) => only,
        (None, _) => return Err(ApiError::invalid("Export the runs of the tasks one by one.")),
    };
    let path = task.definition["notebook_task"]["notebook_path"].as_str();
    let path = path.ok_or_else(|| ApiError::invalid("Only runs of notebooks can be exported."))?;
    let (source, _) = tree::notebook(&app, path).map_err(ApiError::invalid)?;
    let text = source.replace('&', "&amp;").replace('<', "&lt;");
    let content = format!("<!DOCTYPE html><title>{}</title><pre>{text}</pre>\n", task.task_key);
    Ok(Json(json!({"views": [{"name": path.rsplit('/').next(), "type": "NOTEBOOK", "content": content}]})))
}
