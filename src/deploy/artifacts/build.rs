//! Runs the commands that make artifacts.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{Artifact, artifacts};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::env::Env;
use crate::project::Project;

/// How much of a failed command's output is shown.
const SHOWN: usize = 4000;

/// What was built.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Built {
    /// Patterns of the files that the artifacts consist of.
    pub(in crate::deploy) files: Vec<PathBuf>,
}

/// Builds the artifacts of a bundle, one after the other, and says so before each.
///
/// # Errors
/// An artifact that cannot be built, with what its command wrote.
pub fn build_artifacts(project: &Project, env: &Env, say: &dyn Fn(&str)) -> Result<Built, Diagnostics> {
    let mut built = Built::default();
    for artifact in artifacts(project).map_err(Diagnostics)? {
        if let Some(command) = &artifact.command {
            say(&format!("building {}", artifact.name));
            run(&artifact, command, env)?;
        }
        built.files.extend(artifact.files);
    }
    Ok(built)
}

fn run(artifact: &Artifact, command: &str, env: &Env) -> Result<(), Diagnostic> {
    let failed = |why: String, hint: &str| {
        let message = format!("artifact `{}` was not built: {why}", artifact.name);
        Diagnostic::error("build-failed", message).at(artifact.place.clone()).hint(hint.to_owned())
    };
    if !artifact.dir.is_dir() {
        return Err(failed(format!("there is no folder {}", artifact.dir.display()), "`path` names its folder"));
    }
    let flag = if artifact.shell == "cmd" { "/C" } else { "-ec" };
    let output = Command::new(artifact.shell)
        .args([flag, command])
        .current_dir(&artifact.dir)
        .env_clear()
        .envs(env.with_prefix(""))
        .stdin(Stdio::null())
        .output()
        .map_err(|e| failed(format!("cannot run {}: {e}", artifact.shell), "`executable` names another shell"))?;
    if output.status.success() {
        return Ok(());
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if let Some((start, _)) = text.char_indices().rev().nth(SHOWN) {
        text = format!("…{}", &text[start..]);
    }
    let status = output.status.code().map_or("a signal".to_owned(), |c| format!("exit code {c}"));
    Err(failed(format!("{command}: {status}\n{}", text.trim_end()), "try the command by hand in its folder"))
}
