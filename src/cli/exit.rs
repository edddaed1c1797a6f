//! Exit codes and how failures are reported. 0 done; 1 the project or the workspace refused; 2 usage;
//! 3 changes pending; 4 authentication; 130 interrupted.

use std::process::ExitCode;

use super::Context;
use piq_diagnostics::{Diagnostics, render};

/// Why a command stops.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The project is wrong: exit 1.
    Diagnostics(Diagnostics),
    /// The workspace, the machine or a file refused: exit 1. The error chain is shown.
    Other(anyhow::Error),
    /// The arguments do not fit together: exit 2.
    Usage(String),
    /// No way to authenticate worked: exit 4. The text says what was tried.
    Auth(String),
    /// The user interrupted: exit 130.
    Interrupted,
}

impl Failure {
    /// What went wrong, in words.
    pub(crate) fn message(&self) -> String {
        match self {
            Failure::Diagnostics(d) => d.0.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("; "),
            Failure::Other(e) => format!("{e:#}"),
            Failure::Usage(text) | Failure::Auth(text) => text.clone(),
            Failure::Interrupted => "interrupted".to_owned(),
        }
    }

    /// Writes the failure to standard error (diagnostics in JSON form too: results alone go to standard output).
    pub(crate) fn report(&self, context: &Context) -> ExitCode {
        let out = &context.out;
        match self {
            Failure::Diagnostics(d) => {
                out.raw_error(&render(&d.0, context.global.output().diagnostics()));
                ExitCode::from(1)
            }
            Failure::Other(e) => {
                out.error(&format!("{e:#}"));
                ExitCode::from(1)
            }
            Failure::Usage(text) => {
                out.error(text);
                ExitCode::from(2)
            }
            Failure::Auth(text) => {
                out.error(text);
                ExitCode::from(4)
            }
            Failure::Interrupted => {
                out.error("interrupted");
                ExitCode::from(130)
            }
        }
    }
}

impl From<Diagnostics> for Failure {
    fn from(d: Diagnostics) -> Self {
        Failure::Diagnostics(d)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(e: anyhow::Error) -> Self {
        Failure::Other(e)
    }
}

/// Exit code of what clap answered: help and version are not failures.
pub(super) fn usage(e: &clap::Error) -> ExitCode {
    ExitCode::from(u8::try_from(e.exit_code()).unwrap_or(2))
}
