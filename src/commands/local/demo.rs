//! `piq demo`

use std::collections::BTreeMap;
#[cfg(feature = "preview")]
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use pipelineiq::insight::run_report::{Outcome, PipelineRun};
use pipelineiq::starter;
use piq_bundle::{Hook, discover};
use piq_deploy::{Options, RunOptions, choose_job, follow, start};
use piq_diagnostics::{Failure, FailureContext as _, FailureKind};

use crate::commands::deploy::deploy::deploy;
use crate::commands::deploy::run::{show_run, stop_watching};
#[cfg(feature = "preview")]
use crate::commands::local::demo_dashboards::Dashboards;
#[cfg(feature = "preview")]
use crate::commands::local::demo_dashboards::dashboards;
use crate::commands::local::sample_data::{SampleDataArgs, sample_data};
use crate::commands::look::status::read_summary;
use crate::context::answers::AnswersArgs;
use crate::context::lock_args::LockArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::prepare_local;
use crate::context::project::load_project;
use crate::context::run_tables::RunTables;
use crate::context::session::{Session, in_session};
use crate::context::signals::Signals;
use crate::context::{Context, hooks};
use crate::output::progress::Lines;
use crate::output::run_summary::{outcome_text, run_text};

/// Run PipelineIQ on this machine from start to finish, without an account
///
/// Writes sample use cases if the source table is empty, deploys the target `local` to the local workspace, runs
/// `incremental_pipeline_job` and shows the results. In an empty folder it first writes the PipelineIQ project. Each step is
/// also a command: `init`, `sample-data`, `deploy -t local`, `run -t local`, `dashboards preview -t local`.
///
/// Ends with the address of the dashboards. On a terminal they are served until you press Ctrl-C; elsewhere they are written
/// to `.piq/dashboards.html`, which needs no server, and the demo exits.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Write this many new sample use cases; by default 200, and only if there are none
    #[arg(long)]
    rows: Option<u64>,
    /// Serve the dashboards until Ctrl-C or SIGTERM, even without a terminal
    #[arg(long, conflicts_with = "no_preview")]
    preview: bool,
    /// Skip the dashboards
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

pub(crate) fn cmd_demo(context: &Context, args: &DemoArgs) -> Result<ExitCode, Failure> {
    if context.global.target.as_deref().is_some_and(|t| t != "local") {
        return Err(Failure::usage("expected the target `local` for the demo"));
    }
    let mut context = context.clone();
    context.global.target = Some("local".into());
    let folder = context.global.directory.clone().unwrap_or_else(|| PathBuf::from("."));
    if discover(&folder).is_err() && is_empty(&folder) {
        let files = starter::write(&folder)?;
        context.out.log(&format!("wrote the PipelineIQ project to {} ({} files)", folder.display(), files.len()));
    }
    let project = load_project(&context)?;
    let options = args.workspace.session().with_answers(&args.answers);
    in_session(&context, project, options, async |session, signals| {
        demo(&context, args, session, signals).await.inspect_err(|e| {
            if e.kind == FailureKind::Interrupted {
                context.out.log("the steps so far are kept: run `piq demo` to continue");
            }
        })
    })
}

/// Whether a folder is empty apart from piq's own `.piq`.
fn is_empty(folder: &Path) -> bool {
    let ours = |e: std::io::Result<std::fs::DirEntry>| e.is_ok_and(|e| e.file_name() == ".piq");
    folder.read_dir().is_ok_and(|mut entries| entries.all(ours))
}

async fn demo(
    context: &Context,
    args: &DemoArgs,
    session: &Arc<Session>,
    signals: &Signals,
) -> Result<ExitCode, Failure> {
    prepare_local(context, session).await?;
    let parameters = BTreeMap::new();
    let tables = RunTables::of_job(session, JOB, &parameters)
        .await?
        .with_context(|| format!("the project has no job `{JOB}` that runs the pipeline"))?;
    signals.or_stop(sample(context, args, session, &tables)).await?;

    let lines = Lines::new(&context.out, true);
    // the demo deletes only its own resources, in a workspace of this folder
    let options =
        Options { allow_delete: true, ..Options::new(args.lock.options(context, session), signals.cancel.clone()) };
    deploy(context, session, &options, None).await?;
    hooks::run(context, &session.project, Hook::PostDeploy)?;

    let summary = signals.or_stop(read_summary(session)).await?;
    let (key, job_id) = choose_job(&summary, Some(JOB))?;
    let options = RunOptions::default();
    let start = async { Ok::<_, Failure>(start(&session.workspace, job_id, &options, &lines).await?) };
    let run_id = signals.or_stop(start).await?;
    let followed = follow(&session.workspace, &key, run_id, &signals.cancel, &lines).await?;
    let Some(mut report) = followed else {
        stop_watching(context, session, &key, job_id, run_id).await;
        return Err(Failure::interrupted());
    };
    if !report.succeeded() {
        show_run(context, session, &report)?;
        return Ok(ExitCode::from(1));
    }
    let done = tables.run(run_id).await?;
    if context.out.json() {
        report.pipeline = Some(serde_json::to_value(&done).context("cannot write the result as JSON")?);
        show_run(context, session, &report)?;
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
    signals: &Signals,
) -> Result<(), Failure> {
    let live = args.preview || (std::io::stdin().is_terminal() && std::io::stdout().is_terminal());
    let made = tokio::select! {
        made = dashboards(context, session, live) => made?,
        () = signals.cancel.wait() => return Err(Failure::interrupted()),
    };
    let Some(Dashboards { address, server }) = made else { return Ok(()) };
    context.out.result(&format!("\nThe dashboards\n  {address}\n"));
    if server.is_some() {
        context.out.log("serving them until you press Ctrl-C");
        signals.cancel.wait().await;
    }
    Ok(())
}

#[cfg(not(feature = "preview"))]
async fn show_dashboards(context: &Context, _: &DemoArgs, _: &Arc<Session>, _: &Signals) -> Result<(), Failure> {
    context.out.log(WITHOUT_PREVIEW);
    Ok(())
}

/// Writes sample use cases if a flag says so, or if the source table does not exist yet.
async fn sample(context: &Context, args: &DemoArgs, session: &Session, tables: &RunTables<'_>) -> Result<(), Failure> {
    let source = session.project.variables.get("source_table").and_then(|v| v.as_str());
    let wanted = match (args.rows, source) {
        (Some(rows), _) => SampleDataArgs { rows, ..SampleDataArgs::default() },
        (None, Some(table)) if tables.holds(table).await => return Ok(()),
        (None, _) => SampleDataArgs::default(),
    };
    let written = sample_data(context, &wanted).await?;
    context.out.log(&format!("wrote {} sample use cases to {} (all names are made up)", written.rows, written.table));
    Ok(())
}

fn shown(run: &PipelineRun, outcome: &Outcome, source: Option<&str>) -> String {
    let mut out = format!("\n{}\n{}\nTry next\n", run_text(run, source, None), outcome_text(outcome));
    let first = outcome.at_risk.first().map_or("USECASE_ID", |c| c.usecase_id.as_str());
    for (command, what) in [
        (format!("piq explain {first} -t local"), "where a score comes from, line by line"),
        ("piq dashboards preview -t local".into(), "the dashboards on these tables, in the browser"),
        ("piq demo".into(), "again: only changed inputs are asked, so now 0 calls"),
        ("piq new enrichment my_field".into(), "a question of your own: one more file, one more column"),
    ] {
        out.push_str(&format!("  {command:<36} {what}\n"));
    }
    out
}
