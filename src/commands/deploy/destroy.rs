//! `piq destroy`

use std::process::ExitCode;

use clap::Args;
use piq_deploy::{DestroyReport, build_resources, destroy, inventory};
use piq_diagnostics::Failure;

use crate::context::Context;
use crate::context::lock_args::LockArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::{Session, in_session};
use crate::context::signals::Signals;
use crate::output::printer::confirm;
use crate::output::progress::Lines;

/// Delete everything that is deployed to a target: resources, files, state
#[derive(Debug, Clone, Args)]
pub(crate) struct DestroyArgs {
    /// Delete without asking
    #[arg(long)]
    auto_approve: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_destroy(context: &Context, args: &DestroyArgs) -> Result<ExitCode, Failure> {
    let (project, options) = (load_project(context)?, args.workspace.session_without_lookups());
    let report =
        in_session(context, project, options, async |session, signals| run(context, args, session, signals).await)?;
    context.out.report(&report, |report| {
        let deleted: String = report.deleted.iter().chain(&report.folders).map(|k| format!("deleted {k}\n")).collect();
        if deleted.is_empty() { "nothing is deployed\n".to_owned() } else { deleted }
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn run(
    context: &Context,
    args: &DestroyArgs,
    session: &Session,
    signals: &Signals,
) -> Result<DestroyReport, Failure> {
    let (workspace, site) = (&session.workspace, &session.site);
    let wanted = build_resources(&session.project, site);
    let found = signals.or_stop(async { Ok(inventory(workspace, site, &wanted).await?) }).await?;
    let kept: Vec<&String> =
        wanted.iter().filter(|(k, w)| w.prevent_destroy && found.resources.contains_key(*k)).map(|(k, _)| k).collect();
    if let Some(key) = kept.first() {
        return Err(Failure::refused(format!("`{key}` has `lifecycle.prevent_destroy`; nothing was deleted"))
            .hint("remove it from the bundle first"));
    }
    if !args.auto_approve {
        for key in found.resources.keys() {
            let all = if key.starts_with("schemas.") { " with everything in it" } else { "" };
            context.out.log(&format!("delete {key}{all}"));
        }
        context.out.log(&format!("delete the folder {}", site.root));
        if !confirm("Delete all this?") {
            return Err(Failure::refused("nothing was deleted").hint("confirm at a terminal, or pass `--auto-approve`"));
        }
    }
    let lock = args.lock.options(context, session);
    Ok(destroy(workspace, site, &found, &lock, &signals.cancel, &Lines::new(&context.out, false)).await?)
}
