//! How the workspace imports notebooks and runs them: attempts, states, scripts.

use std::time::Duration;

use piq_databricks::workspace::{
    Content, FileKind, Import, JobId, Language, Run, TaskState, WarehouseId, Workspace, WorkspaceError,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::report::ProbeFinding;
use super::site::ProbeSite;

/// A cell that fails.
const FAILING: &str = "-- Databricks notebook source\nSELECT raise_error('piq probe: this failure is intended')\n";
/// A script with a comment before it, as the pipeline's notebooks have them.
const SCRIPT: &str = "-- Databricks notebook source\n-- piq: workspace-only\nBEGIN\n  SELECT 1;\nEND\n";
/// How long a run may take, a start of compute included.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

/// Imports two notebooks and reads one back.
pub(super) async fn probe_import(workspace: &dyn Workspace, site: &ProbeSite) -> Result<ProbeFinding, WorkspaceError> {
    for (name, text) in [("failing", FAILING), ("script", SCRIPT)] {
        let path = format!("{}/{name}", site.folder);
        let content = Content::Source(Language::Sql);
        workspace.import(Import { path: &path, content, bytes: text.as_bytes(), overwrite: true }).await?;
    }
    let path = format!("{}/failing", site.folder);
    let (status, text) = (workspace.status(&path).await?, workspace.export(&path).await?);
    let is_notebook = status.is_some_and(|s| s.kind == FileKind::Notebook);
    let same = text.is_some_and(|bytes| String::from_utf8_lossy(&bytes).trim_end() == FAILING.trim_end());
    Ok(match (is_notebook, same) {
        (true, true) => ProbeFinding::ok("notebook_import", "an imported notebook comes back as it was sent"),
        (true, false) => ProbeFinding::ok("notebook_import", "an imported notebook comes back in another form"),
        (false, _) => ProbeFinding::change(
            "notebook_import",
            "an imported notebook is not a notebook in the workspace",
            "report this: a job cannot run what piq imports",
        ),
    })
}

/// The job of the probe: a task that must not be repeated, one that is repeated once, and a script.
pub(super) fn job_settings(site: &ProbeSite, warehouse: Option<&WarehouseId>) -> Value {
    let task = |key: &str, notebook: &str, retries: u8| {
        let mut work = json!({"notebook_path": format!("{}/{notebook}", site.folder), "source": "WORKSPACE"});
        if let Some(id) = warehouse {
            work["warehouse_id"] = json!(id);
        }
        json!({"task_key": key, "notebook_task": work, "max_retries": retries, "min_retry_interval_millis": 0,
            "disable_auto_optimization": true, "timeout_seconds": 900})
    };
    json!({
        "name": site.job,
        "tags": {"piq_probe": "true"},
        "max_concurrent_runs": 1,
        "tasks": [task("once", "failing", 0), task("twice", "failing", 1), task("script", "script", 0)],
    })
}

/// Runs the job and says how it went.
pub(super) async fn probe_run(workspace: &dyn Workspace, job: JobId, site: &ProbeSite) -> Vec<ProbeFinding> {
    match finished(workspace, job, site).await {
        Ok(Some(run)) => {
            let script = run.tasks.iter().find(|t| t.task_key == "script");
            let error = match script.filter(|t| !t.state.outcome().succeeded()) {
                Some(task) => workspace.run_output(task.run_id).await.ok().and_then(|o| o.error),
                None => None,
            };
            findings_of(&run, error)
        }
        Ok(None) => {
            let minutes = PATIENCE.as_secs() / 60;
            vec![ProbeFinding::unknown("run", format!("the run of a small job was not over after {minutes} minutes"))]
        }
        Err(e) => vec![ProbeFinding::unknown("run", format!("cannot run a small job: {e}"))],
    }
}

async fn finished(workspace: &dyn Workspace, job: JobId, site: &ProbeSite) -> Result<Option<Run>, WorkspaceError> {
    // the name of the probe makes a repeated call harmless
    let id = workspace.run_now(&json!({"job_id": job, "idempotency_token": site.job})).await?;
    let (began, mut pause) = (Instant::now(), Duration::from_millis(100));
    loop {
        match workspace.run(id).await? {
            Some(run) if run.over() => return Ok(Some(run)),
            _ if began.elapsed() > PATIENCE => return Ok(None),
            _ => sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

fn findings_of(run: &Run, script_error: Option<String>) -> Vec<ProbeFinding> {
    let task = |key: &str| run.tasks.iter().find(|t| t.task_key == key);
    let shown = |task: &TaskState| format!("{} after {} attempts", task.state.word(), task.attempt + 1);
    let mut all = vec![ProbeFinding::ok("run_states", format!("a run with failed tasks ends as {}", run.state.word()))];
    all.push(match task("once") {
        Some(once) if once.attempt == 0 => {
            ProbeFinding::ok("no_retry", "a failed task with `max_retries: 0` is not repeated")
        }
        Some(once) => ProbeFinding::change(
            "no_retry",
            format!("a failed task with `max_retries: 0` and `disable_auto_optimization` is repeated: {}", shown(once)),
            "run the pipeline's job on a SQL warehouse (`job_warehouse_id`): a repeated task pays for its calls again",
        ),
        None => ProbeFinding::unknown("no_retry", "the run does not show its tasks"),
    });
    all.push(match task("twice") {
        Some(twice) if twice.attempt == 1 => ProbeFinding::ok(
            "attempts",
            format!("a failed task with `max_retries: 1` is repeated once: {}", shown(twice)),
        ),
        Some(twice) => {
            let found = format!("expected 2 attempts of a task with `max_retries: 1`, found {}", shown(twice));
            ProbeFinding::unknown("attempts", found)
        }
        None => ProbeFinding::unknown("attempts", "the run does not show its tasks"),
    });
    all.push(match task("script") {
        Some(script) if script.state.outcome().succeeded() => {
            ProbeFinding::ok("sql_script", "a cell may have comments before BEGIN … END")
        }
        Some(script) => {
            let why = script_error.unwrap_or_else(|| script.state.message.clone());
            ProbeFinding::change(
                "sql_script",
                format!("a cell with a comment before BEGIN … END fails ({}): {why}", script.state.word()),
                "remove the comments before BEGIN in templates/notebooks/1_incremental_pipeline.sql.j2",
            )
        }
        None => ProbeFinding::unknown("sql_script", "the run does not show its tasks"),
    });
    all
}
