//! One task: finds its notebook and runs it cell by cell in a session of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::changes::{unstored, update_task};
use super::model::{Run, TaskRun};
use super::notebook::{NotebookCell, cells, statement};
use super::references::resolve;
use crate::engine::SessionId;
use crate::http::App;
use crate::ids::{RunId, TaskRunId};
use crate::tree::notebook;
use crate::tree::objects::Language;

/// Why a task failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// One line.
    pub error: String,
    /// The failed cell.
    pub trace: Option<String>,
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self { error, trace: None }
    }
}

/// A task that is ready to run.
#[derive(Debug)]
pub(super) struct Work {
    path: String,
    cells: Vec<NotebookCell>,
    parameters: BTreeMap<String, String>,
}

/// Finds out what a task does.
pub(super) fn prepare(app: &App, run: &Run, task: &TaskRun) -> Result<Work, Failure> {
    let Some(definition) = task.definition.get("notebook_task") else {
        let kind = kind(&task.definition).unwrap_or("a task without a kind");
        return Err(format!("the local workspace does not run {kind} (task `{}`)", task.task_key).into());
    };
    if definition["source"] == "GIT" {
        return Err(format!("the local workspace does not run notebooks from Git (task `{}`)", task.task_key).into());
    }
    let path = definition["notebook_path"].as_str().unwrap_or_default();
    let (source, language) = notebook(app, path)?;
    if language != Language::Sql {
        let message = format!("the local workspace runs SQL notebooks only: {path} is in {language:?}");
        return Err(message.into());
    }
    let mut parameters = BTreeMap::new();
    for (name, value) in definition["base_parameters"].as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        parameters.insert(name.clone(), resolve(&text, run, task)?);
    }
    // parameters of the job are pushed down and win
    for (name, value) in &run.parameters {
        parameters.insert(name.clone(), resolve(value, run, task)?);
    }
    let cells = cells(&source).map_err(|e| format!("{path}: {e}"))?;
    Ok(Work { path: path.to_owned(), cells, parameters })
}

fn kind(definition: &Value) -> Option<&str> {
    let keys = definition.as_object()?.keys();
    keys.map(String::as_str).find(|k| k.ends_with("_task"))
}

/// Runs the cells in an open session.
pub(super) async fn run(
    app: &Arc<App>,
    work: &Work,
    session: SessionId,
    run_id: RunId,
    task_run_id: TaskRunId,
) -> Result<(), Failure> {
    let total = work.cells.len();
    for (position, cell) in work.cells.iter().enumerate() {
        let progress = format!("cell {} of {total}", position + 1);
        update_task(app, run_id, task_run_id, |t| t.message = progress).map_err(|e| unstored(&e))?;
        if let Err(e) = app.execute(session, &statement(cell, &work.parameters)).await {
            let trace = format!("{} of {} failed: {e}\n\n{}\n", cell.label(), work.path, cell.text);
            return Err(Failure { error: e.to_string(), trace: Some(trace) });
        }
    }
    Ok(())
}
