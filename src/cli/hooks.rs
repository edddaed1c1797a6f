//! `experimental.scripts`: the author's commands around the steps of a command.

use std::path::Path;
use std::process::Stdio;

use super::{Context, Failure};
use piq_bundle::shell;
use piq_bundle::{Hook, Project, Script, preinit};
use piq_diagnostics::Diagnostic;

/// What is said of a script that fails before a deploy.
const UNCHANGED: &str = "nothing was changed in the workspace";

/// Runs the script that comes before the bundle is read.
pub(super) fn before_reading(context: &Context) -> Result<(), Failure> {
    let start = context.global.directory.as_deref().unwrap_or(Path::new("."));
    match preinit(start) {
        Some((dir, script)) => run_script(context, &dir, &script, UNCHANGED),
        None => Ok(()),
    }
}

/// Whether there is a script for a step.
pub(super) fn has(project: &Project, hook: Hook) -> bool {
    project.hooks.iter().any(|(when, _)| *when == hook)
}

/// Runs the script of a step, if there is one.
pub(super) fn run(context: &Context, project: &Project, hook: Hook) -> Result<(), Failure> {
    let hint = match hook {
        Hook::PostDeploy => "the deploy itself is done",
        _ => UNCHANGED,
    };
    let Some((_, script)) = project.hooks.iter().find(|(when, _)| *when == hook) else { return Ok(()) };
    if let Some(name) = script.unknown() {
        // of a command that does not ask the workspace
        context.out.talk(&format!("not running the script {}: `${{{name}}}` is not known here", script.name));
        return Ok(());
    }
    run_script(context, &project.bundle_dir, script, hint)
}

/// What a script writes goes to standard error as it comes; with `--quiet` only if it fails.
fn run_script(context: &Context, dir: &Path, script: &Script, hint: &str) -> Result<(), Failure> {
    let name = &script.name;
    let failed = |why: String| {
        let d = Diagnostic::error("script-failed", format!("the script `{name}` {why}"));
        Failure::from(d.at(script.place.clone()).hint(hint))
    };
    if context.env.get(shell::RESTRICTED).is_some() {
        return Err(failed(format!("is not run: {} is set", shell::RESTRICTED)));
    }
    context.out.talk(&format!("running the script {name}"));
    let program = shell::default_shell(&context.env);
    let mut command = shell::command(program, script.content.as_str().unwrap_or_default(), dir, &context.env);
    if !context.out.quiet() {
        command.stdout(Stdio::from(std::io::stderr())).stderr(Stdio::inherit());
    }
    let done = if context.out.quiet() {
        command.output()
    } else {
        command.status().map(|status| std::process::Output { status, stdout: Vec::new(), stderr: Vec::new() })
    };
    let done = done.map_err(|e| failed(format!("cannot run: {program}: {e}")))?;
    if done.status.success() {
        return Ok(());
    }
    let said = shell::written(&done);
    let said = if said.is_empty() { said } else { format!("\n{said}") };
    Err(failed(format!("failed: {}{said}", shell::ended(done.status))))
}
