//! `piq deploy`

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use piq_diagnostics::FailureContext as _;

use super::holder::{alive, holder};
use super::progress::Lines;
use super::session::{Session, WorkspaceOptions, in_session_of, project};
use super::tables::prepare_local;
use super::{Context, Failure, hooks, signals};
use piq_bundle::Hook;
use piq_databricks::workspace::Runs as _;
use piq_deploy::{LockOptions, Options, Report};

/// Deploys the bundle of a target: uploads its files, creates and changes its resources
///
/// Nothing is written when nothing changed. With `-o json` the last line of standard output is
/// `{"changes":{"created","updated","deleted","unchanged"},"release","stats":{…}}`.
#[derive(Debug, Clone, Args)]
pub(super) struct DeployArgs {
    /// Deletes resources that the bundle no longer has, without asking
    #[arg(long, visible_alias = "auto-approve")]
    allow_delete: bool,
    /// Deploys only this resource and those that it refers to, as `KIND.KEY` or `KEY`; may be repeated
    #[arg(long, value_name = "KEY")]
    select: Vec<String>,
    /// Carries out the plan in this file, and no other: refused if anything moved since
    #[arg(long, value_name = "FILE")]
    plan: Option<std::path::PathBuf>,
    /// Overrides a check that forbids the deploy, and says which
    #[arg(long)]
    force: bool,
    /// Reads permissions and grants in the workspace too, so that changes made there are found
    #[arg(long)]
    refresh: bool,
    /// Lets every task that asks for a cluster run on this one, in place of the target's `cluster_id`
    #[arg(short, long, value_name = "ID", alias = "compute-id")]
    cluster_id: Option<String>,
    /// Deploys nothing while a run of the bundle's jobs is in progress, as `bundle.deployment.fail_on_active_runs` does
    #[arg(long)]
    fail_on_active_runs: bool,
    #[command(flatten)]
    lock: LockArgs,
    /// Shows what the deploy cost: requests, sequential round trips, bytes, time
    #[arg(long)]
    stats: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// How long to wait for another deploy.
#[derive(Debug, Clone, Args)]
pub(super) struct LockArgs {
    /// How long to wait for another deploy of the target, such as `30s` or `5m`
    #[arg(long, value_parser = super::workspace::duration, default_value = "5m", value_name = "TIME")]
    lock_timeout: Duration,
    /// Takes the lock of another deploy over at once, whoever holds it: that deploy stops
    #[arg(long)]
    force_lock: bool,
}

impl LockArgs {
    pub(super) fn options(&self, context: &Context, session: &Session) -> LockOptions {
        let options = LockOptions::new(holder(&context.env, &session.me.user_name), self.lock_timeout, Arc::new(alive));
        LockOptions { forced: self.force_lock, ..options }
    }
}

/// Runs `piq deploy`.
///
/// # Errors
/// A bundle with errors, a workspace that refuses, a lock that is held, deletions that nobody approved.
pub(super) fn cmd_deploy(context: &Context, args: &DeployArgs) -> Result<ExitCode, Failure> {
    let mut project = project(context)?;
    if let Some(cluster) = &args.cluster_id {
        project.loaded = project.loaded.on_cluster(cluster);
    }
    in_session_of(context, project, &args.workspace, true, async |session, signals| {
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
    signals: &signals::Signals,
) -> Result<Report, Failure> {
    super::source::guard(context, &session.project, args.force)?;
    prepare_local(context, session).await?;
    if args.fail_on_active_runs || session.project.fail_on_active_runs {
        no_active_runs(session).await?;
    }
    let commit = super::source::read(&session.project, &context.env).commit;
    let expected = args.plan.as_deref().map(super::plan::read).transpose()?;
    let options = Options {
        lock: args.lock.options(context, session),
        allow_delete: args.allow_delete,
        select: args.select.clone(),
        expected,
        force: args.force,
        refresh: args.refresh,
        cancel: signals.cancel.clone(),
    };
    deploy(context, session, &options, commit).await
}

/// Builds and deploys. The script before the deploy runs when all that can be checked without the workspace is; it may
/// make files that are deployed.
pub(super) async fn deploy(
    context: &Context,
    session: &Session,
    options: &Options,
    commit: Option<String>,
) -> Result<Report, Failure> {
    let built = session.build(context)?;
    let mut desired = session.desired(&built)?;
    if hooks::has(&session.project, Hook::PreDeploy) {
        hooks::run(context, &session.project, Hook::PreDeploy)?;
        desired = session.desired(&built)?;
    }
    desired.commit = commit;
    piq_deploy::deploy(&session.workspace, &desired, options, &Lines::new(&context.out, true))
        .await
        .map_err(Failure::from)
}

/// Refuses to deploy while a run is in progress.
async fn no_active_runs(session: &Session) -> Result<(), Failure> {
    let summary = super::status::read(session).await?;
    for job in summary.resources.iter().filter(|r| r.kind == "jobs") {
        let Some(id) = job.id.as_ref().and_then(|id| id.parse().ok()) else { continue };
        let runs = session.workspace.active_runs(id).await?;
        if let Some(run) = runs.first() {
            let text = format!("run {} of job `{}` is in progress; nothing was changed", run.id, job.key);
            return Err(Failure::refused(text));
        }
    }
    Ok(())
}

/// Shows what a deploy did.
pub(super) fn show(context: &Context, with_stats: bool, report: &Report) -> Result<ExitCode, Failure> {
    if context.out.json() {
        let line = serde_json::to_string(report).context("cannot write the result as JSON")?;
        context.out.result(&format!("{line}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let c = report.changes;
    let release = report.release.as_ref().map(|r| format!(", release {r}")).unwrap_or_default();
    context.out.result(&format!(
        "created {}, updated {}, deleted {}, unchanged {}{release}\n",
        c.created, c.updated, c.deleted, c.unchanged
    ));
    if with_stats {
        context.out.result(&format!("{}\n", report.stats));
    }
    Ok(ExitCode::SUCCESS)
}
