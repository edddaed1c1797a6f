//! `piq unbind`

use std::process::ExitCode;

use clap::Args;
use clap_complete::ArgValueCompleter;
use piq_deploy::{full_name, read_state, unbind};
use piq_diagnostics::Failure;
use serde_json::json;

use crate::context::Context;
use crate::context::complete::resource_keys;
use crate::context::lock_args::LockArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::output::progress::Lines;

/// Stop managing a resource; leave it in the workspace
#[derive(Debug, Clone, Args)]
pub(crate) struct UnbindArgs {
    /// Resource in the bundle, as `KIND.KEY` or `KEY`
    #[arg(add = ArgValueCompleter::new(resource_keys))]
    key: String,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_unbind(context: &Context, args: &UnbindArgs) -> Result<ExitCode, Failure> {
    let (full, id) =
        read_in_session(context, load_project(context)?, args.workspace.session_without_lookups(), async |session| {
            run(context, args, session).await
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
