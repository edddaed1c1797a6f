//! `piq doctor`: problems of this machine, the connection and the source.

mod machine;
mod probe;
mod source;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use piq_diagnostics::Failure;

use crate::context::Context;
use crate::context::options::WorkspaceOptions;

/// Check this machine and the connection to the workspace, or the source
///
/// With `--probe`, try what only the workspace itself can say: what each model takes, grants of a replaced view, attempts of a
/// failed task, the right to deploy again. It says what it will do and what that may cost, asks before it spends, writes
/// below a folder, a schema and a job of its own, and deletes them.
///
/// Exit code: 0 no errors; 1 errors, each shown with what to do.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DoctorArgs {
    #[command(subcommand)]
    command: Option<DoctorCommand>,
    #[command(flatten)]
    probe: ProbeArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

#[derive(Debug, Clone, Args)]
struct ProbeArgs {
    /// Try what only the workspace itself can say, for a few cents
    #[arg(long)]
    probe: bool,
    /// Probe without asking
    #[arg(long, requires = "probe")]
    yes: bool,
    /// Write what models take to sql/pipeline.yml
    #[arg(long, requires = "probe")]
    write: bool,
    /// Write the findings to this file [default: .piq/probe-TARGET.json of the project]
    #[arg(long, requires = "probe", value_name = "FILE")]
    report: Option<PathBuf>,
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
        None if args.probe.probe => probe::probe_workspace(context, &args.probe, &args.workspace),
        None => machine::check(context, &args.workspace),
        Some(DoctorCommand::Source(source)) => source::check(context, &source.workspace),
    }
}
