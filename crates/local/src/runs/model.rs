//! A run and its task runs, as the store keeps them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{JobId, RunId, TaskRunId};

/// The table that keeps runs.
pub(crate) const RUNS: &str = "runs";

/// Where a run is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Phase {
    /// Waits for other runs of the job.
    Queued,
    /// Waits for other tasks.
    Blocked,
    /// About to start.
    Pending,
    /// Runs.
    Running,
    /// Over.
    Terminated,
}

impl Phase {
    /// Whether a run in this phase takes one of its job's places.
    pub(crate) fn active(self) -> bool {
        !matches!(self, Phase::Queued | Phase::Terminated)
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum RunResultState {
    /// All went well.
    Success,
    /// Something failed.
    Failed,
    /// A task that it depends on did not end well.
    UpstreamFailed,
    /// A task that it depends on was cancelled.
    UpstreamCanceled,
    /// Its condition did not hold.
    Excluded,
    /// Somebody cancelled it.
    Canceled,
    /// It took longer than allowed.
    Timedout,
}

/// A run of a job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Its number.
    pub run_id: RunId,
    /// The job's number.
    pub job_id: JobId,
    /// The job's name when the run was made.
    pub name: String,
    /// Number of the run within the job.
    pub number_in_job: RunId,
    /// Whether it was submitted without a job of its own.
    #[serde(default)]
    pub submitted: bool,
    /// Its repairs, oldest first.
    #[serde(default)]
    pub repairs: Vec<u64>,
    /// Who started it.
    pub creator: String,
    /// Whose rights it has.
    #[serde(default)]
    pub run_as: Option<String>,
    /// Parameters of the job with the run's own values.
    pub parameters: BTreeMap<String, String>,
    /// Values that the run sets.
    #[serde(default)]
    pub overrides: BTreeMap<String, String>,
    /// Parameters of kinds of tasks that the run sets, by the field of the API.
    #[serde(default)]
    pub task_overrides: BTreeMap<String, serde_json::Value>,
    /// Places that the job has.
    pub max_concurrent_runs: usize,
    /// The run's time limit; 0 for none.
    #[serde(default)]
    pub timeout_seconds: u64,
    /// The caller's token that makes starting it twice harmless.
    #[serde(default)]
    pub idempotency_token: Option<String>,
    /// Where it is in its life.
    pub phase: Phase,
    /// How it ended.
    pub outcome: Option<RunResultState>,
    /// A word about its state.
    pub message: String,
    /// Milliseconds since 1970.
    pub start_time: u64,
    /// Milliseconds since 1970; 0 while it is not over.
    pub end_time: u64,
    /// Its tasks in the order of the job.
    pub tasks: Vec<TaskRun>,
}

/// A run of one task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TaskRun {
    /// Its number.
    pub run_id: TaskRunId,
    /// The task's key.
    pub task_key: String,
    /// Attempts of the same task before this one. The attempts of a task follow each other in the run.
    #[serde(default)]
    pub attempt: u64,
    /// The task as the job had it.
    pub definition: Value,
    /// Where it is in its life.
    pub phase: Phase,
    /// How it ended.
    pub outcome: Option<RunResultState>,
    /// A word about its state; `cell k of n` while it runs.
    pub message: String,
    /// Milliseconds since 1970; 0 before it starts.
    pub start_time: u64,
    /// Milliseconds since 1970; 0 while it is not over.
    pub end_time: u64,
    /// The error, in one line.
    #[serde(default)]
    pub error: Option<String>,
    /// Title, number and SQL of the failed cell, and the error.
    #[serde(default)]
    pub error_trace: Option<String>,
}

impl TaskRun {
    /// A task that has not started.
    pub(crate) fn new(run_id: TaskRunId, definition: Value) -> Self {
        Self {
            run_id,
            task_key: definition["task_key"].as_str().unwrap_or_default().to_owned(),
            attempt: 0,
            definition,
            phase: Phase::Blocked,
            outcome: None,
            message: String::new(),
            start_time: 0,
            end_time: 0,
            error: None,
            error_trace: None,
        }
    }

    /// The next attempt of the same task.
    pub(crate) fn again(&self, run_id: TaskRunId) -> Self {
        Self { attempt: self.attempt + 1, ..Self::new(run_id, self.definition.clone()) }
    }

    /// Whether a failed attempt is followed by another one.
    pub(crate) fn may_retry(&self) -> bool {
        match self.definition["max_retries"].as_i64().unwrap_or(0) {
            -1 => true,
            most => i64::try_from(self.attempt).is_ok_and(|attempt| attempt < most),
        }
    }

    /// Keys of the tasks that it depends on.
    pub(crate) fn depends_on(&self) -> Vec<&str> {
        let list = self.definition["depends_on"].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|d| d["task_key"].as_str()).collect()
    }

    /// Ends it.
    pub(crate) fn end(&mut self, outcome: RunResultState, message: &str, at: u64) {
        self.phase = Phase::Terminated;
        self.outcome = Some(outcome);
        self.message = message.to_owned();
        self.end_time = at;
        if self.start_time == 0 {
            self.start_time = at;
        }
    }
}

impl Run {
    /// The last attempt of each task.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &TaskRun> {
        let is_last = |at: usize| self.tasks.get(at + 1).is_none_or(|next| next.task_key != self.tasks[at].task_key);
        self.tasks.iter().enumerate().filter(move |(at, _)| is_last(*at)).map(|(_, task)| task)
    }

    /// Adds an attempt after the others of its task.
    pub(crate) fn add_attempt(&mut self, attempt: TaskRun) {
        let after = self.tasks.iter().rposition(|t| t.task_key == attempt.task_key);
        self.tasks.insert(after.map_or(self.tasks.len(), |at| at + 1), attempt);
    }

    /// Ends the run and those of its tasks that are not over.
    pub(crate) fn end_all(&mut self, outcome: RunResultState, message: &str, at: u64) {
        for task in self.tasks.iter_mut().filter(|t| t.phase != Phase::Terminated) {
            task.end(outcome, message, at);
        }
        self.phase = Phase::Terminated;
        self.outcome = Some(outcome);
        self.message = message.to_owned();
        self.end_time = at;
    }
}
