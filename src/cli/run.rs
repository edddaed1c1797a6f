//! `piq run`

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use piq_diagnostics::{FailureContext as _, FailureKind};

use super::outcome::Tables;
use super::parameters::ParameterArgs;
use super::progress::Lines;
use super::session::{Session, WorkspaceOptions, block_on, project};
use super::tables::prepare_local;
use super::{AnswersArgs, Context, Failure, signals, status};
use pipelineiq::insight::estimate::{LastRun, against};
use pipelineiq::insight::run_report::{PipelineRun, run_text};
use piq_bundle::ResourceKind;
use piq_databricks::workspace::{Workspace as _, WorkspaceError};
use piq_deploy::{RunOptions, RunReport, cancel_runs, choose_job, follow, start};
use piq_diagnostics::render as diagnostics;

/// Runs a deployed job and follows it to its end, or a script of the bundle, or a command
///
/// `piq run NAME` of a name under `scripts` runs that script in the bundle's folder, and `piq run -- COMMAND` a command in
/// this folder: both with the authentication of the target in their environment, and with their own exit code.
///
/// Exit code: 0 the run went well; 1 it did not, and the failed cell with its SQL is shown; 130 you stopped watching:
/// the run goes on in the workspace, and the command that cancels it is shown. A local workspace that was started for
/// this command ends with it, and the run too.
#[derive(Debug, Clone, Args)]
pub(super) struct RunArgs {
    /// Key of the job, or name of a script; the only job if left out
    job_key: Option<String>,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// Runs these tasks only
    #[arg(long, value_delimiter = ',', value_name = "TASK_KEYS")]
    only: Vec<String>,
    /// Starts the run and does not wait for its end
    #[arg(long)]
    no_wait: bool,
    /// Cancels runs of the job that are in progress first
    #[arg(long)]
    restart: bool,
    /// Cancels the runs of the job that are in progress, and starts nothing
    #[arg(long, conflicts_with_all = ["params", "only", "no_wait", "restart", "idempotency_token", "record", "replay"])]
    cancel: bool,
    /// Starts nothing new if a run with this token was started already
    #[arg(long, value_name = "TOKEN")]
    idempotency_token: Option<String>,
    #[command(flatten)]
    answers: AnswersArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

impl RunArgs {
    /// Refuses flags that mean nothing to a script or a command.
    fn only_for_jobs(&self) -> Result<(), Failure> {
        let flags = [
            ("--only", !self.only.is_empty()),
            ("--no-wait", self.no_wait),
            ("--restart", self.restart),
            ("--cancel", self.cancel),
            ("--idempotency-token", self.idempotency_token.is_some()),
            ("flags for parameters", self.parameters.flags()),
        ];
        match flags.into_iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(Failure::usage(format!("{flag}: for jobs only, not for scripts and commands"))),
            None => Ok(()),
        }
    }
}

/// Runs `piq run`.
///
/// # Errors
/// A bundle with errors, a job that is not deployed, a workspace that refuses.
pub(super) fn cmd_run(context: &Context, args: &RunArgs) -> Result<ExitCode, Failure> {
    let project = project(context)?;
    let rest = args.parameters.rest();
    let script = args.job_key.as_deref().filter(|key| project.scripts.iter().any(|s| s.name == **key));
    let command = args.job_key.is_none() && rest.first().is_some_and(|word| !word.starts_with('-'));
    if script.is_some() || command {
        args.only_for_jobs()?;
    }
    if let Some(name) = script {
        if !rest.is_empty() {
            let text =
                format!("the script `{name}` takes no arguments: give it variables, `NAME=VALUE piq run {name}`");
            return Err(Failure::usage(text));
        }
        return super::script::script(context, project, &args.workspace, &args.answers, name);
    }
    if command {
        return super::script::command(context, &project, &args.answers, rest);
    }
    block_on(async {
        let signals = signals::listen().context("cannot listen for signals")?;
        let open = Session::connect(context, project, &args.workspace, &args.answers, false);
        let session = signals.or_stop(open).await?;
        let done = run(context, args, &session, &signals).await;
        session.end(&signals).await;
        done
    })?
}

async fn run(
    context: &Context,
    args: &RunArgs,
    session: &Session,
    signals: &signals::Signals,
) -> Result<ExitCode, Failure> {
    let summary = signals.or_stop(status::read(session)).await?;
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
    let start = async { start(&session.workspace, job_id, options, &lines).await.map_err(Failure::from) };
    let run_id = signals.or_stop(start).await.inspect_err(|e| {
        if e.kind == FailureKind::Interrupted {
            context.out.talk("it is not known whether the run was started: `piq open` shows the job");
        }
    })?;
    if args.no_wait {
        return started(context, &session.workspace, run_id).await;
    }
    let followed = follow(&session.workspace, &key, run_id, &signals.cancel, &lines).await?;
    let Some(mut report) = followed else {
        left(context, session, &key, job_id, run_id).await;
        return Err(Failure::interrupted());
    };
    let done = pipeline(context, session, &report, options).await;
    let foreseen = if done.is_some() { estimate(session, &report, options).await } else { None };
    if let Some(done) = &done {
        let mut value = serde_json::to_value(done).context("cannot write the result as JSON")?;
        value["estimate"] = serde_json::to_value(&foreseen).context("cannot write the result as JSON")?;
        report.pipeline = Some(value);
    }
    show(context, session, &report)?;
    if let Some(done) = done.filter(|_| !context.out.json()) {
        context.out.result(&run_text(&done, session.answer_source().await.as_deref()));
        if let Some(foreseen) = foreseen {
            context.out.result(&format!("estimate    {}\n", against(&foreseen)));
        }
    }
    Ok(ExitCode::from(u8::from(!report.succeeded())))
}

/// How long a run that ends with this command is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says what becomes of a run that is no longer watched.
pub(super) async fn left(context: &Context, session: &Session, key: &str, job_id: i64, run_id: i64) {
    if session.ends_here() {
        // the workspace ends the run when it stops; cancelled, it says why it ended
        let _ = tokio::time::timeout(PATIENCE, ended(&session.workspace, run_id)).await;
        context.out.talk(&format!("run {run_id} is cancelled: the local workspace of this command ends with it"));
        context.out.talk("hint: one that `piq workspace start` runs stays; what the run has done is kept either way");
        return;
    }
    let url = format!("{}/jobs/{job_id}/runs/{run_id}", session.workspace.host());
    context.out.talk(&format!("run {run_id} goes on in the workspace: {url}"));
    context.out.talk(&format!("to cancel it: piq run {key} --cancel -t {}", session.project.target));
}

/// Cancels a run and waits for its end.
async fn ended(workspace: &dyn piq_databricks::workspace::Workspace, run_id: i64) -> Result<(), WorkspaceError> {
    workspace.cancel_run(run_id).await?;
    while workspace.run(run_id).await?.is_some_and(|run| !run.over()) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Cancels what runs.
async fn cancel(context: &Context, session: &Session, key: &str, job_id: i64) -> Result<ExitCode, Failure> {
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

/// What a good run of the pipeline did. That it cannot be read is a remark: the run went well all the same.
async fn pipeline(
    context: &Context,
    session: &Session,
    report: &RunReport,
    options: &RunOptions,
) -> Option<PipelineRun> {
    if !report.succeeded() {
        return None;
    }
    let read = async {
        match Tables::of_job(session, &report.job_key, &options.parameters).await? {
            Some(tables) => tables.run(report.run_id).await.map(Some),
            None => Ok(None),
        }
    };
    match read.await {
        Ok(done) => done,
        Err(e) => {
            context.out.talk(&format!("what the run did cannot be read from its tables: {e}"));
            None
        }
    }
}

/// What the run was estimated at, beside its ledger. It is a remark too.
async fn estimate(session: &Session, report: &RunReport, options: &RunOptions) -> Option<LastRun> {
    let tables = Tables::of_job(session, &report.job_key, &options.parameters).await.ok()??;
    tables.estimate().await.ok()?
}

async fn started(
    context: &Context,
    workspace: &dyn piq_databricks::workspace::Workspace,
    run_id: i64,
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
pub(super) fn show(context: &Context, session: &Session, report: &RunReport) -> Result<(), Failure> {
    for task in &report.tasks {
        if let Some(error) = &task.error {
            context.out.error(&format!("task `{}` failed: {error}", task.task_key));
        }
        if let Some(place) = session.place_of(task.error.as_deref(), task.error_trace.as_deref()) {
            context.out.raw_error(&diagnostics(&[place], context.global.output().diagnostics()));
        }
        if let Some(trace) = &task.error_trace {
            context.out.raw_error(&format!("{}\n", trace.trim_end()));
        }
    }
    if context.out.json() {
        let line = serde_json::to_string(report).context("cannot write the result as JSON")?;
        context.out.result(&format!("{line}\n"));
        return Ok(());
    }
    let mut text = format!("run {}: {}\n", report.run_id, report.result_state);
    for task in &report.tasks {
        text.push_str(&format!("  {:<32} {:<16} {:8.1} s\n", task.task_key, task.state, task.seconds));
    }
    context.out.result(&text);
    Ok(())
}
