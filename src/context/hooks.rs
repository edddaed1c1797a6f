//! `experimental.scripts`: the author's commands around the steps of a command.

use std::path::Path;
use std::process::Stdio;

use piq_bundle::{Hook, Script, TargetBundle, preinit, shell};
use piq_diagnostics::{Diagnostic, Failure};

use crate::context::{Context, first_run};

const UNCHANGED: &str = "nothing was changed in the workspace";

/// Runs the script that comes before the bundle is read.
pub(crate) fn before_reading(context: &Context) -> Result<(), Failure> {
    first_run::announce(context);
    match preinit(context.start_folder()) {
        Some((dir, script)) => run_script(context, &dir, &script, UNCHANGED),
        None => Ok(()),
    }
}

/// Whether a step has a script.
pub(crate) fn has(project: &TargetBundle, hook: Hook) -> bool {
    project.hooks.iter().any(|(when, _)| *when == hook)
}

/// Runs the script of a step, if it has one.
pub(crate) fn run(context: &Context, project: &TargetBundle, hook: Hook) -> Result<(), Failure> {
    let hint = match hook {
        Hook::PostDeploy => "the deploy itself is done",
        _ => UNCHANGED,
    };
    let Some((_, script)) = project.hooks.iter().find(|(when, _)| *when == hook) else { return Ok(()) };
    if let Some(name) = script.unknown() {
        // the command sends no request to the workspace
        context.out.log(&format!("skipping the script {}: `${{{name}}}` is unknown here", script.name));
        return Ok(());
    }
    run_script(context, &project.bundle_dir, script, hint)
}

/// The output of a script goes to standard error at once; with `--quiet` only if the script fails.
fn run_script(context: &Context, dir: &Path, script: &Script, hint: &str) -> Result<(), Failure> {
    let name = &script.name;
    let failed = |why: String| {
        let d = Diagnostic::error("script-failed", format!("the script `{name}` {why}"));
        Failure::from(d.at(script.place.clone()).hint(hint))
    };
    if context.env.get(shell::RESTRICTED).is_some() {
        return Err(failed(format!("was not run: {}", shell::refusal())));
    }
    context.out.log(&format!("running the script {name}"));
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
    let done = done.map_err(|e| failed(format!("failed to start: {program}: {e}")))?;
    if done.status.success() {
        return Ok(());
    }
    let said = shell::written(&done);
    let said = if said.is_empty() { said } else { format!("\n{said}") };
    Err(failed(format!("failed: {}{said}", shell::exit_text(done.status))))
}
