//! `piq status`

use std::process::ExitCode;

use clap::Args;
use piq_diagnostics::FailureContext as _;

use super::session::{Session, WorkspaceOptions, block_on, project};
use super::{Context, Failure};
use piq_deploy::{Summary, build_resources, summary};

/// Shows what is deployed to a target, with ids and addresses
#[derive(Debug, Clone, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    pub(super) workspace: WorkspaceOptions,
}

/// Runs `piq status`.
///
/// # Errors
/// A bundle with errors, a workspace that refuses.
pub(super) fn cmd_status(context: &Context, args: &StatusArgs) -> Result<ExitCode, Failure> {
    let project = project(context)?;
    let found = block_on(async {
        let session = Session::open_deployed(context, project, &args.workspace).await?;
        let found = read(&session).await;
        session.close().await;
        found
    })??;
    if context.out.json() {
        let line = serde_json::to_string(&found).context("cannot write the result as JSON")?;
        context.out.result(&format!("{line}\n"));
    } else {
        context.out.result(&text(&found));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is deployed.
pub(super) async fn read(session: &Session) -> Result<Summary, Failure> {
    let wanted = build_resources(&session.project, &session.site);
    summary(&session.workspace, &session.site, &wanted).await.map_err(Failure::from)
}

fn text(s: &Summary) -> String {
    let mut out = format!("Bundle {}, target {}\n  workspace  {}\n", s.bundle, s.target, s.host);
    out.push_str(&format!("  user       {}\n  folder     {}\n", s.user, s.root_path));
    match s.serial {
        Some(serial) => out.push_str(&format!("  deploys    {serial}\n")),
        None => out.push_str("  not deployed\n"),
    }
    if let Some(release) = &s.release {
        out.push_str(&format!("  release    {release}\n"));
    }
    for r in &s.resources {
        let at = r.url.as_deref().unwrap_or("not deployed");
        let gone = if r.in_bundle { "" } else { " (no longer in the bundle)" };
        out.push_str(&format!("  {}.{}  {}{gone}\n      {at}\n", r.kind, r.key, r.name));
    }
    out
}
