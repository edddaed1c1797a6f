//! `piq completions`: what a shell needs to complete commands.

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use super::{Cli, Context, Failure};

/// Prints the completions for a shell
///
/// For bash: `piq completions bash > ~/.local/share/bash-completion/completions/piq`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Runs `piq completions`.
///
/// # Errors
/// None.
pub(super) fn cmd_completions(context: &Context, args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "piq", &mut script);
    context.out.result(&String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}
