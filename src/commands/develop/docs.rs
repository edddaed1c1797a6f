//! `piq docs`: the reference pages that are made from the code itself.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use piq_diagnostics::env::VARIABLES;
use piq_diagnostics::{Failure, FailureContext as _};

use crate::commands::develop::docs_pipeline::{PipelineArgs, cmd_docs_pipeline};
use crate::commands::develop::man::{ManArgs, cmd_docs_man};
use crate::context::Context;

/// Write the reference pages that come from the code
#[derive(Debug, Clone, Args)]
pub(crate) struct DocsArgs {
    #[command(subcommand)]
    page: Page,
}

#[derive(Debug, Clone, Subcommand)]
enum Page {
    /// Write the page of commands, options and environment variables
    Cli(PageArgs),
    Pipeline(PipelineArgs),
    Man(ManArgs),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct PageArgs {
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Write nothing; exit with code 1 if the file would change
    #[arg(long, requires = "write")]
    check: bool,
}

/// Writes pages about the whole command line, `root`.
pub(crate) fn cmd_docs(context: &Context, args: &DocsArgs, root: clap::Command) -> Result<ExitCode, Failure> {
    match &args.page {
        Page::Cli(page) => page.put(context, &cli_page(root)),
        Page::Pipeline(args) => cmd_docs_pipeline(context, args),
        Page::Man(args) => cmd_docs_man(context, args, root),
    }
}

impl PageArgs {
    /// Writes, prints or checks one page.
    pub(crate) fn put(&self, context: &Context, text: &str) -> Result<ExitCode, Failure> {
        let Some(path) = &self.write else {
            context.out.result(text);
            return Ok(ExitCode::SUCCESS);
        };
        if !self.check {
            std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))?;
            return Ok(ExitCode::SUCCESS);
        }
        let there = std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
        if there == text {
            return Ok(ExitCode::SUCCESS);
        }
        Err(Failure::refused(format!("{} is stale", path.display())).hint("update it with `just docs`"))
    }
}

fn cli_page(mut root: clap::Command) -> String {
    let mut page = String::from(
        "# Commands and environment\n\nWritten by `just docs` from the commands themselves. [reference.md](reference.md) has the exit codes and the formats \
         of JSON results.\n",
    );
    root.build();
    page.push_str("\n## Options of every command\n\n");
    options(&mut page, &root, true);
    for command in root.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        section(&mut page, command, "piq");
    }
    page.push_str("\n## Environment variables\n\n[auth.md](auth.md#settings) has those of authentication.\n\n| variable | meaning |\n|---|---|\n");
    for (name, meaning) in VARIABLES {
        let _ = writeln!(page, "| `{name}` | {meaning} |");
    }
    page
}

fn section(page: &mut String, command: &clap::Command, above: &str) {
    let name = format!("{above} {}", command.get_name());
    let inner: Vec<&clap::Command> =
        command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help").collect();
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(page, "\n## `{name}`\n\n{}\n", about.trim());
    options(page, command, false);
    if let Some(examples) = command.get_after_long_help().map(ToString::to_string) {
        let lines = examples.lines().skip(1).map(str::trim_start).collect::<Vec<_>>().join("\n");
        let _ = write!(page, "\n```sh\n{lines}\n```\n");
    }
    for command in inner {
        section(page, command, &name);
    }
}

/// The table of arguments: the global ones, or those of the command itself.
fn options(page: &mut String, command: &clap::Command, global: bool) {
    let mut rows = String::new();
    for arg in command.get_arguments().filter(|a| !a.is_hide_set() && a.is_global_set() == global) {
        if matches!(arg.get_id().as_str(), "help" | "version") {
            continue;
        }
        let mut names: Vec<String> = Vec::new();
        names.extend(arg.get_short().map(|s| format!("-{s}")));
        names.extend(arg.get_long().map(|l| format!("--{l}")));
        let values = arg.get_value_names().unwrap_or_default();
        let takes = arg.get_action().takes_values();
        let value = values.iter().map(|v| v.to_string()).collect::<Vec<_>>().join(" ");
        let shown = if names.is_empty() {
            value
        } else if takes {
            format!("{} {value}", names.join(", "))
        } else {
            names.join(", ")
        };
        let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        let default: Vec<String> =
            arg.get_default_values().iter().map(|v| format!("`{}`", v.to_string_lossy())).collect();
        let default =
            if takes && !default.is_empty() { format!(" Default: {}.", default.join(", ")) } else { String::new() };
        let _ = writeln!(rows, "| `{shown}` | {help}.{default} |");
    }
    if !rows.is_empty() {
        let _ = write!(page, "| option | meaning |\n|---|---|\n{rows}");
    }
}
