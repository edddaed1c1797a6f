//! What a run of a job does: its tasks and parameters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::job::Job;
use crate::http::{ApiError, now};
use crate::ids::{RunId, TaskRunId};
use crate::runs::{Phase, Run, TaskRun};
use crate::store::Transaction;

/// Parameters of tasks that the local workspace does not run: they are kept to be read.
const KEPT: [&str; 6] =
    ["python_params", "python_named_params", "jar_params", "spark_submit_params", "sql_params", "dbt_commands"];

/// What the one who starts a run asks for.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    pub overrides: BTreeMap<String, String>,
    pub idempotency_token: Option<String>,
    /// Keys of tasks; `+t` with all above it, `t+` or `t>` with all below it, `t.TABLE` for a part of it, which runs whole.
    /// None: all tasks.
    pub only: Vec<String>,
    pub others: Map<String, Value>,
}

/// A run of the job that has not started.
pub(super) fn planned(t: &mut Transaction<'_>, job: &Job, asked: &Wishes, creator: &str) -> Result<Run, ApiError> {
    let mut parameters = BTreeMap::new();
    for parameter in job.settings.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let default = &parameter["default"];
        let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        parameters.insert(parameter["name"].as_str().unwrap_or_default().to_owned(), default);
    }
    parameters.extend(asked.overrides.clone());
    let wanted = selected(job, &asked.only)?;
    let run_id = RunId::next(t);
    let mut tasks = Vec::new();
    for task in job.tasks().iter().filter(|task| task["task_key"].as_str().is_some_and(|key| wanted.contains(key))) {
        tasks.push(TaskRun::new(TaskRunId::next(t), task.clone()));
    }
    if tasks.is_empty() {
        return Err(ApiError::invalid(format!("Job {} has no tasks.", job.job_id)));
    }
    let number = |field: &str| job.settings.get(field).and_then(Value::as_u64);
    let others = asked.others.iter().filter(|(k, _)| KEPT.contains(&k.as_str()));
    Ok(Run {
        run_id,
        job_id: job.job_id,
        name: job.name().to_owned(),
        number_in_job: run_id,
        submitted: false,
        repairs: Vec::new(),
        creator: creator.to_owned(),
        run_as: job.run_as().as_str().map(str::to_owned),
        parameters,
        overrides: asked.overrides.clone(),
        task_overrides: others.map(|(k, v)| (k.clone(), v.clone())).collect(),
        max_concurrent_runs: number("max_concurrent_runs").and_then(|n| usize::try_from(n).ok()).unwrap_or(1),
        timeout_seconds: number("timeout_seconds").unwrap_or(0),
        idempotency_token: asked.idempotency_token.clone().filter(|token| !token.is_empty()),
        phase: Phase::Pending,
        outcome: None,
        message: String::new(),
        start_time: now(),
        end_time: 0,
        tasks,
    })
}

/// Keys of the tasks that run.
fn selected(job: &Job, only: &[String]) -> Result<BTreeSet<String>, ApiError> {
    let graph = Graph::of(job.tasks());
    if only.is_empty() {
        return Ok(graph.0.keys().cloned().collect());
    }
    let mut wanted = BTreeSet::new();
    for selector in only {
        let named = selector.trim_start_matches('+');
        let (key, rest) = named.split_at(named.find(['.', '>', '+']).unwrap_or(named.len()));
        if !graph.0.contains_key(key) {
            return Err(ApiError::invalid(format!("Job {} has no task '{key}'.", job.job_id)));
        }
        wanted.insert(key.to_owned());
        if selector.starts_with('+') {
            graph.above(key, &mut wanted);
        }
        if rest.ends_with(['+', '>']) {
            wanted.extend(graph.below(&BTreeSet::from([key.to_owned()])));
        }
    }
    Ok(wanted)
}

/// Tasks by key, with the keys that each depends on.
pub(super) struct Graph(BTreeMap<String, Vec<String>>);

impl Graph {
    pub(super) fn of(tasks: &[Value]) -> Self {
        let text = |v: &Value| v["task_key"].as_str().unwrap_or_default().to_owned();
        let above = |task: &Value| task["depends_on"].as_array().into_iter().flatten().map(text).collect();
        Self(tasks.iter().map(|task| (text(task), above(task))).collect())
    }

    fn above(&self, key: &str, found: &mut BTreeSet<String>) {
        for above in self.0.get(key).into_iter().flatten() {
            if found.insert(above.clone()) {
                self.above(above, found);
            }
        }
    }

    /// The tasks that depend on one of these, directly or not.
    pub(super) fn below(&self, keys: &BTreeSet<String>) -> BTreeSet<String> {
        let mut found = keys.clone();
        loop {
            let before = found.len();
            let reached = self.0.iter().filter(|(_, above)| above.iter().any(|a| found.contains(a)));
            let reached: Vec<String> = reached.map(|(key, _)| key.clone()).collect();
            found.extend(reached);
            if found.len() == before {
                return found;
            }
        }
    }
}
