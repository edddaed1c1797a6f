//! `piq open`

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::session::{Session, WorkspaceOptions, block_on, project};
use super::{Context, Failure, status};
use piq_deploy::full_name;

/// Opens a deployed resource in the browser
#[derive(Debug, Clone, Args)]
pub(super) struct OpenArgs {
    /// The resource, as `KIND.KEY` or `KEY`; the only one if left out
    key: Option<String>,
    /// Only prints the address
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Runs `piq open`.
///
/// # Errors
/// A key that the bundle has not, a resource that is not deployed, no browser.
pub(super) fn cmd_open(context: &Context, args: &OpenArgs) -> Result<ExitCode, Failure> {
    let project = project(context)?;
    let summary = block_on(async {
        let session = Session::open_deployed(context, project, &args.workspace).await?;
        let found = status::read(&session).await;
        session.close().await;
        found
    })??;
    let keys: Vec<String> = summary.resources.iter().map(|r| format!("{}.{}", r.kind, r.key)).collect();
    let full = match (&args.key, keys.as_slice()) {
        (Some(key), keys) => full_name(key, keys.iter())?,
        (None, [only]) => only.clone(),
        (None, keys) => return Err(Failure::usage(format!("which resource? There is {}", keys.join(", ")))),
    };
    let url = summary.resources.iter().find(|r| format!("{}.{}", r.kind, r.key) == full).and_then(|r| r.url.clone());
    let Some(url) = url else {
        return Err(Failure::refused(format!("`{full}` is not deployed"))
            .hint(format!("run `piq deploy -t {}` first", summary.target)));
    };
    if context.out.json() {
        context.out.result(&format!("{}\n", json!({"key": full, "url": url})));
    } else {
        context.out.result(&format!("{url}\n"));
    }
    if !args.print && !context.out.json() && webbrowser::open(&url).is_err() {
        context.out.talk("no browser could be started: open the address yourself");
    }
    Ok(ExitCode::SUCCESS)
}
