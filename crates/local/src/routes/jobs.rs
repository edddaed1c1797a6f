//! Jobs: create, read, list, change, delete.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::{self, Right};
use super::job::{JOBS, Job};
use super::job_check::check;
use super::warehouses;
use crate::http::{ApiError, App, Body, Caller, Params, now, page_offset};
use crate::ids::JobId;
use crate::runs;
use crate::store::Tables;

/// Tasks in one answer of `get`.
const TASK_PAGE: usize = 100;

pub(super) fn routes() -> Router<Arc<App>> {
    let mut router = Router::new();
    for version in ["2.0", "2.1", "2.2"] {
        let at = |name: &str| format!("/api/{version}/jobs/{name}");
        router = router
            .route(&at("create"), post(create))
            .route(&at("get"), get(one))
            .route(&at("list"), get(list))
            .route(&at("reset"), post(reset))
            .route(&at("update"), post(update))
            .route(&at("delete"), post(delete));
    }
    router
}

/// Checks settings and fills in what the real API fills in.
fn complete(t: &Tables, mut settings: Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    settings.remove("access_control_list");
    for (field, value) in [
        ("name", json!("Untitled")),
        ("email_notifications", json!({})),
        ("webhook_notifications", json!({})),
        ("timeout_seconds", json!(0)),
        ("max_concurrent_runs", json!(1)),
        ("queue", json!({"enabled": true})),
    ] {
        settings.entry(field).or_insert(value);
    }
    settings.insert("format".into(), json!("MULTI_TASK"));
    check(&settings, &|id| warehouses::exists(t, id))?;
    settings.iter_mut().for_each(|(_, value)| forget_input_only(value));
    let tasks = settings.get("tasks").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut keys = BTreeSet::new();
    for task in &tasks {
        let key = task["task_key"].as_str().unwrap_or_default();
        if key.is_empty() {
            return Err(ApiError::invalid("Every task needs a task_key."));
        }
        if !keys.insert(key) {
            return Err(ApiError::invalid(format!("The task key '{key}' is used more than once.")));
        }
    }
    check_graph(&tasks)?;
    let names = settings.get("parameters").and_then(Value::as_array).into_iter().flatten().map(|p| p["name"].as_str());
    let mut seen = BTreeSet::new();
    for name in names {
        let name = name.ok_or_else(|| ApiError::invalid("Every job parameter needs a name."))?;
        if !seen.insert(name) {
            return Err(ApiError::invalid(format!("The job parameter '{name}' is defined more than once.")));
        }
    }
    Ok(settings)
}

/// Drops fields that the real API takes and never gives back.
fn forget_input_only(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (holder, field) in [("table_update", "condition"), ("new_cluster", "apply_policy_default_values")] {
                if let Some(held) = fields.get_mut(holder).and_then(Value::as_object_mut) {
                    held.remove(field);
                }
            }
            fields.values_mut().for_each(forget_input_only);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_input_only),
        _ => {}
    }
}

/// Every dependency exists, and none leads back.
fn check_graph(tasks: &[Value]) -> Result<(), ApiError> {
    let key = |task: &Value| task["task_key"].as_str().unwrap_or_default().to_owned();
    let mut waiting: Vec<(String, Vec<String>)> = Vec::new();
    for task in tasks {
        let above = task["depends_on"].as_array().map(|d| d.iter().map(key).collect()).unwrap_or_default();
        waiting.push((key(task), above));
    }
    for (task, above) in &waiting {
        if let Some(unknown) = above.iter().find(|a| !waiting.iter().any(|(k, _)| k == *a)) {
            return Err(ApiError::invalid(format!("Task '{task}' depends on '{unknown}', which does not exist.")));
        }
    }
    while !waiting.is_empty() {
        let before = waiting.len();
        let left: BTreeSet<String> = waiting.iter().map(|(k, _)| k.clone()).collect();
        waiting.retain(|(_, above)| above.iter().any(|a| left.contains(a)));
        if waiting.len() == before {
            let cycle = waiting.iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>().join(", ");
            return Err(ApiError::invalid(format!("The tasks {cycle} depend on each other in a circle.")));
        }
    }
    Ok(())
}

async fn create(
    Caller { app, who }: Caller,
    Body(settings): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        let settings = complete(t.tables(), settings)?;
        let job_id = JobId::next(t);
        let job = Job { job_id, creator_user_name: who.name().to_owned(), created_time: now(), settings };
        t.put(JOBS, &job_id.key(), &job);
        Ok(Json(json!({"job_id": job_id})))
    })
}

#[derive(Deserialize)]
struct Get {
    job_id: JobId,
    page_token: Option<String>,
}

async fn one(Caller { app, who }: Caller, Params(asked): Params<Get>) -> Result<Json<Value>, ApiError> {
    let mut job = app.store.read(|t| access::job(t, &who, asked.job_id, Right::View))?;
    let offset = page_offset(asked.page_token.as_deref())?;
    let run_as = job.run_as();
    let tasks = job.tasks().to_vec();
    let page: Vec<Value> = tasks.iter().skip(offset).take(TASK_PAGE).cloned().collect();
    let more = offset + page.len() < tasks.len();
    let next = offset + page.len();
    if !tasks.is_empty() {
        job.settings.insert("tasks".into(), json!(page));
    }
    let mut shown = json!(job);
    shown["run_as_user_name"] = run_as;
    if more {
        shown["has_more"] = json!(true);
        shown["next_page_token"] = json!(next.to_string());
    }
    Ok(Json(shown))
}

#[derive(Deserialize)]
struct ListJobsQuery {
    name: Option<String>,
    limit: Option<usize>,
    offset: Option<usize>,
    page_token: Option<String>,
    #[serde(default)]
    expand_tasks: bool,
}

async fn list(Caller { app, who }: Caller, Params(asked): Params<ListJobsQuery>) -> Result<Json<Value>, ApiError> {
    let limit = asked.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::invalid(format!("The limit must be between 1 and 100, got {limit}.")));
    }
    let offset = match asked.offset {
        Some(offset) => offset,
        None => page_offset(asked.page_token.as_deref())?,
    };
    // told apart before a job is read whole: there may be thousands
    let named = |job: &Value| {
        let name = job["settings"]["name"].as_str().unwrap_or_default();
        asked.name.as_ref().is_none_or(|n| n.eq_ignore_ascii_case(name))
    };
    // newest first, as the real API lists them
    let mut page: Vec<Job> = app.store.read(|t| {
        let wanted = t.raw(JOBS).rev().map(|(_, job)| job).filter(|job| named(job));
        let seen = wanted.filter_map(|job| Job::deserialize(job).ok());
        seen.filter(|job| access::may_job(t, &who, job, Right::View)).skip(offset).take(limit + 1).collect()
    });
    let more = page.len() > limit;
    page.truncate(limit);
    let mut shown = json!({"has_more": more});
    if !page.is_empty() {
        shown["jobs"] = page
            .iter()
            .map(|job| {
                let mut job = job.clone();
                if !asked.expand_tasks {
                    job.settings.remove("tasks");
                }
                json!(job)
            })
            .collect();
    }
    if more {
        shown["next_page_token"] = json!((offset + limit).to_string());
    }
    if offset > 0 {
        shown["prev_page_token"] = json!(offset.saturating_sub(limit).to_string());
    }
    Ok(Json(shown))
}

#[derive(Deserialize)]
struct Change {
    job_id: JobId,
    #[serde(default)]
    new_settings: Map<String, Value>,
    #[serde(default)]
    fields_to_remove: Vec<String>,
}

async fn reset(Caller { app, who }: Caller, Body(asked): Body<Change>) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        let settings = complete(t.tables(), asked.new_settings)?;
        let mut job = access::job(t.tables(), &who, asked.job_id, Right::Manage)?;
        job.settings = settings;
        t.put(JOBS, &job.job_id.key(), &job);
        Ok(Json(json!({})))
    })
}

async fn update(Caller { app, who }: Caller, Body(asked): Body<Change>) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        let mut job = access::job(t.tables(), &who, asked.job_id, Right::Manage)?;
        for field in &asked.fields_to_remove {
            job.settings.remove(field);
        }
        for (field, value) in asked.new_settings {
            let merged = match (field.as_str(), job.settings.get(&field), value) {
                ("tasks", Some(Value::Array(old)), Value::Array(new)) => merge_tasks(old, new),
                (_, _, value) => value,
            };
            job.settings.insert(field, merged);
        }
        job.settings = complete(t.tables(), job.settings)?;
        t.put(JOBS, &job.job_id.key(), &job);
        Ok(Json(json!({})))
    })
}

/// Tasks are merged by key: given ones replace, the others stay.
fn merge_tasks(old: &[Value], new: Vec<Value>) -> Value {
    let mut all = old.to_vec();
    for task in new {
        match all.iter_mut().find(|t| t["task_key"] == task["task_key"]) {
            Some(place) => *place = task,
            None => all.push(task),
        }
    }
    Value::Array(all)
}

#[derive(Deserialize)]
struct Delete {
    job_id: JobId,
}

async fn delete(Caller { app, who }: Caller, Body(asked): Body<Delete>) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        access::job(t.tables(), &who, asked.job_id, Right::Manage)?;
        t.remove(JOBS, &asked.job_id.key());
        t.remove("permissions", &format!("jobs/{}", asked.job_id));
        Ok::<_, ApiError>(())
    })?;
    runs::cancel_job(&app, asked.job_id)?;
    Ok(Json(json!({})))
}
