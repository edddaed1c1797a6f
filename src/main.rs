//! The `piq` command: hands the process's arguments and environment to the command line.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main(std::env::args_os(), piq_diagnostics::env::Env::from_process())
}
