//! Commands that the authors of a bundle wrote: how they are started, and what is said of one that failed.

use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

use piq_diagnostics::env::Env;

/// How much of a failed command's output is shown.
const SHOWN: usize = 4000;

/// A variable of the official CLI: where it is set, a bundle runs no code of its own.
pub const RESTRICTED: &str = "DATABRICKS_BUNDLE_RESTRICTED_CODE_EXECUTION";

/// Why code of a bundle is not run.
pub fn refusal() -> String {
    format!("code of the bundle is not run: `--no-run` was passed, or {RESTRICTED} is set")
}

/// The shell that runs a command that names none: bash, sh, then that of Windows, as the official CLI looks for them
/// (`libs/exec` of databricks/cli).
pub fn default_shell(env: &Env) -> &'static str {
    ["bash", "sh"].into_iter().find(|name| on_path(name, env)).unwrap_or(if cfg!(windows) { "cmd" } else { "sh" })
}

/// Whether a program stands on the path.
pub(crate) fn on_path(name: &str, env: &Env) -> bool {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    env.get("PATH").is_some_and(|path| std::env::split_paths(path).any(|folder| folder.join(&file).is_file()))
}

/// A command for a shell, in a folder, with the environment and without input. The shell stops at the first line that
/// fails.
pub fn command(shell: &str, text: &str, dir: &Path, env: &Env) -> Command {
    let mut command = Command::new(shell);
    command.args([if shell == "cmd" { "/C" } else { "-ec" }, text]);
    command.current_dir(dir).env_clear().envs(env.with_prefix("")).stdin(Stdio::null());
    command
}

/// How a process ended.
pub fn exit_text(status: ExitStatus) -> String {
    status.code().map_or("a signal".to_owned(), |code| format!("exit code {code}"))
}

/// The end of what a process wrote.
pub fn written(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let text = text.trim_end();
    match text.char_indices().rev().nth(SHOWN) {
        Some((start, _)) => format!("…{}", &text[start..]),
        None => text.to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::path::Path;

    use super::{command, default_shell, exit_text, on_path, written};
    use piq_diagnostics::env::Env;

    #[test]
    fn a_command_stops_at_its_first_fault_and_shows_its_end() {
        let env = Env::from_pairs([("PATH", std::env::var("PATH").expect("a path"))]);
        let text = "printf '%05000d' 7; echo last >&2\nfalse\necho never";
        let output = command(default_shell(&env), text, Path::new("/"), &env).output().expect("a shell");
        assert_eq!(exit_text(output.status), "exit code 1");
        let shown = written(&output);
        assert!(shown.starts_with("…000") && shown.ends_with("7last"), "{shown}");
    }

    #[test]
    fn only_what_is_there_is_on_the_path() {
        assert!(!on_path("sh", &Env::default()));
        assert_eq!(default_shell(&Env::default()), "sh");
    }
}
