//! `piq deploy`

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::holder::{alive, holder};
use super::progress::Lines;
use super::session::{Session, WorkspaceOptions, block_on, failure, project};
use super::{Context, Failure, signals};
use crate::deploy::{LockOptions, Options, Report, deploy};
use crate::workspace::Stats;

/// Deploys the bundle of a target: uploads its files, creates and changes its resources
///
/// Nothing is written when nothing changed. With `-o json` the last line of standard output is
/// `{"changes":{"created","updated","deleted","unchanged"},"release","stats":{…}}`.
#[derive(Debug, Clone, Args)]
pub struct DeployArgs {
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
}

impl LockArgs {
    pub(super) fn options(&self, context: &Context, session: &Session) -> LockOptions {
        LockOptions::new(holder(&context.env, &session.me.user_name), self.lock_timeout, Arc::new(alive))
    }
}

/// Runs `piq deploy`.
///
/// # Errors
/// A bundle with errors, a workspace that refuses, a lock that is held, deletions that nobody approved.
pub fn cmd_deploy(context: &Context, args: &DeployArgs) -> Result<ExitCode, Failure> {
    let project = project(context)?;
    let report = block_on(async {
        let signals = signals::listen().context("cannot listen for signals")?;
        let session = signals.or_stop(Session::open(context, project, &args.workspace)).await?;
        let report = run(context, args, &session, &signals).await;
        session.end(&signals).await;
        report
    })??;
    show(context, args.stats, &report)
}

async fn run(
    context: &Context,
    args: &DeployArgs,
    session: &Session,
    signals: &signals::Signals,
) -> Result<Report, Failure> {
    super::source::guard(context, &session.project, args.force)?;
    let mut desired = session.desired(context)?;
    desired.commit = super::source::read(&session.project, &context.env).commit;
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
    let lines = Lines::new(&context.out, true);
    deploy(&session.workspace, &desired, &options, &lines).await.map_err(failure)
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
        context.out.result(&format!("{}\n", stats(&report.stats)));
    }
    Ok(ExitCode::SUCCESS)
}

/// What talking to the workspace cost, for people.
pub(super) fn stats(stats: &Stats) -> String {
    format!(
        "{} requests in {} round trips, {} bytes up, {} bytes down, {:.2} s",
        stats.requests, stats.round_trips, stats.up_bytes, stats.down_bytes, stats.seconds
    )
}
