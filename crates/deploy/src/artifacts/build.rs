//! Runs the commands that make artifacts.

use std::path::PathBuf;

use super::{Artifact, artifacts};
use piq_bundle::TargetBundle;
use piq_bundle::shell;
use piq_diagnostics::env::Env;
use piq_diagnostics::{Diagnostic, Diagnostics, Span};

/// What was built.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Built {
    /// Patterns of the files that the artifacts consist of.
    pub(crate) files: Vec<PathBuf>,
    /// Those of wheels whose version says what is in them, with the places of their artifacts.
    pub(crate) dynamic: Vec<(PathBuf, Span)>,
}

/// Builds the artifacts of a bundle, one after the other, and says so before each.
///
/// # Errors
/// An artifact that cannot be built, with what its command wrote.
pub fn build_artifacts(project: &TargetBundle, env: &Env, say: &dyn Fn(&str)) -> Result<Built, Diagnostics> {
    let mut built = Built::default();
    for artifact in artifacts(project).map_err(Diagnostics)? {
        if let Some(command) = &artifact.command {
            say(&format!("building {}", artifact.name));
            run(&artifact, command, env)?;
        }
        if artifact.dynamic {
            built.dynamic.extend(artifact.files.iter().map(|f| (f.clone(), artifact.place.clone())));
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
    if env.get(shell::RESTRICTED).is_some() {
        return Err(failed(shell::refusal(), "build it by hand, and name the file under `files`"));
    }
    if !artifact.dir.is_dir() {
        return Err(failed(format!("cannot find the folder {}", artifact.dir.display()), "`path` names its folder"));
    }
    let program = artifact.shell.unwrap_or_else(|| shell::default_shell(env));
    let output = shell::command(program, command, &artifact.dir, env)
        .output()
        .map_err(|e| failed(format!("cannot run {program}: {e}"), "`executable` names another shell"))?;
    if output.status.success() {
        return Ok(());
    }
    let why = format!("{command}: {}\n{}", shell::exit_text(output.status), shell::written(&output));
    Err(failed(why, "try the command by hand in its folder"))
}
