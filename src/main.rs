//! The `piq` command: hands the process's arguments and environment to the command line.

mod commands;
mod context;
mod output;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::main(std::env::args_os(), piq_diagnostics::env::Env::from_process())
}
