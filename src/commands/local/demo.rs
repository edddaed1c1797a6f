//! `piq demo`

use std::collections::BTreeMap;
#[cfg(feature = "preview")]
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use pipelineiq::starter::{self, Answers};
use piq_bundle::{Hook, discover};
use piq_deploy::{Options, RunOptions, RunReport, choose_job, follow, start};
use piq_diagnostics::{Failure, FailureContext as _, FailureKind};

use crate::commands::deploy::deploy::deploy;
use crate::commands::deploy::run::{show_run, stop_watching};
#[cfg(not(feature = "preview"))]
use crate::commands::develop::dashboards::preview::WITHOUT_PREVIEW;
use crate::commands::develop::init::log_written;
#[cfg(feature = "preview")]
use crate::commands::local::demo_dashboards::DashboardUrls;
#[cfg(feature = "preview")]
use crate::commands::local::demo_dashboards::dashboards;
use crate::commands::local::demo_screen::{Look, own_command};
use crate::commands::local::sample_data::{SampleDataArgs, Written, sample_data};
use crate::commands::local::stored_sample::StoredSample;
use crate::commands::look::status::read_summary;
use crate::context::answers::AnswersArgs;
use crate::context::lock_args::LockArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::overrides::Overrides;
use crate::context::pipeline::prepare_local;
use crate::context::project::load_project;
use crate::context::run_tables::RunTables;
use crate::context::session::{Session, in_session};
use crate::context::signals::Signals;
use crate::context::{Context, hooks};
use crate::output::briefing::{briefing_text, work_text};
use crate::output::progress::Lines;

/// Run PipelineIQ on this machine from start to finish, without an account
///
/// Without a source table it writes sixty sample use cases as they were a week ago, deploys the target `local` to the local
/// workspace and runs `incremental_pipeline_job`; then it writes the present ones and runs the job again, so that the
/// dashboards show what changed since. In an empty folder it first writes the PipelineIQ project. Each step is also a command:
/// `init`, `sample-data --week -1`, `deploy -t local`, `run -t local`, `dashboards preview -t local`.
///
/// Ends with what to do first, where to look closer, and what the runs took. On a terminal the dashboards are served until you
/// press Ctrl-C; elsewhere they are written to `.piq/dashboards.html`, which needs no server, and the demo exits.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Generate this many sample use cases in place of those that are there
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
    let has_project = discover(&folder).is_ok();
    if !has_project && is_empty(&folder) {
        let new = starter::write(&folder, &Answers::default(), env!("CARGO_PKG_VERSION"))?;
        log_written(&context, &folder, &new);
    }
    let in_other_folder = |e: Failure| match has_project {
        true => e,
        false => e.hint("in an empty folder, `piq demo` writes the project first"),
    };
    let project = load_project(&context).map_err(in_other_folder)?;
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
    let stored = signals.or_stop(sample(context, args, session, &tables)).await?;

    let lines = Lines::new(&context.out, true);
    // the demo deletes only its own resources, in a workspace of this folder
    let options =
        Options { allow_delete: true, ..Options::new(args.lock.options(context, session), signals.cancel.clone()) };
    deploy(context, session, &options, &Overrides::read(&session.project, &[], false)?, None).await?;
    hooks::run(context, &session.project, Hook::PostDeploy)?;

    let summary = signals.or_stop(read_summary(session)).await?;
    let (key, job_id) = choose_job(&summary, Some(JOB))?;
    let run = async || -> Result<RunReport, Failure> {
        let start =
            async { Ok::<_, Failure>(start(&session.workspace, job_id, &RunOptions::default(), &lines).await?) };
        let run_id = signals.or_stop(start).await?;
        match follow(&session.workspace, &key, run_id, &signals.cancel, &lines).await? {
            Some(report) => Ok(report),
            None => {
                stop_watching(context, session, &key, job_id, run_id).await;
                Err(Failure::interrupted())
            }
        }
    };
    let mut week_before = None;
    if let Some(past) = stored.filter(|s| s.day < 0) {
        let report = run().await?;
        if !report.succeeded() {
            show_run(context, session, &report)?;
            return Ok(ExitCode::from(1));
        }
        week_before = Some(tables.run(report.run_id).await?);
        let now = SampleDataArgs { as_of: Some(past.sample.date(0)), ..SampleDataArgs::default() };
        let written = signals.or_stop(sample_data(context, &now)).await?;
        context.out.log(&format!(
            "wrote the week since then: {} use cases as of {}",
            written.rows,
            past.sample.date(0)
        ));
    }
    let mut report = run().await?;
    if !report.succeeded() {
        show_run(context, session, &report)?;
        return Ok(ExitCode::from(1));
    }
    let done = tables.run(report.run_id).await?;
    if context.out.json() {
        let mut value = serde_json::to_value(&done).context("cannot write the result as JSON")?;
        if let (Some(before), Some(fields)) = (&week_before, value.as_object_mut()) {
            let before = serde_json::to_value(before).context("cannot write the result as JSON")?;
            fields.insert("week_before".to_owned(), before);
        }
        report.pipeline = Some(value);
        show_run(context, session, &report)?;
        return Ok(ExitCode::SUCCESS);
    }
    let outcome = tables.outcome().await?;
    let source = session.answer_source().await;
    context.out.prose(&format!("\n{}", briefing_text(&outcome)));
    let dashboards = if args.no_preview { None } else { show_dashboards(context, args, session, signals).await? };
    let look =
        Look { own: &own_command(context), outcome: &outcome, dashboards: dashboards.as_ref().map(|d| &*d.address) };
    context.out.result(&look.text());
    let work = week_before.iter().map(|run| ("A week ago", run)).chain([("Now", &done)]);
    context.out.prose(&work_text(work, source.as_deref()));
    if dashboards.as_ref().is_some_and(|d| d.server.is_some()) {
        context.out.log("serving the dashboards until you press Ctrl-C");
        signals.cancel.wait().await;
    }
    Ok(ExitCode::SUCCESS)
}

/// Serves the dashboards, or writes them to a file.
#[cfg(feature = "preview")]
async fn show_dashboards(
    context: &Context,
    args: &DemoArgs,
    session: &Arc<Session>,
    signals: &Signals,
) -> Result<Option<DashboardUrls>, Failure> {
    let live = args.preview || (std::io::stdin().is_terminal() && std::io::stdout().is_terminal());
    tokio::select! {
        made = dashboards(context, session, live) => made,
        () = signals.cancel.wait() => Err(Failure::interrupted()),
    }
}

/// Dashboards of a piq without the preview.
#[cfg(not(feature = "preview"))]
struct Dashboards {
    address: String,
    server: Option<std::convert::Infallible>,
}

#[cfg(not(feature = "preview"))]
async fn show_dashboards(
    context: &Context,
    _: &DemoArgs,
    _: &Arc<Session>,
    _: &Signals,
) -> Result<Option<DashboardUrls>, Failure> {
    context.out.log(WITHOUT_PREVIEW);
    Ok(None)
}

/// Writes sample use cases if a flag says so, or if the source table does not exist yet: those of a week ago, so that
/// something has happened since. Gives the sample that is there, if it is one.
async fn sample(
    context: &Context,
    args: &DemoArgs,
    session: &Session,
    tables: &RunTables<'_>,
) -> Result<Option<StoredSample>, Failure> {
    let source = session.project.variables.get("source_table").and_then(|v| v.as_str());
    let wanted = match (args.rows, source) {
        (Some(rows), _) => SampleDataArgs { rows: Some(rows), ..SampleDataArgs::default() },
        (None, Some(table)) if tables.holds(table).await => return stored_sample(session, table).await,
        (None, _) => SampleDataArgs { week: Some(-1), ..SampleDataArgs::default() },
    };
    let Written { table, rows, stored, .. } = sample_data(context, &wanted).await?;
    let date = stored.sample.date(stored.day);
    context.out.log(&format!("wrote {rows} sample use cases as of {date} to {table} (all names are made up)"));
    Ok(Some(stored))
}

/// The sample that a table of the local workspace holds, if it is one.
async fn stored_sample(session: &Session, table: &str) -> Result<Option<StoredSample>, Failure> {
    Ok(session.local_table_comment(table).await?.as_deref().and_then(StoredSample::read))
}
