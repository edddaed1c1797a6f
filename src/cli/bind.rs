//! `piq bind`

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::deploy::LockArgs;
use super::progress::Lines;
use super::session::{Session, WorkspaceOptions, in_session};
use super::{Context, Failure};
use piq_deploy::{bind, build_resources, full_name};

/// Takes over a resource that is in the workspace already: the next deploy changes it instead of creating another
#[derive(Debug, Clone, Args)]
pub(super) struct BindArgs {
    /// The resource in the bundle, as `KIND.KEY` or `KEY`
    key: String,
    /// The id in the workspace; of a schema or a volume its full name
    id: String,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Runs `piq bind`.
///
/// # Errors
/// A key that the bundle has not, an id that the workspace has not, a key that is bound already.
pub(super) fn cmd_bind(context: &Context, args: &BindArgs) -> Result<ExitCode, Failure> {
    let (full, name) = in_session(context, &args.workspace, false, async |session, signals| {
        signals.or_stop(run(context, args, session)).await
    })?;
    if context.out.json() {
        context.out.result(&format!("{}\n", json!({"key": full, "id": args.id, "name": name})));
    } else {
        context.out.result(&format!("{full} is bound to {} \"{name}\"\n", args.id));
    }
    Ok(ExitCode::SUCCESS)
}

async fn run(context: &Context, args: &BindArgs, session: &Session) -> Result<(String, String), Failure> {
    let wanted = build_resources(&session.project, &session.site);
    let full = full_name(&args.key, wanted.keys())?;
    let lock = args.lock.options(context, session);
    let lines = Lines::new(&context.out, false);
    let name = bind(&session.workspace, &session.site, &full, &wanted[&full], &args.id, &lock, &lines).await;
    Ok((full, name?))
}
