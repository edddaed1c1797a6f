//! `piq completions`

use std::process::ExitCode;

use clap::Args;
use clap_complete::Shell;
use clap_complete::env::Shells;
use piq_diagnostics::{Failure, FailureContext as _};

use crate::context::Context;

/// Print the completion script of a shell
///
/// The script asks piq for values, so that targets, jobs, dashboards and enrichments of the project complete too.
/// For bash: `piq completions bash > ~/.local/share/bash-completion/completions/piq`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to complete for
    shell: Shell,
}

pub(crate) fn cmd_completions(context: &Context, args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let shells = Shells::builtins();
    let name = args.shell.to_string();
    let shell = shells.completer(&name).with_context(|| format!("cannot complete for {name}"))?;
    let mut script = Vec::new();
    shell.write_registration("COMPLETE", "piq", "piq", "piq", &mut script).context("cannot write the script")?;
    context.out.result(&String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}
