//! `piq completions`

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};
use piq_diagnostics::Failure;

use crate::commands::Cli;
use crate::context::Context;

/// Print the completion script of a shell
///
/// For bash: `piq completions bash > ~/.local/share/bash-completion/completions/piq`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to complete for
    shell: Shell,
}

pub(crate) fn cmd_completions(context: &Context, args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "piq", &mut script);
    context.out.result(&String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}
