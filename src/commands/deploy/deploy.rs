//! `piq deploy`

use std::process::ExitCode;

use clap::Args;
use clap_complete::ArgValueCompleter;
use piq_bundle::Hook;
use piq_databricks::workspace::Runs as _;
use piq_deploy::{DeployReport, Options};
use piq_diagnostics::Failure;

use crate::commands::deploy::plan::read_plan;
use crate::commands::look::status::read_summary;
use crate::context::complete::resource_keys;
use crate::context::git_source::{check_git_source, read_source};
use crate::context::lock_args::LockArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::overrides::Overrides;
use crate::context::pipeline::prepare_local;
use crate::context::project::load_project;
use crate::context::session::{Session, in_session};
use crate::context::signals::Signals;
use crate::context::{Context, hooks};
use crate::output::progress::Lines;

/// Deploy the bundle to a target: upload its files, create and update its resources
///
/// Writes nothing if nothing changed. With `-o json` the result is
/// `{"changes":{"created","updated","deleted","unchanged"},"release","stats":{…}}`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeployArgs {
    /// Delete resources that the bundle no longer has, without asking
    #[arg(long, visible_alias = "auto-approve")]
    allow_delete: bool,
    /// Deploy only this resource and the ones it refers to, as `KIND.KEY` or `KEY`; may be repeated
    #[arg(long, value_name = "KEY", add = ArgValueCompleter::new(resource_keys))]
    select: Vec<String>,
    /// Apply this saved plan; fails if the bundle or the workspace changed since
    #[arg(long, value_name = "FILE")]
    plan: Option<std::path::PathBuf>,
    /// Deploy even if a safety check fails; the check is reported
    #[arg(long)]
    force: bool,
    /// Deploy even if this check fails, like a name in the bundle's variable `piq_override`; may be repeated
    #[arg(long = "override", value_name = "CHECK")]
    overrides: Vec<String>,
    /// Name the branch that is deployed, if neither the repository nor the CI's variables name it
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Also compare permissions and grants with the workspace, to find changes made there
    #[arg(long)]
    refresh: bool,
    /// Run every task that needs a cluster on this one, instead of the target's `cluster_id`
    #[arg(short, long, value_name = "ID", alias = "compute-id")]
    cluster_id: Option<String>,
    /// Fail if a job of the bundle is running, like `bundle.deployment.fail_on_active_runs`
    #[arg(long)]
    fail_on_active_runs: bool,
    #[command(flatten)]
    lock: LockArgs,
    /// Print the number of requests, round trips and bytes, and the time
    #[arg(long)]
    stats: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_deploy(context: &Context, args: &DeployArgs) -> Result<ExitCode, Failure> {
    let mut project = load_project(context)?;
    if let Some(cluster) = &args.cluster_id {
        project.loaded = project.loaded.on_cluster(cluster);
    }
    in_session(context, project, args.workspace.session().with_state(), async |session, signals| {
        let report = run(context, args, session, signals).await?;
        let shown = show(context, args.stats, &report)?;
        hooks::run(context, &session.project, Hook::PostDeploy)?;
        Ok(shown)
    })
}

async fn run(
    context: &Context,
    args: &DeployArgs,
    session: &Session,
    signals: &Signals,
) -> Result<DeployReport, Failure> {
    let overrides = Overrides::read(&session.project, &args.overrides, args.force)?;
    check_git_source(context, &session.project, args.branch.as_deref(), &overrides)?;
    prepare_local(context, session).await?;
    if args.fail_on_active_runs || session.project.fail_on_active_runs {
        no_active_runs(session).await?;
    }
    let commit = read_source(&session.project, &context.env).commit;
    let expected = args.plan.as_deref().map(read_plan).transpose()?;
    let options = Options {
        lock: args.lock.options(context, session),
        allow_delete: args.allow_delete,
        select: args.select.clone(),
        expected,
        force: args.force,
        refresh: args.refresh,
        ahead: session.ahead.clone(),
        cancel: signals.cancel.clone(),
    };
    deploy(context, session, &options, &overrides, commit).await
}

/// Builds and deploys. The script before the deploy runs after all checks that need no workspace; it may write files
/// that are deployed.
pub(crate) async fn deploy(
    context: &Context,
    session: &Session,
    options: &Options,
    overrides: &Overrides,
    commit: Option<String>,
) -> Result<DeployReport, Failure> {
    let built = session.build(context, overrides)?;
    let mut desired = session.desired(&built)?;
    context.out.findings(&desired.warnings);
    if hooks::has(&session.project, Hook::PreDeploy) {
        hooks::run(context, &session.project, Hook::PreDeploy)?;
        desired = session.desired(&built)?;
    }
    desired.commit = commit;
    Ok(piq_deploy::deploy(&session.workspace, &desired, options, &Lines::new(&context.out, !context.out.quiet()))
        .await?)
}

async fn no_active_runs(session: &Session) -> Result<(), Failure> {
    let summary = read_summary(session).await?;
    for job in summary.resources.iter().filter(|r| r.kind == "jobs") {
        let Some(id) = job.id.as_ref().and_then(|id| id.parse().ok()) else { continue };
        let runs = session.workspace.active_runs(id).await?;
        if let Some(run) = runs.first() {
            let text = format!("run {} of job `{}` is in progress; nothing was changed", run.id, job.key);
            return Err(Failure::refused(text).hint("wait for the run, or cancel it with `piq run --cancel`"));
        }
    }
    Ok(())
}

pub(crate) fn show(context: &Context, with_stats: bool, report: &DeployReport) -> Result<ExitCode, Failure> {
    context.out.report(report, |report| {
        let c = report.changes;
        let release = report.release.as_ref().map(|r| format!(", release {r}")).unwrap_or_default();
        let stats = if with_stats { format!("{}\n", report.stats) } else { String::new() };
        format!(
            "created {}, updated {}, deleted {}, unchanged {}{release}\n{stats}",
            c.created, c.updated, c.deleted, c.unchanged
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
