//! `piq rollback`

use std::process::ExitCode;

use clap::Args;

use super::deploy::{LockArgs, show};
use super::progress::Lines;
use super::session::{Session, WorkspaceOptions, in_session};
use super::{Context, Failure, signals};
use piq_deploy::{Options, Report, Rollback, deploy, read_state, rollback};

/// Puts an earlier release of a production target in force again
///
/// Files, job settings and dashboards become those of that release; dashboards are published again. Schemas, volumes,
/// warehouses and permissions stay as they are. Runs in progress go on with the release that they started with.
#[derive(Debug, Clone, Args)]
pub(super) struct RollbackArgs {
    /// Id of the release, or how it begins; the one before that in force if left out
    release: Option<String>,
    /// Overwrite dashboards that were edited in the workspace
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    lock: LockArgs,
    /// Shows what it cost: requests, sequential round trips, bytes, time
    #[arg(long)]
    stats: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Runs `piq rollback`.
///
/// # Errors
/// No such release, a release whose files are gone, a workspace that refuses.
pub(super) fn cmd_rollback(context: &Context, args: &RollbackArgs) -> Result<ExitCode, Failure> {
    let report = in_session(context, &args.workspace, false, async |session, signals| {
        run(context, args, session, signals).await
    })?;
    show(context, args.stats, &report)
}

async fn run(
    context: &Context,
    args: &RollbackArgs,
    session: &Session,
    signals: &signals::Signals,
) -> Result<Report, Failure> {
    let state = read_state(&session.workspace, &session.site).await?;
    let Some(state) = state else {
        let text = format!("nothing is deployed to target `{}`", session.site.target);
        return Err(Failure::refused(text));
    };
    let Rollback { desired, notes } = rollback(&state, &session.site, args.release.as_deref())?;
    notes.iter().for_each(|note| context.out.talk(note));
    let options =
        Options { force: args.force, ..Options::new(args.lock.options(context, session), signals.cancel.clone()) };
    deploy(&session.workspace, &desired, &options, &Lines::new(&context.out, false)).await.map_err(Failure::from)
}
