//! `piq status`

use std::process::ExitCode;

use clap::Args;
use piq_deploy::{Summary, build_resources, summary};
use piq_diagnostics::Failure;

use crate::context::Context;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};

/// Show what is deployed to a target, with ids and addresses
#[derive(Debug, Clone, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) workspace: WorkspaceOptions,
}

pub(crate) fn cmd_status(context: &Context, args: &StatusArgs) -> Result<ExitCode, Failure> {
    let options = args.workspace.session_without_lookups();
    let found = read_in_session(context, load_project(context)?, options, async |s| read_summary(s).await)?;
    context.out.report(&found, summary_text)?;
    Ok(ExitCode::SUCCESS)
}

/// What is deployed, beside what the bundle wants.
pub(crate) async fn read_summary(session: &Session) -> Result<Summary, Failure> {
    let wanted = build_resources(&session.project, &session.site);
    Ok(summary(&session.workspace, &session.site, &wanted).await?)
}

fn summary_text(s: &Summary) -> String {
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
