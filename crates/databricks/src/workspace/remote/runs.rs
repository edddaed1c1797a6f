use async_trait::async_trait;
use serde_json::{Value, json};

use super::Remote;
use super::transport::Call;
use crate::workspace::error::Result;
use crate::workspace::{JobId, Run, RunId, RunOutput, RunState, Runs, TaskRunId, TaskState, WorkspaceError};

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn without_number(what: &str) -> WorkspaceError {
    WorkspaceError::Answer {
        method: "GET",
        path: "/api/2.2/jobs/runs".into(),
        why: format!("the response has no number of a {what}"),
    }
}

fn task(value: &Value) -> Result<TaskState> {
    let notebook = &value["notebook_task"]["notebook_path"];
    let path = if notebook.is_string() { notebook } else { &value["spark_python_task"]["python_file"] };
    Ok(TaskState {
        task_key: text(&value["task_key"]),
        run_id: TaskRunId::of(value).ok_or_else(|| without_number("task's run"))?,
        attempt: value["attempt_number"].as_u64().unwrap_or_default(),
        state: RunState::of(value),
        start_time: value["start_time"].as_i64().unwrap_or_default(),
        end_time: value["end_time"].as_i64().unwrap_or_default(),
        path: path.as_str().map(str::to_owned),
    })
}

fn run(value: &Value) -> Result<Run> {
    Ok(Run {
        id: RunId::of(value).ok_or_else(|| without_number("run"))?,
        job_id: JobId::of(value).ok_or_else(|| without_number("job"))?,
        state: RunState::of(value),
        url: text(&value["run_page_url"]),
        start_time: value["start_time"].as_i64().unwrap_or_default(),
        tasks: value["tasks"].as_array().into_iter().flatten().map(task).collect::<Result<_>>()?,
    })
}

#[async_trait]
impl Runs for Remote {
    async fn run_now(&self, request: &Value) -> Result<RunId> {
        let mut call = Call::post("/api/2.2/jobs/run-now").body(request);
        if request["idempotency_token"].as_str().is_some_and(|t| !t.is_empty()) {
            call = call.repeatable();
        }
        let answer = self.transport.json(call).await?;
        RunId::of(&answer).ok_or_else(|| WorkspaceError::Answer {
            method: "POST",
            path: "/api/2.2/jobs/run-now".into(),
            why: "the response has no run id".into(),
        })
    }

    async fn run(&self, id: RunId) -> Result<Option<Run>> {
        let mut found: Option<Run> = None;
        let mut token: Option<String> = None;
        loop {
            let mut call = Call::get("/api/2.2/jobs/runs/get").query("run_id", id.to_string());
            if let Some(token) = &token {
                call = call.query("page_token", token.as_str());
            }
            let answer = match self.transport.json(call).await {
                Ok(answer) => answer,
                Err(e) if e.is_missing() => return Ok(None),
                Err(e) => return Err(e),
            };
            let page = run(&answer)?;
            match &mut found {
                Some(run) => run.tasks.extend(page.tasks),
                None => found = Some(page),
            }
            match answer["next_page_token"].as_str().filter(|t| !t.is_empty()) {
                Some(next) => token = Some(next.to_owned()),
                None => return Ok(found.map(Run::with_latest_attempts)),
            }
        }
    }

    async fn active_runs(&self, job_id: JobId) -> Result<Vec<Run>> {
        let call = Call::get("/api/2.2/jobs/runs/list")
            .query("job_id", job_id.to_string())
            .query("active_only", "true")
            .query("expand_tasks", "true");
        let answer = self.transport.json(call.query("limit", "25")).await?;
        answer["runs"].as_array().into_iter().flatten().map(run).collect()
    }

    async fn run_output(&self, id: TaskRunId) -> Result<RunOutput> {
        let call = Call::get("/api/2.2/jobs/runs/get-output").query("run_id", id.to_string());
        let answer = self.transport.json(call).await?;
        let some = |value: &Value| value.as_str().filter(|t| !t.is_empty()).map(str::to_owned);
        Ok(RunOutput {
            result: some(&answer["notebook_output"]["result"]),
            error: some(&answer["error"]),
            error_trace: some(&answer["error_trace"]),
        })
    }

    async fn cancel_run(&self, id: RunId) -> Result<()> {
        let call = Call::post("/api/2.2/jobs/runs/cancel").body(&json!({"run_id": id})).repeatable();
        self.transport.json(call).await.map(drop)
    }
}
