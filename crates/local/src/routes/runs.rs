//! Runs: start, watch, cancel, output.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::{self, Right};
use super::run_plan::{Wishes, planned};
use super::run_view::{output_of, show, show_task};
use crate::http::{ApiError, App, Body, Caller, Identity, Params, page_offset};
use crate::ids::{JobId, RunId};
use crate::runs::{self, Phase, RUNS, Run, TaskRun};
use crate::store::Tables;

/// Tasks in one answer of `runs/get`.
const TASK_PAGE: usize = 100;

pub(super) fn routes() -> Router<Arc<App>> {
    let mut router = Router::new();
    for version in ["2.0", "2.1", "2.2"] {
        let at = |name: &str| format!("/api/{version}/jobs/{name}");
        router = router
            .route(&at("run-now"), post(run_now))
            .route(&at("runs/get"), get(one))
            .route(&at("runs/list"), get(list))
            .route(&at("runs/get-output"), get(output))
            .route(&at("runs/cancel"), post(cancel))
            .route(&at("runs/cancel-all"), post(cancel_all))
            .route(&at("runs/delete"), post(delete));
    }
    router
}

#[derive(Deserialize)]
struct RunNow {
    job_id: JobId,
    #[serde(default)]
    job_parameters: BTreeMap<String, String>,
    #[serde(default)]
    notebook_params: BTreeMap<String, String>,
    idempotency_token: Option<String>,
    #[serde(default)]
    only: Vec<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl RunNow {
    fn wishes(&self) -> Wishes {
        let mut overrides = self.notebook_params.clone();
        overrides.extend(self.job_parameters.clone());
        Wishes {
            overrides,
            idempotency_token: self.idempotency_token.clone(),
            only: self.only.clone(),
            others: self.others.clone(),
        }
    }
}

async fn run_now(Caller { app, who }: Caller, Body(asked): Body<RunNow>) -> Result<Json<Value>, ApiError> {
    let (run, new) = app.store.write(|t| {
        let job = access::job(t.tables(), &who, asked.job_id, Right::Run)?;
        let all: Vec<Run> = runs::of_job(t.tables(), asked.job_id);
        if let Some(token) = &asked.idempotency_token
            && let Some(earlier) = all.iter().find(|r| r.idempotency_token.as_ref() == Some(token))
        {
            return Ok((earlier.clone(), false));
        }
        let mut run = planned(t, &job, &asked.wishes(), who.name())?;
        if all.iter().filter(|r| r.phase.active()).count() >= run.max_concurrent_runs {
            if job.settings.get("queue").is_some_and(|q| q["enabled"] == false) {
                let message = format!("Job {} reached its limit of concurrent runs.", job.job_id);
                return Err(ApiError::invalid_state(message));
            }
            run.phase = Phase::Queued;
            run.message = "Waiting for another run of the job to finish.".into();
        }
        t.put(RUNS, &run.run_id.key(), &run);
        Ok((run, true))
    })?;
    if new && run.phase == Phase::Pending {
        runs::start(&app, run.run_id);
    }
    Ok(Json(json!({"run_id": run.run_id, "number_in_job": run.number_in_job})))
}

/// A run by its own number or that of one of its tasks.
pub(super) fn find(app: &App, who: &Identity, run_id: RunId, right: Right) -> Result<(Run, Option<TaskRun>), ApiError> {
    app.store.read(|t| {
        let (run, task) = numbered(t, run_id)?;
        access::run(t, who, &run, right)?;
        Ok((run, task))
    })
}

fn numbered(t: &Tables, run_id: RunId) -> Result<(Run, Option<TaskRun>), ApiError> {
    if let Some(run) = t.get::<Run>(RUNS, &run_id.key()) {
        return Ok((run, None));
    }
    let found = t.all::<Run>(RUNS).find_map(|(_, run)| {
        let task = run.tasks.iter().find(|task| task.run_id == run_id.as_task()).cloned()?;
        Some((run, Some(task)))
    });
    found.ok_or_else(|| ApiError::invalid(format!("Run {run_id} does not exist.")))
}

#[derive(Deserialize)]
struct Get {
    run_id: RunId,
    page_token: Option<String>,
    #[serde(default)]
    include_history: bool,
}

async fn one(Caller { app, who }: Caller, Params(asked): Params<Get>) -> Result<Json<Value>, ApiError> {
    let (run, task) = find(&app, &who, asked.run_id, Right::View)?;
    if let Some(task) = task {
        return Ok(Json(show_task(&app, &run, &task)));
    }
    let offset = page_offset(asked.page_token.as_deref())?;
    let mut shown = show(&app, &run);
    let page: Vec<Value> =
        run.tasks.iter().skip(offset).take(TASK_PAGE).map(|task| show_task(&app, &run, task)).collect();
    let next = offset + page.len();
    shown["tasks"] = json!(page);
    if asked.include_history && !run.repairs.is_empty() {
        let repairs = run.repairs.iter().map(|id| json!({"type": "REPAIR", "id": id}));
        let history = std::iter::once(json!({"type": "ORIGINAL"})).chain(repairs);
        shown["repair_history"] = history.collect();
    }
    if next < run.tasks.len() {
        shown["next_page_token"] = json!(next.to_string());
    }
    Ok(Json(shown))
}

#[derive(Deserialize)]
struct ListRunsQuery {
    job_id: Option<JobId>,
    #[serde(default)]
    active_only: bool,
    #[serde(default)]
    completed_only: bool,
    limit: Option<usize>,
    page_token: Option<String>,
    #[serde(default)]
    expand_tasks: bool,
}

async fn list(Caller { app, who }: Caller, Params(asked): Params<ListRunsQuery>) -> Result<Json<Value>, ApiError> {
    let limit = asked.limit.filter(|l| *l > 0).unwrap_or(20).min(25);
    let offset = page_offset(asked.page_token.as_deref())?;
    let wanted = |run: &Run| {
        let over = run.phase == Phase::Terminated;
        asked.job_id.is_none_or(|id| id == run.job_id)
            && (!asked.active_only || !over)
            && (!asked.completed_only || over)
    };
    let mut page: Vec<Run> = app.store.read(|t| {
        let seen = |run: &Run| wanted(run) && access::run(t, &who, run, Right::View).is_ok();
        t.all::<Run>(RUNS).rev().map(|(_, r)| r).filter(seen).skip(offset).take(limit + 1).collect()
    });
    let more = page.len() > limit;
    page.truncate(limit);
    let mut shown = json!({"has_more": more});
    if !page.is_empty() {
        shown["runs"] = page
            .iter()
            .map(|run| {
                let mut shown = show(&app, run);
                if asked.expand_tasks {
                    shown["tasks"] = run.tasks.iter().map(|task| show_task(&app, run, task)).collect();
                }
                shown
            })
            .collect();
    }
    if more {
        shown["next_page_token"] = json!((offset + limit).to_string());
    }
    Ok(Json(shown))
}

#[derive(Deserialize)]
struct ByRun {
    run_id: RunId,
}

async fn output(Caller { app, who }: Caller, Params(asked): Params<ByRun>) -> Result<Json<Value>, ApiError> {
    let (run, task) = find(&app, &who, asked.run_id, Right::View)?;
    let tasks: Vec<&TaskRun> = run.latest().collect();
    match (task, tasks.as_slice()) {
        (Some(task), _) => Ok(Json(output_of(&app, &run, &task))),
        (None, [only]) => Ok(Json(output_of(&app, &run, only))),
        (None, _) => Err(ApiError::invalid(
            "Retrieving the output of runs with multiple tasks is not supported. \
             Please retrieve the output of each individual task run instead.",
        )),
    }
}

async fn cancel(Caller { app, who }: Caller, Body(asked): Body<ByRun>) -> Result<Json<Value>, ApiError> {
    let (run, _) = find(&app, &who, asked.run_id, Right::Run)?;
    runs::cancel(&app, run.run_id)?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct ByJob {
    job_id: JobId,
}

async fn cancel_all(Caller { app, who }: Caller, Body(asked): Body<ByJob>) -> Result<Json<Value>, ApiError> {
    app.store.read(|t| access::job(t, &who, asked.job_id, Right::Run))?;
    runs::cancel_job(&app, asked.job_id)?;
    Ok(Json(json!({})))
}

async fn delete(Caller { app, who }: Caller, Body(asked): Body<ByRun>) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        let run: Run = t
            .tables()
            .get(RUNS, &asked.run_id.key())
            .ok_or_else(|| ApiError::invalid(format!("Run {} does not exist.", asked.run_id)))?;
        access::run(t.tables(), &who, &run, Right::Manage)?;
        if run.phase != Phase::Terminated {
            return Err(ApiError::invalid_state(format!("Run {} is active.", asked.run_id)));
        }
        t.remove(RUNS, &asked.run_id.key());
        Ok(Json(json!({})))
    })
}
