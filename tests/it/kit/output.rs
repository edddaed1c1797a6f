//! What a command said.

use std::process::{Command, Output};

use serde_json::Value;

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn code(out: &Output) -> i32 {
    out.status.code().unwrap_or_else(|| panic!("killed: {}", text(&out.stderr)))
}

/// Standard output and standard error in one.
pub(crate) fn said(out: &Output) -> String {
    text(&out.stdout) + &text(&out.stderr)
}

/// Everything that a user sees of a command, for an inline snapshot.
pub(crate) fn whole(out: &Output) -> String {
    format!("exit code: {}\n--- stdout\n{}--- stderr\n{}", code(out), text(&out.stdout), text(&out.stderr))
}

/// The JSON result of a command that must have succeeded.
pub(crate) fn good(out: &Output) -> Value {
    assert_eq!(code(out), 0, "{}", said(out));
    let stdout = text(&out.stdout);
    serde_json::from_str(stdout.lines().last().unwrap_or_default()).expect("JSON")
}

/// Runs a command that must succeed.
pub(crate) fn ended_well(command: &mut Command) -> Output {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?} does not start: {e}"));
    assert!(out.status.success(), "{command:?} failed:\n{}", said(&out));
    out
}
