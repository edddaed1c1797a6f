//! `piq run`

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCompleter;
use pipelineiq::insight::estimate::LastRun;
use pipelineiq::insight::run_report::PipelineRun;
use piq_bundle::{ResourceKind, TargetBundle, TreeNode};
use piq_databricks::workspace::{JobId, RunId, Workspace as _, WorkspaceError};
use piq_deploy::{RunOptions, RunReport, cancel_runs, choose_job, follow, start};
use piq_diagnostics::{Failure, FailureContext as _, FailureKind};

use crate::commands::deploy::parameters::ParameterArgs;
use crate::commands::deploy::script::{run_command, run_script};
use crate::commands::look::status::read_summary;
use crate::context::Context;
use crate::context::answers::AnswersArgs;
use crate::context::complete::job_keys;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::prepare_local;
use crate::context::project::load_project;
use crate::context::run_tables::RunTables;
use crate::context::session::{Session, in_session};
use crate::context::signals::Signals;
use crate::output::progress::Lines;
use crate::output::report::{ReportTable, points, state, text};
use crate::output::run_summary::{RunContext, run_text};
use crate::output::style::coloured;
use crate::output::trace_excerpt::excerpt;

/// Run a deployed job and follow it to its end, or run a script of the bundle or a command
///
/// `piq run NAME` runs the script NAME of `scripts` in the bundle's folder; `piq run -- COMMAND` runs a command in this folder.
/// Both get the target's credentials in their environment and end with their own exit code.
///
/// Exit code: 0 the run succeeded; 1 it failed, and the failed cell is shown with its SQL; 130 you stopped watching. Then the
/// run continues in the workspace, and the command that cancels it is shown; a run in a local workspace that this command
/// started ends with it.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// Key of the job or name of the script; optional if there is only one job
    #[arg(add = ArgValueCompleter::new(job_keys))]
    job_key: Option<String>,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// Run only these tasks
    #[arg(long, value_delimiter = ',', value_name = "TASK_KEYS")]
    only: Vec<String>,
    /// Start the run and do not wait for its end
    #[arg(long)]
    no_wait: bool,
    /// First cancel the runs of the job that are in progress
    #[arg(long)]
    restart: bool,
    /// Cancel the runs of the job that are in progress; start none
    #[arg(long, conflicts_with_all = ["params", "only", "no_wait", "restart", "idempotency_token", "record", "replay"])]
    cancel: bool,
    /// Start no second run with this token
    #[arg(long, value_name = "TOKEN")]
    idempotency_token: Option<String>,
    #[command(flatten)]
    answers: AnswersArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

impl RunArgs {
    /// Runs a job, or some of its tasks, to the end.
    pub(crate) fn of_tasks(job_key: Option<String>, only: Vec<String>, workspace: WorkspaceOptions) -> Self {
        Self {
            job_key,
            parameters: ParameterArgs::default(),
            only,
            no_wait: false,
            restart: false,
            cancel: false,
            idempotency_token: None,
            answers: AnswersArgs::default(),
            workspace,
        }
    }

    /// Refuses flags that have no meaning for a script or a command.
    fn only_for_jobs(&self) -> Result<(), Failure> {
        let flags = [
            ("--only", !self.only.is_empty()),
            ("--no-wait", self.no_wait),
            ("--restart", self.restart),
            ("--cancel", self.cancel),
            ("--idempotency-token", self.idempotency_token.is_some()),
            ("a flag for parameters", self.parameters.flags()),
        ];
        match flags.into_iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(Failure::usage(format!("{flag} is for jobs, not for scripts and commands"))),
            None => Ok(()),
        }
    }
}

pub(crate) fn cmd_run(context: &Context, args: &RunArgs) -> Result<ExitCode, Failure> {
    let project = load_project(context)?;
    let rest = args.parameters.rest();
    let script = args.job_key.as_deref().filter(|key| project.scripts.iter().any(|s| s.name == **key));
    let command = args.job_key.is_none() && rest.first().is_some_and(|word| !word.starts_with('-'));
    if script.is_some() || command {
        args.only_for_jobs()?;
    }
    if let Some(name) = script {
        if !rest.is_empty() {
            return Err(Failure::usage(format!("the script `{name}` takes no arguments"))
                .hint(format!("pass environment variables: `NAME=VALUE piq run {name}`")));
        }
        return run_script(context, project, &args.workspace, &args.answers, name);
    }
    if command {
        return run_command(context, &project, &args.answers, rest);
    }
    only_tasks_of(&project, args)?;
    let options = args.workspace.session_without_lookups().with_answers(&args.answers);
    in_session(context, project, options, async |session, signals| run(context, args, session, signals).await)
}

/// Refuses a task that the job of the bundle does not have, before anybody signs in.
fn only_tasks_of(project: &TargetBundle, args: &RunArgs) -> Result<(), Failure> {
    let asked = |key: &str| args.job_key.as_deref().is_none_or(|wanted| wanted == key);
    let mut jobs = project.resources.iter().filter(|r| r.kind == ResourceKind::Job && asked(&r.key));
    // which of several jobs is meant is decided, or asked, later
    let (Some(job), None) = (jobs.next(), jobs.next()) else { return Ok(()) };
    let tasks = job.spec.get("tasks").and_then(TreeNode::as_list).unwrap_or_default();
    let keys: Vec<&str> = tasks.iter().filter_map(|task| task.str_at("task_key")).collect();
    let unknown = args.only.iter().map(|selector| task_of(selector)).find(|name| !keys.contains(name));
    match unknown {
        Some(name) if !keys.is_empty() => Err(Failure::usage(format!(
            "unknown task `{name}` of the job `{}`; available: {}",
            job.key,
            keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
        ))),
        _ => Ok(()),
    }
}

/// The task that a selector of `--only` is about. `+` before it adds what it needs; `+` or `>` after it what needs it;
/// `.TABLE` chooses a part of it.
fn task_of(selector: &str) -> &str {
    selector.trim_start_matches('+').split(['.', '>', '+']).next().unwrap_or_default()
}

/// Runs a job of an open session.
pub(crate) async fn run(
    context: &Context,
    args: &RunArgs,
    session: &Session,
    signals: &Signals,
) -> Result<ExitCode, Failure> {
    let summary = signals.or_stop(read_summary(session)).await?;
    let (key, job_id) = choose_job(&summary, args.job_key.as_deref())?;
    if args.cancel {
        return cancel(context, session, &key, job_id).await;
    }
    prepare_local(context, session).await?;
    let (parameters, task_parameters) = args.parameters.read(session.project.resource(ResourceKind::Job, &key))?;
    let options = &RunOptions {
        parameters,
        task_parameters,
        only: args.only.clone(),
        restart: args.restart,
        idempotency_token: args.idempotency_token.clone(),
    };
    let lines = Lines::new(&context.out, false);
    let start = async { Ok::<_, Failure>(start(&session.workspace, job_id, options, &lines).await?) };
    let run_id = signals.or_stop(start).await.inspect_err(|e| {
        if e.kind == FailureKind::Interrupted {
            context.out.log("the run may have started: `piq open` shows the job");
        }
    })?;
    if args.no_wait {
        return started(context, &session.workspace, run_id).await;
    }
    let followed = follow(&session.workspace, &key, run_id, &signals.cancel, &lines).await?;
    let Some(mut report) = followed else {
        stop_watching(context, session, &key, job_id, run_id).await;
        return Err(Failure::interrupted());
    };
    let done = pipeline(context, session, &report, options).await;
    let foreseen = if done.is_some() { estimate(session, &report, options).await } else { None };
    if let Some(done) = &done {
        let mut value = serde_json::to_value(done).context("cannot write the result as JSON")?;
        if let (Some(estimate), Some(fields)) = (&foreseen, value.as_object_mut()) {
            let estimate = serde_json::to_value(estimate).context("cannot write the result as JSON")?;
            fields.insert("estimate".to_owned(), estimate);
        }
        report.pipeline = Some(value);
    }
    show_run(context, session, &report)?;
    if let Some(done) = done.filter(|_| !context.out.json()) {
        let source = session.answer_source().await;
        let of = RunContext { source: source.as_deref(), estimate: foreseen.as_ref(), succeeded: report.succeeded() };
        context.out.result(&run_text(&done, of));
    }
    Ok(ExitCode::from(u8::from(!report.succeeded())))
}

/// How long to wait for a run that ends with this command.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says what happens to a run that is no longer watched.
pub(crate) async fn stop_watching(context: &Context, session: &Session, key: &str, job_id: JobId, run_id: RunId) {
    if session.ends_here() {
        // the workspace ends the run when it stops; a cancelled run records why
        let _ = tokio::time::timeout(PATIENCE, cancel_and_wait(&session.workspace, run_id)).await;
        context.out.log(&format!("run {run_id} is cancelled: the local workspace of this command ends with it"));
        context
            .out
            .log("hint: a workspace of `piq workspace start` keeps running; the results so far are kept in both cases");
        return;
    }
    let url = format!("{}/jobs/{job_id}/runs/{run_id}", session.workspace.host());
    context.out.log(&format!("run {run_id} continues in the workspace: {url}"));
    context.out.log(&format!("to cancel it: piq run {key} --cancel -t {}", session.project.target));
}

/// Cancels a run and waits for its end.
async fn cancel_and_wait(
    workspace: &dyn piq_databricks::workspace::Workspace,
    run_id: RunId,
) -> Result<(), WorkspaceError> {
    workspace.cancel_run(run_id).await?;
    while workspace.run(run_id).await?.is_some_and(|run| !run.over()) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn cancel(context: &Context, session: &Session, key: &str, job_id: JobId) -> Result<ExitCode, Failure> {
    let cancelled = cancel_runs(&session.workspace, job_id).await?;
    if context.out.json() {
        context.out.result(&format!("{}\n", serde_json::json!({"cancelled": cancelled})));
    } else if cancelled.is_empty() {
        context.out.result(&format!("no run of job `{key}` is in progress\n"));
    } else {
        cancelled.iter().for_each(|run| context.out.result(&format!("cancelled run {run}\n")));
    }
    Ok(ExitCode::SUCCESS)
}

/// What a run of the pipeline did, a failed one too. A failure to read it is only logged, and not even that after a run
/// that failed: it may not have made its tables.
async fn pipeline(
    context: &Context,
    session: &Session,
    report: &RunReport,
    options: &RunOptions,
) -> Option<PipelineRun> {
    let read = async {
        match RunTables::of_job(session, &report.job_key, &options.parameters).await? {
            Some(tables) => tables.run(report.run_id).await.map(Some),
            None => Ok(None),
        }
    };
    match read.await {
        Ok(done) => done,
        Err(e) => {
            if report.succeeded() {
                context.out.log(&format!("cannot read from its tables what the run did: {e}"));
            }
            None
        }
    }
}

/// The estimate of the run, beside its ledger. A failure is ignored here too.
async fn estimate(session: &Session, report: &RunReport, options: &RunOptions) -> Option<LastRun> {
    let tables = RunTables::of_job(session, &report.job_key, &options.parameters).await.ok()??;
    tables.estimate().await.ok()?
}

async fn started(
    context: &Context,
    workspace: &dyn piq_databricks::workspace::Workspace,
    run_id: RunId,
) -> Result<ExitCode, Failure> {
    let run = workspace.run(run_id).await?;
    let url = run.map(|r| r.url).unwrap_or_default();
    if context.out.json() {
        context.out.result(&format!("{}\n", serde_json::json!({"run_id": run_id, "url": url})));
    } else {
        context.out.result(&format!("started run {run_id}: {url}\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The result of a run: as JSON, or as a table with the errors of tasks before it.
pub(crate) fn show_run(context: &Context, session: &Session, report: &RunReport) -> Result<(), Failure> {
    for task in &report.tasks {
        let (error, trace) = (task.error.as_deref(), task.error_trace.as_deref());
        match session.place_of(error, trace) {
            _ if session.is_of_this_machine(error) => {
                let message = format!("task `{}` failed: {}", task.task_key, error.unwrap_or_default());
                let advice =
                    "no cell is at fault: mend that on this machine, then run again; answers that are there are kept";
                context.out.failure(&Failure::refused(message).hint(advice));
            }
            Some(mut place) => {
                place.message = format!("task `{}`: {}", task.task_key, place.message);
                context.out.failure(&Failure::from(place));
            }
            None => {
                if let Some(error) = error {
                    context.out.failure(&Failure::refused(format!("task `{}` failed: {error}", task.task_key)));
                }
                if let Some(trace) = trace.filter(|_| !context.out.debugs()) {
                    let shown = excerpt(trace, error.unwrap_or_default());
                    // the line that says what happened wraps; the SQL below it stays as it is, so that it can be copied
                    let (said, rest) = shown.split_once('\n').unwrap_or((shown.as_str(), ""));
                    context.out.error_text(&format!("{}{rest}", ReportTable::new().top(said).finish()));
                }
            }
        }
        trace.into_iter().for_each(|trace| context.out.debug(trace.trim_end()));
    }
    if context.out.json() {
        let line = serde_json::to_string(report).context("cannot write the result as JSON")?;
        context.out.result(&format!("{line}\n"));
        return Ok(());
    }
    let columns = [text("task_key").titled("task"), state("state"), points("seconds")];
    let text = ReportTable::new()
        .top(&format!("run {}: {}", report.run_id, coloured(&report.result_state.to_string())))
        .rows(&report.tasks, &columns)
        .finish();
    context.out.result(&text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::task_of;

    #[test]
    fn a_selector_is_about_one_task() {
        for selector in ["load", "+load", "load+", "+load+", "load>", "+load.orders", "load.orders", "load.raw.orders>"]
        {
            assert_eq!(task_of(selector), "load", "{selector}");
        }
    }
}
