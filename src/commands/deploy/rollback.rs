//! `piq rollback`

use std::process::ExitCode;

use clap::Args;
use piq_deploy::{DeployReport, Options, Rollback, deploy, read_state, rollback};
use piq_diagnostics::{Failure, FailureContext as _};

use crate::commands::deploy::deploy::show;
use crate::context::Context;
use crate::context::lock_args::LockArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::{Session, in_session};
use crate::context::signals::Signals;
use crate::output::progress::Lines;

/// Switch a production target back to an earlier release
///
/// Restores the files, job settings and dashboards of that release, and publishes the dashboards again. Schemas, volumes,
/// warehouses and permissions stay as they are. Runs in progress finish with the release that they started with.
#[derive(Debug, Clone, Args)]
pub(crate) struct RollbackArgs {
    /// Id of the release or its first characters; by default the release before the current one
    release: Option<String>,
    /// Overwrite dashboards that were edited in the workspace
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    lock: LockArgs,
    /// Print the number of requests, round trips and bytes, and the time
    #[arg(long)]
    stats: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_rollback(context: &Context, args: &RollbackArgs) -> Result<ExitCode, Failure> {
    let (project, options) = (load_project(context)?, args.workspace.session_without_lookups());
    let report =
        in_session(context, project, options, async |session, signals| run(context, args, session, signals).await)?;
    show(context, args.stats, &report)
}

async fn run(
    context: &Context,
    args: &RollbackArgs,
    session: &Session,
    signals: &Signals,
) -> Result<DeployReport, Failure> {
    let state = read_state(&session.workspace, &session.site).await?;
    let state = state.with_context(|| format!("nothing is deployed to target `{}`", session.site.target))?;
    let Rollback { desired, notes } = rollback(&state, &session.site, args.release.as_deref())?;
    notes.iter().for_each(|note| context.out.log(note));
    let options =
        Options { force: args.force, ..Options::new(args.lock.options(context, session), signals.cancel.clone()) };
    Ok(deploy(&session.workspace, &desired, &options, &Lines::new(&context.out, false)).await?)
}
