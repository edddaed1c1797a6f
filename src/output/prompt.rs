//! Questions to a person at a terminal, on standard error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Input, Select};
use piq_diagnostics::{Failure, FailureContext as _};

use crate::context::signals::Signals;

/// Whether somebody can be asked.
pub(crate) fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a text until it fits; Enter takes the default.
pub(crate) fn ask_text(
    question: &str,
    default: &str,
    check: fn(&str) -> Result<(), String>,
) -> Result<String, Failure> {
    let theme = ColorfulTheme::default();
    let input = Input::<String>::with_theme(&theme)
        .with_prompt(question)
        .default(default.to_owned())
        .validate_with(|text: &String| check(text));
    answered(input.interact_text())
}

/// Asks for one of several lines, by its number from 0.
pub(crate) fn ask_choice(question: &str, lines: &[&str], default: usize) -> Result<usize, Failure> {
    let theme = ColorfulTheme::default();
    answered(Select::with_theme(&theme).with_prompt(question).items(lines).default(default).interact())
}

/// Lets a person answer until a signal comes, and leaves the terminal as it was.
pub(crate) async fn until_signal<T: Send + 'static>(
    signals: &Signals,
    ask: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // a thread that waits for a key cannot be ended: the process ends without it
    std::thread::spawn(move || sender.send(ask()));
    let answer = async { receiver.await.context("nobody answers")? };
    signals.or_stop(answer).await.inspect_err(|_| {
        // a list of lines hides the cursor
        let _ = write!(anstream::stderr(), "\x1b[?25h");
    })
}

fn answered<T>(result: dialoguer::Result<T>) -> Result<T, Failure> {
    match result {
        Err(dialoguer::Error::IO(e)) if e.kind() == ErrorKind::Interrupted => Err(Failure::interrupted()),
        other => other.context("cannot read the answer"),
    }
}
