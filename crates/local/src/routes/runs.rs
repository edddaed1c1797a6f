//! Runs: start, watch, cancel, output.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::{self, Right};
use super::job::Job;
use super::run_view::{output_of, show, show_task};
use crate::http::{ApiError, App, Body, Identity, Params, now, page_offset};
use crate::runs::{self, Phase, RUNS, Run, TaskRun};
use crate::store::{Tables, id_key};

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
    job_id: u64,
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

/// Parameters of tasks that the local workspace runs none of: they are kept to be read.
const KEPT: [&str; 6] =
    ["python_params", "python_named_params", "jar_params", "spark_submit_params", "sql_params", "dbt_commands"];

async fn run_now(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Body(asked): Body<RunNow>,
) -> Result<Json<Value>, ApiError> {
    let (run, new) = app.store.write(|t| {
        let job = access::job(t.tables(), &who, asked.job_id, Right::Run)?;
        let all: Vec<Run> = runs::of_job(t.tables(), asked.job_id);
        if let Some(token) = &asked.idempotency_token
            && let Some(earlier) = all.iter().find(|r| r.idempotency_token.as_ref() == Some(token))
        {
            return Ok((earlier.clone(), false));
        }
        let mut run = plan(&job, &asked, who.name())?;
        run.run_id = t.next_id();
        run.number_in_job = run.run_id;
        for task in &mut run.tasks {
            task.run_id = t.next_id();
        }
        if all.iter().filter(|r| r.phase.active()).count() >= run.max_concurrent_runs {
            if job.settings.get("queue").is_some_and(|q| q["enabled"] == false) {
                let message = format!("Job {} reached its limit of concurrent runs.", job.job_id);
                return Err(ApiError::invalid_state(message));
            }
            run.phase = Phase::Queued;
            run.message = "Waiting for another run of the job to finish.".into();
        }
        t.put(RUNS, &id_key(run.run_id), &run);
        Ok((run, true))
    })?;
    if new && run.phase == Phase::Pending {
        runs::start(&app, run.run_id);
    }
    Ok(Json(json!({"run_id": run.run_id, "number_in_job": run.number_in_job})))
}

/// A run of the job, without its numbers.
fn plan(job: &Job, asked: &RunNow, creator: &str) -> Result<Run, ApiError> {
    let mut parameters = BTreeMap::new();
    for parameter in job.settings.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let default = &parameter["default"];
        let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        parameters.insert(parameter["name"].as_str().unwrap_or_default().to_owned(), default);
    }
    let mut overrides = asked.notebook_params.clone();
    overrides.extend(asked.job_parameters.clone());
    parameters.extend(overrides.clone());
    if let Some(unknown) = asked.only.iter().find(|key| !job.tasks().iter().any(|t| t["task_key"] == key.as_str())) {
        return Err(ApiError::invalid(format!("Job {} has no task '{unknown}'.", job.job_id)));
    }
    let wanted = |task: &&Value| asked.only.is_empty() || asked.only.iter().any(|key| task["task_key"] == key.as_str());
    let tasks: Vec<TaskRun> = job
        .tasks()
        .iter()
        .filter(wanted)
        .map(|task| TaskRun {
            run_id: 0,
            task_key: task["task_key"].as_str().unwrap_or_default().to_owned(),
            definition: task.clone(),
            phase: Phase::Blocked,
            outcome: None,
            message: String::new(),
            start_time: 0,
            end_time: 0,
            error: None,
            error_trace: None,
        })
        .collect();
    if tasks.is_empty() {
        return Err(ApiError::invalid(format!("Job {} has no tasks.", job.job_id)));
    }
    let number = |field: &str| job.settings.get(field).and_then(Value::as_u64);
    Ok(Run {
        run_id: 0,
        job_id: job.job_id,
        name: job.name().to_owned(),
        number_in_job: 0,
        creator: creator.to_owned(),
        run_as: job.run_as().as_str().map(str::to_owned),
        parameters,
        overrides,
        task_overrides: asked
            .others
            .iter()
            .filter(|(k, _)| KEPT.contains(&k.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        max_concurrent_runs: number("max_concurrent_runs").and_then(|n| usize::try_from(n).ok()).unwrap_or(1),
        timeout_seconds: number("timeout_seconds").unwrap_or(0),
        idempotency_token: asked.idempotency_token.clone().filter(|t| !t.is_empty()),
        phase: Phase::Pending,
        outcome: None,
        message: String::new(),
        start_time: now(),
        end_time: 0,
        tasks,
    })
}

/// A run by its own number or that of one of its tasks.
fn find(app: &App, who: &Identity, run_id: u64, right: Right) -> Result<(Run, Option<TaskRun>), ApiError> {
    app.store.read(|t| {
        let (run, task) = numbered(t, run_id)?;
        access::run(t, who, &run, right)?;
        Ok((run, task))
    })
}

fn numbered(t: &Tables, run_id: u64) -> Result<(Run, Option<TaskRun>), ApiError> {
    if let Some(run) = t.get::<Run>(RUNS, &id_key(run_id)) {
        return Ok((run, None));
    }
    let found = t.all::<Run>(RUNS).find_map(|(_, run)| {
        let task = run.tasks.iter().find(|task| task.run_id == run_id).cloned()?;
        Some((run, Some(task)))
    });
    found.ok_or_else(|| ApiError::invalid(format!("Run {run_id} does not exist.")))
}

#[derive(Deserialize)]
struct Get {
    run_id: u64,
    page_token: Option<String>,
}

async fn one(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Params(asked): Params<Get>,
) -> Result<Json<Value>, ApiError> {
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
    if next < run.tasks.len() {
        shown["next_page_token"] = json!(next.to_string());
    }
    Ok(Json(shown))
}

#[derive(Deserialize)]
struct List {
    job_id: Option<u64>,
    #[serde(default)]
    active_only: bool,
    #[serde(default)]
    completed_only: bool,
    limit: Option<usize>,
    page_token: Option<String>,
    #[serde(default)]
    expand_tasks: bool,
}

async fn list(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Params(asked): Params<List>,
) -> Result<Json<Value>, ApiError> {
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
    run_id: u64,
}

async fn output(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Params(asked): Params<ByRun>,
) -> Result<Json<Value>, ApiError> {
    let (run, task) = find(&app, &who, asked.run_id, Right::View)?;
    match (task, run.tasks.as_slice()) {
        (Some(task), _) => Ok(Json(output_of(&app, &run, &task))),
        (None, [only]) => Ok(Json(output_of(&app, &run, only))),
        (None, _) => Err(ApiError::invalid(
            "Retrieving the output of runs with multiple tasks is not supported. \
             Please retrieve the output of each individual task run instead.",
        )),
    }
}

async fn cancel(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Body(asked): Body<ByRun>,
) -> Result<Json<Value>, ApiError> {
    let (run, _) = find(&app, &who, asked.run_id, Right::Run)?;
    runs::cancel(&app, run.run_id)?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct ByJob {
    job_id: u64,
}

async fn cancel_all(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Body(asked): Body<ByJob>,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|t| access::job(t, &who, asked.job_id, Right::Run))?;
    runs::cancel_job(&app, asked.job_id)?;
    Ok(Json(json!({})))
}

async fn delete(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Body(asked): Body<ByRun>,
) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        let run: Run = t
            .tables()
            .get(RUNS, &id_key(asked.run_id))
            .ok_or_else(|| ApiError::invalid(format!("Run {} does not exist.", asked.run_id)))?;
        access::run(t.tables(), &who, &run, Right::Manage)?;
        if run.phase != Phase::Terminated {
            return Err(ApiError::invalid_state(format!("Run {} is active.", asked.run_id)));
        }
        t.remove(RUNS, &id_key(asked.run_id));
        Ok(Json(json!({})))
    })
}
