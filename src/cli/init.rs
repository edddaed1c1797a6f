//! `piq init`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{Context, Failure};
use pipelineiq::starter;

/// Writes the PipelineIQ project, complete, into a folder: bundle, SQL, templates and dashboards are yours to edit
#[derive(Debug, Clone, Args)]
pub(super) struct InitArgs {
    /// The folder; it is created if needed, and must not hold a project yet
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// Runs `piq init`.
///
/// # Errors
/// The folder holds something of the project already, or cannot be written.
pub(super) fn cmd_init(context: &Context, args: &InitArgs) -> Result<ExitCode, Failure> {
    let folder = match &context.global.directory {
        Some(start) => start.join(&args.folder),
        None => args.folder.clone(),
    };
    let files = starter::write(&folder)?;
    if context.out.json() {
        context.out.result(&format!("{}\n", json!({"dir": folder, "files": files})));
    } else {
        context.out.talk(&format!("wrote the PipelineIQ project to {} ({} files)", folder.display(), files.len()));
        context.out.talk("next: `piq demo` runs it on this machine");
    }
    Ok(ExitCode::SUCCESS)
}
