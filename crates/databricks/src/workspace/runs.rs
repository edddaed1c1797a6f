//! Runs of jobs.

use std::fmt;

use async_trait::async_trait;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::error::Result;
use super::ids::{JobId, RunId, TaskRunId};

/// Where a run or one of its tasks is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LifeCycle {
    /// It waits for tasks before it.
    Blocked,
    /// It waits for its turn.
    Queued,
    /// It waits for a cluster.
    Pending,
    /// It waits for its next attempt.
    WaitingForRetry,
    /// It runs.
    Running,
    /// It ran, and its cluster is being cleaned up.
    Terminating,
    /// It is over.
    Terminated,
    /// It is over without having begun.
    Skipped,
    /// It is over because the service failed.
    InternalError,
    /// A word that piq does not know.
    Other(String),
}

impl LifeCycle {
    /// What the API's word says, of `state.life_cycle_state` or of `status.state`.
    pub fn of_word(word: &str) -> Self {
        match word {
            "BLOCKED" => Self::Blocked,
            "QUEUED" => Self::Queued,
            "PENDING" => Self::Pending,
            "WAITING" | "WAITING_FOR_RETRY" => Self::WaitingForRetry,
            "RUNNING" => Self::Running,
            "TERMINATING" => Self::Terminating,
            "TERMINATED" => Self::Terminated,
            "SKIPPED" => Self::Skipped,
            "INTERNAL_ERROR" => Self::InternalError,
            other => Self::Other(other.to_owned()),
        }
    }

    fn word(&self) -> &str {
        match self {
            Self::Blocked => "BLOCKED",
            Self::Queued => "QUEUED",
            Self::Pending => "PENDING",
            Self::WaitingForRetry => "WAITING_FOR_RETRY",
            Self::Running => "RUNNING",
            Self::Terminating => "TERMINATING",
            Self::Terminated => "TERMINATED",
            Self::Skipped => "SKIPPED",
            Self::InternalError => "INTERNAL_ERROR",
            Self::Other(word) => word,
        }
    }
}

/// How a run or one of its tasks ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunResult {
    /// It went well.
    Success,
    /// Tasks failed, and those at the end of the run went well.
    SuccessWithFailures,
    /// It failed.
    Failed,
    /// It took longer than its time limit.
    TimedOut,
    /// Somebody cancelled it.
    Canceled,
    /// A task before it failed.
    UpstreamFailed,
    /// A task before it was cancelled.
    UpstreamCanceled,
    /// Its condition did not hold.
    Excluded,
    /// Any other word of the API.
    Other(String),
}

impl RunResult {
    /// What the API's word says, of `state.result_state` or of `status.termination_details.code`.
    pub fn of_word(word: &str) -> Self {
        match word {
            "SUCCESS" => Self::Success,
            "SUCCESS_WITH_FAILURES" => Self::SuccessWithFailures,
            "FAILED" | "RUN_EXECUTION_ERROR" => Self::Failed,
            "TIMEDOUT" | "TIMED_OUT" => Self::TimedOut,
            "CANCELED" | "USER_CANCELED" => Self::Canceled,
            "UPSTREAM_FAILED" => Self::UpstreamFailed,
            "UPSTREAM_CANCELED" => Self::UpstreamCanceled,
            "EXCLUDED" => Self::Excluded,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The API's word.
    pub fn word(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::SuccessWithFailures => "SUCCESS_WITH_FAILURES",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMEDOUT",
            Self::Canceled => "CANCELED",
            Self::UpstreamFailed => "UPSTREAM_FAILED",
            Self::UpstreamCanceled => "UPSTREAM_CANCELED",
            Self::Excluded => "EXCLUDED",
            Self::Other(word) => word,
        }
    }

    /// Whether the run did its work.
    pub fn succeeded(&self) -> bool {
        matches!(self, Self::Success | Self::SuccessWithFailures)
    }
}

impl fmt::Display for RunResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Serialize for RunResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// The state of a run or of one attempt of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunState {
    /// Where it is in its life.
    pub life_cycle: LifeCycle,
    /// How it ended; nothing before the end.
    pub result: Option<RunResult>,
    /// A word about its state.
    pub message: String,
}

impl RunState {
    /// Reads `status`, which newer answers carry, or `state`.
    pub(crate) fn of(value: &Value) -> Self {
        let (old, new) = (&value["state"], &value["status"]);
        let end = &new["termination_details"];
        let text = |value: &Value| value.as_str().filter(|t| !t.is_empty()).map(str::to_owned);
        let life_cycle = text(&old["life_cycle_state"]).or_else(|| text(&new["state"])).unwrap_or_default();
        let result = text(&old["result_state"]).or_else(|| text(&end["code"]));
        Self {
            life_cycle: LifeCycle::of_word(&life_cycle),
            result: result.map(|word| RunResult::of_word(&word)),
            message: text(&old["state_message"]).or_else(|| text(&end["message"])).unwrap_or_default(),
        }
    }

    /// Whether it is over.
    pub fn over(&self) -> bool {
        matches!(self.life_cycle, LifeCycle::Terminated | LifeCycle::Skipped | LifeCycle::InternalError)
    }

    /// The result, or where it is in its life.
    pub fn outcome(&self) -> RunResult {
        match &self.result {
            Some(result) if self.over() => result.clone(),
            _ => RunResult::Other(self.life_cycle.word().to_owned()),
        }
    }

    /// The API's word for the result, or for where it is in its life.
    pub fn word(&self) -> &str {
        match &self.result {
            Some(result) if self.over() => result.word(),
            _ => self.life_cycle.word(),
        }
    }
}

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// The job's number.
    pub job_id: JobId,
    /// Its state.
    pub state: RunState,
    /// Where a browser shows it.
    pub url: String,
    /// Milliseconds since 1970; 0 before the start.
    pub start_time: i64,
    /// The latest attempt of each of its tasks.
    pub tasks: Vec<TaskState>,
}

impl Run {
    /// Whether it is over.
    pub fn over(&self) -> bool {
        self.state.over()
    }

    /// Leaves the latest attempt of each task: the API lists a retried task once for each attempt.
    pub(crate) fn with_latest_attempts(mut self) -> Self {
        let mut latest: Vec<TaskState> = Vec::with_capacity(self.tasks.len());
        for task in self.tasks {
            match latest.iter_mut().find(|t| t.task_key == task.task_key) {
                Some(known) if known.attempt <= task.attempt => *known = task,
                Some(_) => {}
                None => latest.push(task),
            }
        }
        self.tasks = latest;
        self
    }
}

/// The latest attempt of one task of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskState {
    /// The task's key.
    pub task_key: String,
    /// Number of the attempt's own run.
    pub run_id: TaskRunId,
    /// Which attempt it is, from 0.
    pub attempt: u64,
    /// Its state.
    pub state: RunState,
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
        self.state.over()
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
    async fn run_now(&self, request: &Value) -> Result<RunId>;

    /// A run with all its tasks.
    async fn run(&self, id: RunId) -> Result<Option<Run>>;

    /// Runs of a job that are not over.
    async fn active_runs(&self, job_id: JobId) -> Result<Vec<Run>>;

    /// What the run of one task left.
    async fn run_output(&self, id: TaskRunId) -> Result<RunOutput>;

    /// Asks a run to stop.
    async fn cancel_run(&self, id: RunId) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_state_is_read_from_either_form() {
        let old =
            json!({"state": {"life_cycle_state": "TERMINATED", "result_state": "TIMEDOUT", "state_message": "m"}});
        let new =
            json!({"status": {"state": "TERMINATED", "termination_details": {"code": "TIMED_OUT", "message": "m"}}});
        assert_eq!(RunState::of(&old), RunState::of(&new));
        assert_eq!(RunState::of(&old).word(), "TIMEDOUT");
        let running = RunState::of(&json!({"status": {"state": "RUNNING"}}));
        assert!(!running.over() && running.word() == "RUNNING");
        let quota = json!({"status": {"state": "TERMINATED", "termination_details": {"code": "CLOUD_FAILURE"}}});
        assert_eq!(RunState::of(&quota).outcome(), RunResult::Other("CLOUD_FAILURE".into()));
        assert!(!RunState::of(&json!({})).over());
    }
}
