//! `piq doctor`: what stands in the way on this machine, and in the source.

mod machine;
mod source;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::session::WorkspaceOptions;
use super::{Context, Failure};

/// Checks this machine and the way to the workspace, or the source
///
/// Exit code: 0 nothing stands in the way; 1 something does, and what to do about it is shown.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct DoctorArgs {
    #[command(subcommand)]
    command: Option<DoctorCommand>,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

#[derive(Debug, Clone, Subcommand)]
enum DoctorCommand {
    Source(SourceArgs),
}

/// Checks the table of use cases: its columns beside those that the pipeline needs, and what is in them
///
/// Shows how each column of the contract is mapped, the share of NULLs, the stages and statuses found, and which of
/// them the pipeline does not know. Reads only. Exit code: 0 the pipeline can run on it; 1 it cannot.
#[derive(Debug, Clone, Args)]
struct SourceArgs {
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Runs `piq doctor`.
///
/// # Errors
/// A source that cannot be asked. What is wrong with the machine is a result, not an error.
pub(super) fn cmd_doctor(context: &Context, args: &DoctorArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        None => machine::check(context, &args.workspace),
        Some(DoctorCommand::Source(source)) => source::check(context, &source.workspace),
    }
}
