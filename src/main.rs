//! The `piq` command: hands the process's arguments and environment to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    piq::cli::main(std::env::args_os(), piq::env::Env::from_process())
}
