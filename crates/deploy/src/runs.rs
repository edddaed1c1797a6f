//! Runs of deployed jobs: start one, follow it to its end, say what failed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::progress::{Event, Progress};
use super::{Cancel, DeployError, Summary, random_name};
use piq_databricks::workspace::{JobId, Run, RunId, RunResult, TaskState, Workspace};

/// How long a run that cannot be read is watched all the same.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// The first and the longest pause between two looks at a run.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// How to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Values of the job's parameters.
    pub parameters: BTreeMap<String, String>,
    /// Parameters of tasks of one kind, by the field of the API: `python_params`, `notebook_params`, …
    pub task_parameters: Map<String, Value>,
    /// Keys of the tasks to run; all if empty.
    pub only: Vec<String>,
    /// Runs of the job in progress are cancelled first.
    pub restart: bool,
    /// Makes starting it twice harmless; piq makes one if it is left out.
    pub idempotency_token: Option<String>,
}

/// How a run went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunReport {
    /// Its number.
    pub run_id: RunId,
    /// The job's key in the bundle.
    pub job_key: String,
    /// The job's number.
    pub job_id: JobId,
    /// How it ended; where it is in its life while it is not over.
    pub result_state: RunResult,
    /// Where a browser shows it.
    pub url: String,
    /// Its tasks.
    pub tasks: Vec<TaskReport>,
    /// What the pipeline did, for a job that has one: filled in by the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<Value>,
}

impl RunReport {
    /// Whether it went well.
    pub fn succeeded(&self) -> bool {
        self.result_state.succeeded()
    }
}

/// How a task went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskReport {
    /// Its key.
    pub task_key: String,
    /// How it ended; where it is in its life while it is not over.
    pub state: RunResult,
    /// How long it ran.
    pub seconds: f64,
    /// What went wrong, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The failed cell with its SQL, if the workspace says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_trace: Option<String>,
}

/// The job to run: the one of this key, or the only one.
///
/// # Errors
/// No such job, several to choose from, or one that is not deployed.
pub fn choose_job(summary: &Summary, key: Option<&str>) -> Result<(String, JobId), DeployError> {
    let jobs: Vec<_> = summary.resources.iter().filter(|r| r.kind == "jobs").collect();
    let names = || jobs.iter().map(|j| format!("`{}`", j.key)).collect::<Vec<_>>().join(", ");
    let job = match (key, jobs.as_slice()) {
        (None, [only]) => only,
        (None, []) => return Err(DeployError::refused("the bundle has no job")),
        (None, _) => return Err(DeployError::refused(format!("choose a job; available: {}", names()))),
        (Some(key), _) => match jobs.iter().find(|j| j.key == key) {
            Some(job) => job,
            None => {
                let error = DeployError::refused(format!("no job has the key `{key}`"));
                let near = piq_diagnostics::closest(key, jobs.iter().map(|j| j.key.as_str()));
                return Err(match near {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint(format!("there is {}", names())),
                });
            }
        },
    };
    let id = job.id.as_ref().and_then(|id| id.parse().ok());
    match id {
        Some(id) => Ok((job.key.clone(), id)),
        None => Err(DeployError::refused(format!("job `{}` is not deployed to target `{}`", job.key, summary.target))
            .hint(format!("run `piq deploy -t {}` first", summary.target))),
    }
}

/// Starts a run and gives its number.
///
/// # Errors
/// What the workspace refuses.
pub async fn start(
    workspace: &dyn Workspace,
    job_id: JobId,
    options: &RunOptions,
    progress: &dyn Progress,
) -> Result<RunId, DeployError> {
    if options.restart {
        for run in cancel_runs(workspace, job_id).await? {
            progress.event(Event::Note(&format!("cancelling run {run}")));
        }
        let mut pause = PAUSES.0;
        while !workspace.active_runs(job_id).await?.is_empty() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }
    let token = match &options.idempotency_token {
        Some(token) => token.clone(),
        None => random_name()?,
    };
    let mut request = json!({"job_id": job_id, "idempotency_token": token});
    if !options.parameters.is_empty() {
        request["job_parameters"] = json!(options.parameters);
    }
    for (field, value) in &options.task_parameters {
        request[field] = value.clone();
    }
    if !options.only.is_empty() {
        request["only"] = json!(options.only);
    }
    workspace.run_now(&request).await.map_err(DeployError::during("cannot start the job"))
}

/// Follows a run to its end; nothing if the caller asked to stop before: the run goes on.
///
/// # Errors
/// What the workspace refuses.
pub async fn follow(
    workspace: &dyn Workspace,
    job_key: &str,
    run_id: RunId,
    cancel: &Cancel,
    progress: &dyn Progress,
) -> Result<Option<RunReport>, DeployError> {
    tokio::select! {
        report = to_its_end(workspace, job_key, run_id, progress) => report.map(Some),
        // a workspace that does not answer must not keep the caller
        () = cancel.wait() => Ok(None),
    }
}

async fn to_its_end(
    workspace: &dyn Workspace,
    job_key: &str,
    run_id: RunId,
    progress: &dyn Progress,
) -> Result<RunReport, DeployError> {
    let mut seen: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut doing: BTreeMap<String, String> = BTreeMap::new();
    let (mut unread, mut told) = (Instant::now(), false);
    let mut pause = PAUSES.0;
    let mut first = true;
    loop {
        let run = match workspace.run(run_id).await {
            Ok(run) => run.ok_or_else(|| DeployError::refused(format!("run {run_id} no longer exists")))?,
            Err(e) if e.is_transient() && unread.elapsed() < PATIENCE => {
                if !told {
                    progress.event(Event::Note(&format!("cannot read the run, trying again: {e}")));
                }
                told = true;
                tokio::time::sleep(PAUSES.1).await;
                continue;
            }
            Err(e) => return Err(e.into()),
        };
        (unread, told) = (Instant::now(), false);
        if first {
            progress.event(Event::Started(&run));
            first = false;
        }
        let mut moved = false;
        for task in &run.tasks {
            let now = (task.attempt, task.state.word().to_owned());
            if seen.get(&task.task_key) != Some(&now) {
                progress.event(Event::Task(task));
                seen.insert(task.task_key.clone(), now);
                moved = true;
            } else if doing.get(&task.task_key) != Some(&task.state.message) {
                progress.event(Event::Doing(task));
            }
            doing.insert(task.task_key.clone(), task.state.message.clone());
        }
        if run.over() {
            return report(workspace, job_key, &run).await;
        }
        pause = if moved { PAUSES.0 } else { (pause * 3 / 2).min(PAUSES.1) };
        tokio::time::sleep(pause).await;
    }
}

/// Cancels the runs of a job that are in progress, and gives their numbers.
///
/// # Errors
/// What the workspace refuses.
pub async fn cancel_runs(workspace: &dyn Workspace, job_id: JobId) -> Result<Vec<RunId>, DeployError> {
    let active: Vec<RunId> = workspace.active_runs(job_id).await?.iter().map(|run| run.id).collect();
    for run in &active {
        workspace.cancel_run(*run).await.map_err(DeployError::during(format!("cannot cancel run {run}")))?;
    }
    Ok(active)
}

async fn report(workspace: &dyn Workspace, job_key: &str, run: &Run) -> Result<RunReport, DeployError> {
    let mut tasks = Vec::new();
    for task in &run.tasks {
        tasks.push(task_report(workspace, task).await?);
    }
    Ok(RunReport {
        run_id: run.id,
        job_key: job_key.to_owned(),
        job_id: run.job_id,
        result_state: run.state.outcome(),
        url: run.url.clone(),
        tasks,
        pipeline: None,
    })
}

async fn task_report(workspace: &dyn Workspace, task: &TaskState) -> Result<TaskReport, DeployError> {
    let outcome = task.state.outcome();
    let failed = match &outcome {
        RunResult::Failed | RunResult::TimedOut => true,
        RunResult::Other(_) => task.over(),
        _ => false,
    };
    let output = match failed {
        // the run is over: that its output cannot be read must not hide how it ended
        true => workspace.run_output(task.run_id).await.unwrap_or_default(),
        false => piq_databricks::workspace::RunOutput::default(),
    };
    let error = output.error.or_else(|| Some(task.state.message.clone()).filter(|m| failed && !m.is_empty()));
    Ok(TaskReport {
        task_key: task.task_key.clone(),
        state: outcome,
        seconds: task.seconds(),
        error,
        error_trace: output.error_trace,
    })
}
