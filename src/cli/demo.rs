//! `piq demo`

use std::collections::BTreeMap;
#[cfg(feature = "preview")]
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use piq_diagnostics::{FailureContext as _, FailureKind};

#[cfg(feature = "preview")]
use super::demo_dashboards::{Dashboards, dashboards};
use super::deploy::{LockArgs, deploy};
use super::outcome::Tables;
use super::progress::Lines;
use super::sample_data::{SampleDataArgs, sample_data};
use super::session::{Session, WorkspaceOptions, block_on, project};
use super::tables::prepare_local;
use super::{AnswersArgs, Context, Failure, hooks, run, signals, status};
use pipelineiq::insight::run_report::{Outcome, PipelineRun, outcome_text, run_text};
use pipelineiq::starter;
use piq_bundle::{Hook, discover};
use piq_deploy::{Options, RunOptions, choose_job, follow, start};

/// Runs PipelineIQ on this machine, start to finish, with no account
///
/// Writes sample use cases (if there are none yet), renders the bundle for the target `local`, deploys it to the local
/// workspace, runs `incremental_pipeline_job` and shows what came out. In an empty folder it writes the PipelineIQ
/// project first. Each step is a command of its own: `init`, `sample-data`, `deploy -t local`, `run -t local`,
/// `dashboards preview -t local`.
///
/// It ends by naming the address of the dashboards. On a terminal they are served until you press Ctrl-C; elsewhere they
/// are written to `.piq/dashboards.html`, which needs no server, and the demo ends by itself.
#[derive(Debug, Clone, Args)]
pub(super) struct DemoArgs {
    /// Writes new sample use cases, this many; without it those that are there stay, and 200 are written if none are
    #[arg(long)]
    rows: Option<u64>,
    /// Serves the dashboards until Ctrl-C or SIGTERM, without a terminal too
    #[arg(long, conflicts_with = "no_preview")]
    preview: bool,
    /// Ends without dashboards
    #[arg(long)]
    no_preview: bool,
    #[command(flatten)]
    answers: AnswersArgs,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// The job that the demo runs.
const JOB: &str = "incremental_pipeline_job";

/// Runs `piq demo`.
///
/// # Errors
/// A project with errors, a machine without Python, a run that fails.
pub(super) fn cmd_demo(context: &Context, args: &DemoArgs) -> Result<ExitCode, Failure> {
    if context.global.target.as_deref().is_some_and(|t| t != "local") {
        return Err(Failure::usage("the demo runs in the target `local` only"));
    }
    let mut context = context.clone();
    context.global.target = Some("local".into());
    let folder = context.global.directory.clone().unwrap_or_else(|| PathBuf::from("."));
    if discover(&folder).is_err() && is_empty(&folder) {
        let files = starter::write(&folder)?;
        context.out.talk(&format!("wrote the PipelineIQ project to {} ({} files)", folder.display(), files.len()));
    }
    let project = project(&context)?;
    block_on(async {
        let signals = signals::listen().context("cannot listen for signals")?;
        let open = Session::connect(&context, project, &args.workspace, &args.answers, true);
        let session = Arc::new(signals.or_stop(open).await?);
        let done = demo(&context, args, &session, &signals).await;
        if done.as_ref().is_err_and(|e| e.kind == FailureKind::Interrupted) {
            context.out.talk("what is done is kept: `piq demo` goes on from there");
        }
        match done {
            // Ctrl-C is how dashboards are closed, not a wish to take the workspace from others
            Ok(_) => session.close().await,
            Err(_) => session.end(&signals).await,
        }
        done
    })?
}

/// Whether nothing but what piq itself leaves stands in a folder.
fn is_empty(folder: &Path) -> bool {
    let ours = |e: std::io::Result<std::fs::DirEntry>| e.is_ok_and(|e| e.file_name() == ".piq");
    folder.read_dir().is_ok_and(|mut entries| entries.all(ours))
}

async fn demo(
    context: &Context,
    args: &DemoArgs,
    session: &Arc<Session>,
    signals: &signals::Signals,
) -> Result<ExitCode, Failure> {
    prepare_local(context, session).await?;
    let parameters = BTreeMap::new();
    let tables = Tables::of_job(session, JOB, &parameters)
        .await?
        .with_context(|| format!("the project has no job `{JOB}` that runs the pipeline"))?;
    signals.or_stop(sample(context, args, session, &tables)).await?;

    let lines = Lines::new(&context.out, true);
    // what the demo deleted would be its own, in a workspace of this folder
    let options =
        Options { allow_delete: true, ..Options::new(args.lock.options(context, session), signals.cancel.clone()) };
    deploy(context, session, &options, None).await?;
    hooks::run(context, &session.project, Hook::PostDeploy)?;

    let summary = signals.or_stop(status::read(session)).await?;
    let (key, job_id) = choose_job(&summary, Some(JOB))?;
    let options = RunOptions::default();
    let start = async { start(&session.workspace, job_id, &options, &lines).await.map_err(Failure::from) };
    let run_id = signals.or_stop(start).await?;
    let followed = follow(&session.workspace, &key, run_id, &signals.cancel, &lines).await?;
    let Some(mut report) = followed else {
        run::left(context, session, &key, job_id, run_id).await;
        return Err(Failure::interrupted());
    };
    if !report.succeeded() {
        run::show(context, session, &report)?;
        return Ok(ExitCode::from(1));
    }
    let done = tables.run(run_id).await?;
    if context.out.json() {
        report.pipeline = Some(serde_json::to_value(&done).context("cannot write the result as JSON")?);
        run::show(context, session, &report)?;
        return Ok(ExitCode::SUCCESS);
    }
    let outcome = tables.outcome().await?;
    let source = session.answer_source().await;
    context.out.result(&shown(&done, &outcome, source.as_deref()));
    if args.no_preview {
        return Ok(ExitCode::SUCCESS);
    }
    show_dashboards(context, args, session, signals).await?;
    Ok(ExitCode::SUCCESS)
}

/// Serves the dashboards, or writes them to a file.
#[cfg(feature = "preview")]
async fn show_dashboards(
    context: &Context,
    args: &DemoArgs,
    session: &Arc<Session>,
    signals: &signals::Signals,
) -> Result<(), Failure> {
    let live = args.preview || (std::io::stdin().is_terminal() && std::io::stdout().is_terminal());
    let made = tokio::select! {
        made = dashboards(context, session, live) => made?,
        () = signals.cancel.wait() => return Err(Failure::interrupted()),
    };
    let Some(Dashboards { address, server }) = made else { return Ok(()) };
    context.out.result(&format!("\nThe dashboards\n  {address}\n"));
    if server.is_some() {
        context.out.talk("they are served until you press Ctrl-C");
        signals.cancel.wait().await;
    }
    Ok(())
}

#[cfg(not(feature = "preview"))]
async fn show_dashboards(
    context: &Context,
    _: &DemoArgs,
    _: &Arc<Session>,
    _: &signals::Signals,
) -> Result<(), Failure> {
    context.out.talk(super::preview::WITHOUT);
    Ok(())
}

/// Writes sample use cases if they are asked for, or if there is no source table yet.
async fn sample(context: &Context, args: &DemoArgs, session: &Session, tables: &Tables<'_>) -> Result<(), Failure> {
    let source = session.project.variables.get("source_table").and_then(|v| v.as_str());
    let wanted = match (args.rows, source) {
        (Some(rows), _) => SampleDataArgs { rows, ..SampleDataArgs::default() },
        (None, Some(table)) if tables.holds(table).await => return Ok(()),
        (None, _) => SampleDataArgs::default(),
    };
    let written = sample_data(context, &wanted).await?;
    context.out.talk(&format!("wrote {} sample use cases to {} (all names are made up)", written.rows, written.table));
    Ok(())
}

fn shown(run: &PipelineRun, outcome: &Outcome, source: Option<&str>) -> String {
    let mut out = format!("\n{}\n{}\nTry next\n", run_text(run, source), outcome_text(outcome));
    let first = outcome.at_risk.first().map_or("USECASE_ID", |c| c.usecase_id.as_str());
    for (command, what) in [
        (format!("piq explain {first} -t local"), "where a score comes from, line by line"),
        ("piq dashboards preview -t local".into(), "the dashboards on these tables, in the browser"),
        ("piq demo".into(), "again: only what changed is asked, nothing changed is 0 calls"),
        ("piq new enrichment my_field".into(), "a question of your own: one file, one column more"),
    ] {
        out.push_str(&format!("  {command:<36} {what}\n"));
    }
    out
}
