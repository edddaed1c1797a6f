//! `piq open`

use std::process::ExitCode;

use clap::Args;
use clap_complete::ArgValueCompleter;
use piq_deploy::full_name;
use piq_diagnostics::Failure;
use serde_json::json;

use crate::commands::look::status::read_summary;
use crate::context::Context;
use crate::context::complete::resource_keys;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::read_in_session;

/// Open a deployed resource in the browser
#[derive(Debug, Clone, Args)]
pub(crate) struct OpenArgs {
    /// Resource to open, as `KIND.KEY` or `KEY`; optional if there is only one
    #[arg(add = ArgValueCompleter::new(resource_keys))]
    key: Option<String>,
    /// Print the address only
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_open(context: &Context, args: &OpenArgs) -> Result<ExitCode, Failure> {
    let options = args.workspace.session_without_lookups();
    let summary = read_in_session(context, load_project(context)?, options, async |s| read_summary(s).await)?;
    let keys: Vec<String> = summary.resources.iter().map(|r| format!("{}.{}", r.kind, r.key)).collect();
    let full = match (&args.key, keys.as_slice()) {
        (Some(key), keys) => full_name(key, keys.iter())?,
        (None, [only]) => only.clone(),
        (None, keys) => {
            return Err(
                Failure::usage("expected the key of a resource").hint(format!("available: {}", keys.join(", ")))
            );
        }
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
        context.out.log("cannot start a browser: open the address yourself");
    }
    Ok(ExitCode::SUCCESS)
}
