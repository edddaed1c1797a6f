//! piq as a process.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// piq in a folder that is also its home, with nothing of the caller's environment but the search path.
pub(crate) fn piq(folder: &Path, args: &[impl AsRef<OsStr>]) -> Command {
    piq_at(Path::new(env!("CARGO_BIN_EXE_piq")), folder, args)
}

/// The same with another piq.
pub(crate) fn piq_at(program: &Path, folder: &Path, args: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(program);
    alone(&mut command, folder).args(args);
    command
}

/// Gives a program that starts piq the same surroundings.
pub(crate) fn alone<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("XDG_STATE_HOME", folder.join(".piq/state"))
        .stdin(Stdio::null())
}

/// Starts a command that serves, and gives the JSON of its first line: where it is.
pub(crate) fn first_line(command: &mut Command) -> (Running, Value) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("piq starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    (Running(child), serde_json::from_str(&line).expect("the server says where it is"))
}

/// A process that is killed when it is dropped.
pub(crate) struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // it may be gone already
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a signal, `-INT` or another, to a process.
pub(crate) fn signal(signal: &str, process: u32) {
    let sent = Command::new("kill").args([signal, &process.to_string()]).status().expect("kill");
    assert!(sent.success(), "no process {process}");
}
