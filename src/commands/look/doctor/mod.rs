//! `piq doctor`: problems of this machine, the connection and the source.

mod machine;
mod source;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use piq_diagnostics::Failure;

use crate::context::Context;
use crate::context::options::WorkspaceOptions;

/// Check this machine and the connection to the workspace, or the source
///
/// Exit code: 0 no errors; 1 errors, each shown with what to do.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DoctorArgs {
    #[command(subcommand)]
    command: Option<DoctorCommand>,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

#[derive(Debug, Clone, Subcommand)]
enum DoctorCommand {
    Source(SourceArgs),
}

/// Check the table of use cases against the columns that the pipeline needs
///
/// Shows how each column is mapped, its share of NULLs, and the stages and statuses found, with those that the pipeline does
/// not know. Reads only. Exit code: 0 the pipeline can run on it; 1 it cannot.
#[derive(Debug, Clone, Args)]
struct SourceArgs {
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_doctor(context: &Context, args: &DoctorArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        None => machine::check(context, &args.workspace),
        Some(DoctorCommand::Source(source)) => source::check(context, &source.workspace),
    }
}
