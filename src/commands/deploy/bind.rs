//! `piq bind`

use std::process::ExitCode;

use clap::Args;
use clap_complete::ArgValueCompleter;
use piq_deploy::{bind, build_resources, full_name};
use piq_diagnostics::Failure;
use serde_json::json;

use crate::context::Context;
use crate::context::complete::resource_keys;
use crate::context::lock_args::LockArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::output::progress::Lines;

/// Manage an existing resource of the workspace: the next deploy updates it instead of creating another
#[derive(Debug, Clone, Args)]
pub(crate) struct BindArgs {
    /// Resource in the bundle, as `KIND.KEY` or `KEY`
    #[arg(add = ArgValueCompleter::new(resource_keys))]
    key: String,
    /// Id in the workspace; the full name of a schema or a volume
    id: String,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_bind(context: &Context, args: &BindArgs) -> Result<ExitCode, Failure> {
    let (full, name) =
        read_in_session(context, load_project(context)?, args.workspace.session_without_lookups(), async |session| {
            run(context, args, session).await
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
