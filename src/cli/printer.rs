//! The only place that writes to the terminal: results to standard output, talk to standard error.

use std::io::Write;
use std::process::ExitCode;

use super::Output;
use piq_diagnostics::Failure;

/// Writes results and talk. A closed pipe is not an error: what is left to say has no reader.
#[derive(Debug, Clone)]
pub(crate) struct Printer {
    output: Output,
    quiet: bool,
    debug: bool,
}

impl Printer {
    /// A printer for the chosen form.
    pub(crate) fn new(output: Output, quiet: bool, debug: bool) -> Self {
        Self { output, quiet, debug }
    }

    /// Whether every request is shown.
    pub(crate) fn debugs(&self) -> bool {
        self.debug
    }

    /// What is only wanted with `--debug`, to standard error.
    pub(crate) fn debug(&self, line: &str) {
        if self.debug {
            let _ = writeln!(anstream::stderr(), "debug: {line}");
        }
    }

    /// Whether only what went wrong is said.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether results are wanted as JSON.
    pub(crate) fn json(&self) -> bool {
        self.output == Output::Json
    }

    /// A result, to standard output.
    pub(crate) fn result(&self, text: &str) {
        let mut out = anstream::stdout().lock();
        let _ = out.write_all(text.as_bytes());
        let _ = out.flush();
    }

    /// Progress and remarks, to standard error; silent with `--quiet`.
    pub(crate) fn talk(&self, line: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{line}");
        }
    }

    /// Why a command stops, to standard error in every form: results alone go to standard output.
    pub(crate) fn failure(&self, failure: &Failure) -> ExitCode {
        self.raw_error(&failure.render(self.output.diagnostics(), self.debug));
        ExitCode::from(failure.kind.exit_code())
    }

    /// An error of one line or more, to standard error.
    pub(crate) fn error(&self, text: &str) {
        let _ = writeln!(anstream::stderr(), "error: {text}");
    }

    /// Text that is complete as it is, to standard error.
    pub(crate) fn raw_error(&self, text: &str) {
        let _ = write!(anstream::stderr(), "{text}");
    }
}
