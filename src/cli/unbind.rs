//! `piq unbind`

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::deploy::LockArgs;
use super::progress::Lines;
use super::session::{Session, WorkspaceOptions, in_session};
use super::{Context, Failure};
use piq_deploy::{full_name, read_state, unbind};

/// Gives a resource up: it stays in the workspace as it is, and is no longer the bundle's
#[derive(Debug, Clone, Args)]
pub(super) struct UnbindArgs {
    /// The resource, as `KIND.KEY` or `KEY`
    key: String,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Runs `piq unbind`.
///
/// # Errors
/// A key that is not deployed, what the workspace refuses.
pub(super) fn cmd_unbind(context: &Context, args: &UnbindArgs) -> Result<ExitCode, Failure> {
    let (full, id) = in_session(context, &args.workspace, false, async |session, signals| {
        signals.or_stop(run(context, args, session)).await
    })?;
    if context.out.json() {
        context.out.result(&format!("{}\n", json!({"key": full, "id": id})));
    } else {
        context.out.result(&format!("{full} is no longer bound to {id}\n"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn run(context: &Context, args: &UnbindArgs, session: &Session) -> Result<(String, String), Failure> {
    let state = read_state(&session.workspace, &session.site).await?;
    let keys: Vec<String> = state.into_iter().flat_map(|s| s.resources.into_keys()).collect();
    let full = full_name(&args.key, keys.iter())?;
    let lock = args.lock.options(context, session);
    let lines = Lines::new(&context.out, false);
    let id = unbind(&session.workspace, &session.site, &full, &lock, &lines).await?;
    Ok((full, id))
}
