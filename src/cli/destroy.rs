//! `piq destroy`

use std::process::ExitCode;

use clap::Args;
use piq_diagnostics::FailureContext as _;

use super::deploy::LockArgs;
use super::progress::{Lines, confirm};
use super::session::{Session, WorkspaceOptions, in_session};
use super::{Context, Failure, signals};
use piq_deploy::{DestroyReport, build_resources, destroy, inventory};

/// Deletes everything that a target deployed: its resources, its files, its state
#[derive(Debug, Clone, Args)]
pub(super) struct DestroyArgs {
    /// Deletes without asking
    #[arg(long)]
    auto_approve: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Runs `piq destroy`.
///
/// # Errors
/// A bundle with errors, a workspace that refuses, a person who says no.
pub(super) fn cmd_destroy(context: &Context, args: &DestroyArgs) -> Result<ExitCode, Failure> {
    let report = in_session(context, &args.workspace, false, async |session, signals| {
        run(context, args, session, signals).await
    })?;
    if context.out.json() {
        let line = serde_json::to_string(&report).context("cannot write the result as JSON")?;
        context.out.result(&format!("{line}\n"));
    } else if report.deleted.is_empty() && report.folders.is_empty() {
        context.out.result("nothing is deployed\n");
    } else {
        for key in report.deleted.iter().chain(&report.folders) {
            context.out.result(&format!("deleted {key}\n"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn run(
    context: &Context,
    args: &DestroyArgs,
    session: &Session,
    signals: &signals::Signals,
) -> Result<DestroyReport, Failure> {
    let (workspace, site) = (&session.workspace, &session.site);
    let wanted = build_resources(&session.project, site);
    let found = signals.or_stop(async { inventory(workspace, site, &wanted).await.map_err(Failure::from) }).await?;
    let kept: Vec<&String> =
        wanted.iter().filter(|(k, w)| w.prevent_destroy && found.resources.contains_key(*k)).map(|(k, _)| k).collect();
    if let Some(key) = kept.first() {
        return Err(Failure::refused(format!("`{key}` has `lifecycle.prevent_destroy`; nothing was deleted"))
            .hint("take that out of the bundle first"));
    }
    if !args.auto_approve {
        for key in found.resources.keys() {
            let all = if key.starts_with("schemas.") { " with everything in it" } else { "" };
            context.out.talk(&format!("delete {key}{all}"));
        }
        context.out.talk(&format!("delete the folder {}", site.root));
        if !confirm("Delete all this?") {
            return Err(Failure::refused("nothing was deleted").hint("pass `--auto-approve`, or say yes at a terminal"));
        }
    }
    let lock = args.lock.options(context, session);
    destroy(workspace, site, &found, &lock, &signals.cancel, &Lines::new(&context.out, false))
        .await
        .map_err(Failure::from)
}
