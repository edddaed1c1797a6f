//! `piq init`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use pipelineiq::starter;
use piq_diagnostics::Failure;
use serde_json::json;

use crate::context::Context;

/// Write the complete PipelineIQ project into a folder: bundle, SQL, templates and dashboards
#[derive(Debug, Clone, Args)]
pub(crate) struct InitArgs {
    /// Folder to write to; created if it does not exist, and must not have a project yet
    #[arg(default_value = ".")]
    folder: PathBuf,
}

pub(crate) fn cmd_init(context: &Context, args: &InitArgs) -> Result<ExitCode, Failure> {
    let folder = match &context.global.directory {
        Some(start) => start.join(&args.folder),
        None => args.folder.clone(),
    };
    let files = starter::write(&folder)?;
    if context.out.json() {
        context.out.result(&format!("{}\n", json!({"dir": folder, "files": files})));
    } else {
        context.out.log(&format!("wrote the PipelineIQ project to {} ({} files)", folder.display(), files.len()));
        context.out.log("next: run it on this machine with `piq demo`");
    }
    Ok(ExitCode::SUCCESS)
}
