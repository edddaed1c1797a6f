//! The only place that writes to the terminal: results to standard output, everything else to standard error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use piq_diagnostics::{Diagnostic, Failure, FailureContext as _, render};
use serde::Serialize;

use crate::output::format::OutputFormat;
use crate::output::wrap::{hanging, log_width, prose_width};

/// Writes results and logs. A closed pipe is not an error: nobody reads what is left.
#[derive(Debug, Clone)]
pub(crate) struct Printer {
    format: OutputFormat,
    quiet: bool,
    debug: bool,
    /// Why a result is not written, such as a disk that is full.
    lost: Arc<Mutex<Option<String>>>,
}

impl Printer {
    pub(crate) fn new(format: OutputFormat, quiet: bool, debug: bool) -> Self {
        Self { format, quiet, debug, lost: Arc::default() }
    }

    /// One that prints no progress; what it prints counts as printed by this one.
    pub(crate) fn calm(&self) -> Self {
        Self { quiet: !self.debug, ..self.clone() }
    }

    pub(crate) fn debugs(&self) -> bool {
        self.debug
    }

    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    pub(crate) fn json(&self) -> bool {
        self.format == OutputFormat::Json
    }

    /// A result, to standard output.
    pub(crate) fn result(&self, text: &str) {
        self.write(anstream::stdout().lock(), text);
    }

    /// Prose, to standard output: broken between words at the width of its terminal.
    pub(crate) fn prose(&self, text: &str) {
        self.result(&hanging(text, prose_width()));
    }

    /// Data whose every byte counts, to standard output: no style is taken out of it.
    pub(crate) fn data(&self, text: &str) {
        self.write(std::io::stdout().lock(), text);
    }

    fn write(&self, mut out: impl std::io::Write, text: &str) {
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        if let Err(e) = written.or_else(|e| if e.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(e) }) {
            *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(e.to_string());
        }
    }

    /// Why a result could not be written, if one could not.
    pub(crate) fn lost(&self) -> Option<Failure> {
        let why = self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(Failure::refused(format!("cannot write the result: {why}")))
    }

    /// A result as one JSON document, or as text.
    pub(crate) fn report<T: Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        if self.json() {
            let line = serde_json::to_string(value).context("cannot write the result as JSON")?;
            self.result(&format!("{line}\n"));
        } else {
            self.result(&text(value));
        }
        Ok(())
    }

    /// Progress and remarks, to standard error, broken between words at a terminal; silent with `--quiet`.
    pub(crate) fn log(&self, line: &str) {
        if !self.quiet {
            let line = log_width().map_or_else(|| line.to_owned(), |width| hanging(line, width));
            let _ = writeln!(anstream::stderr(), "{line}");
        }
    }

    /// What only `--debug` shows, to standard error.
    pub(crate) fn debug(&self, line: &str) {
        if self.debug {
            let _ = writeln!(anstream::stderr(), "debug: {line}");
        }
    }

    /// Findings in the chosen format, to standard error.
    pub(crate) fn findings(&self, found: &[Diagnostic]) {
        self.error_text(&render(found, self.format.diagnostics()));
    }

    /// Why a command stops, to standard error in every format: standard output holds results only.
    pub(crate) fn failure(&self, failure: &Failure) -> ExitCode {
        self.error_text(&failure.render(self.format.diagnostics(), self.debug));
        ExitCode::from(failure.kind.exit_code())
    }

    /// Text that ends its own lines, to standard error.
    pub(crate) fn error_text(&self, text: &str) {
        let _ = write!(anstream::stderr(), "{text}");
    }
}

/// Asks a person at a terminal; without a terminal nobody says yes.
pub(crate) fn confirm(question: &str) -> bool {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return false;
    }
    let _ = write!(anstream::stderr(), "{question} [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
