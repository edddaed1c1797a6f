//! Runs of jobs.

use async_trait::async_trait;
use serde_json::Value;

use super::error::Result;

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// The job's number.
    pub job_id: i64,
    /// `PENDING`, `RUNNING`, `TERMINATED`, …
    pub life_cycle: String,
    /// `SUCCESS`, `FAILED`, `CANCELED`, …; nothing before the end.
    pub result: Option<String>,
    /// A word about its state.
    pub message: String,
    /// Where a browser shows it.
    pub url: String,
    /// Milliseconds since 1970; 0 before the start.
    pub start_time: i64,
    /// Its tasks.
    pub tasks: Vec<TaskState>,
}

impl Run {
    /// Whether it is over.
    pub fn over(&self) -> bool {
        over(&self.life_cycle)
    }
}

fn over(life_cycle: &str) -> bool {
    matches!(life_cycle, "TERMINATED" | "SKIPPED" | "INTERNAL_ERROR")
}

/// The state of one task of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskState {
    /// The task's key.
    pub task_key: String,
    /// Number of the task's own run.
    pub run_id: i64,
    /// `PENDING`, `RUNNING`, `TERMINATED`, …
    pub life_cycle: String,
    /// `SUCCESS`, `FAILED`, …; nothing before the end.
    pub result: Option<String>,
    /// A word about its state.
    pub message: String,
    /// Milliseconds since 1970; 0 before the start.
    pub start_time: i64,
    /// Milliseconds since 1970; 0 before the end.
    pub end_time: i64,
    /// The notebook or file that it runs, if it is one of the workspace.
    pub path: Option<String>,
}

impl TaskState {
    /// Whether it is over.
    pub fn over(&self) -> bool {
        over(&self.life_cycle)
    }

    /// The result, or where it is in its life.
    pub fn state(&self) -> &str {
        match &self.result {
            Some(result) if self.over() => result,
            _ => &self.life_cycle,
        }
    }

    /// How long it ran, in seconds.
    pub fn seconds(&self) -> f64 {
        if self.start_time == 0 || self.end_time == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "a duration in milliseconds is far below 2^52")]
        let milliseconds = (self.end_time - self.start_time).max(0) as f64;
        milliseconds / 1000.0
    }
}

/// What a task's run left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOutput {
    /// What the notebook gave to its exit call.
    pub result: Option<String>,
    /// What went wrong, in one line.
    pub error: Option<String>,
    /// More of it: for notebooks of the local workspace, the failed cell and its SQL.
    pub error_trace: Option<String>,
}

/// Starts, watches and stops runs.
#[async_trait]
pub trait Runs: Send + Sync {
    /// Starts a job: `{job_id, job_parameters, only, idempotency_token, …}`; gives the run's number. With an
    /// idempotency token a repeated call starts nothing new.
    async fn run_now(&self, request: &Value) -> Result<i64>;

    /// A run with all its tasks.
    async fn run(&self, id: i64) -> Result<Option<Run>>;

    /// Runs of a job that are not over.
    async fn active_runs(&self, job_id: i64) -> Result<Vec<Run>>;

    /// What the run of one task left.
    async fn run_output(&self, task_run_id: i64) -> Result<RunOutput>;

    /// Asks a run to stop.
    async fn cancel_run(&self, id: i64) -> Result<()>;
}
