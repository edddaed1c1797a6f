//! `piq run SCRIPT` and `piq run -- COMMAND`: programs that get piq's credentials, as under the official CLI's
//! `bundle run` (`cmd/bundle/run.go` and `libs/auth/env.go` of databricks/cli).

use std::collections::BTreeMap;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use piq_bundle::{Script, TargetBundle, shell};
use piq_databricks::auth::{ATTRIBUTES, Settings};
use piq_diagnostics::env::Env;
use piq_diagnostics::{Failure, FailureContext as _};

use crate::context::Context;
use crate::context::answers::AnswersArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::session::{in_session, with_credentials};
use crate::context::signals::Signals;

/// How long a program may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs a script of the bundle in the bundle's folder.
pub(crate) fn run_script(
    context: &Context,
    project: TargetBundle,
    options: &WorkspaceOptions,
    answers: &AnswersArgs,
    name: &str,
) -> Result<ExitCode, Failure> {
    in_session(context, project, options.session().with_answers(answers), async |session, signals| {
        // of the session's project, which has the values that only the workspace knows
        let script = session.project.scripts.iter().find(|s| s.name == name);
        let script = script.with_context(|| format!("cannot find the script `{name}`"))?;
        let env = environment(&context.env, &session.settings, &session.project, Some(script));
        let program = shell::default_shell(&context.env);
        let text = script.content.as_str().unwrap_or_default();
        wait(shell::command(program, text, &session.project.bundle_dir, &env), signals).await
    })
}

/// Runs a command in the folder that piq runs in.
pub(crate) fn run_command(
    context: &Context,
    project: &TargetBundle,
    answers: &AnswersArgs,
    words: &[String],
) -> Result<ExitCode, Failure> {
    with_credentials(context, project, answers, async |settings, signals| {
        let mut command = std::process::Command::new(&words[0]);
        let env = environment(&context.env, settings, project, None);
        command.args(&words[1..]).env_clear().envs(env.with_prefix(""));
        wait(command, signals).await
    })
}

/// The environment of a program: piq's own, with its authentication settings replaced by the target's. A profile is
/// passed on only if the bundle names it, since its settings are passed anyway.
fn environment(env: &Env, settings: &Settings, project: &TargetBundle, script: Option<&Script>) -> Env {
    let ours = |name: &str| ATTRIBUTES.iter().any(|a| a.variable == Some(name));
    let mut vars: BTreeMap<String, String> =
        env.with_prefix("").filter(|(name, _)| !ours(name)).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    for setting in settings.iter().filter(|s| s.attribute.name != "profile") {
        if let Some(variable) = setting.attribute.variable {
            vars.insert(variable.to_owned(), setting.value.expose().to_owned());
        }
    }
    vars.insert("DATABRICKS_BUNDLE_TARGET".to_owned(), project.target.clone());
    if let Some(profile) = &project.workspace.profile {
        vars.insert("DATABRICKS_CONFIG_PROFILE".to_owned(), profile.clone());
    }
    for (name, value) in script.map(|s| s.env.as_slice()).unwrap_or_default() {
        vars.insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    Env::from_pairs(vars)
}

/// Runs a program on piq's own terminal and ends with its exit code. The terminal sends Ctrl-C to both, and the program
/// decides what it means. SIGTERM is passed on.
async fn wait(mut command: std::process::Command, signals: &Signals) -> Result<ExitCode, Failure> {
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run `{name}`"))?;
    let terminated = terminated().context("cannot listen for signals")?;
    let status = tokio::select! {
        status = child.wait() => status,
        () = terminated => {
            ask_to_end(&child);
            match tokio::time::timeout(PATIENCE, child.wait()).await {
                Ok(status) => status,
                Err(_) => return Err(Failure::interrupted()),
            }
        }
    };
    let status = status.with_context(|| format!("cannot wait for `{name}`"))?;
    if status.code().is_none() && signals.cancel.is_requested() {
        return Err(Failure::interrupted());
    }
    Ok(exit(status))
}

/// Ends when piq is told to.
#[cfg(unix)]
fn terminated() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        terminate.recv().await;
    })
}

/// Windows has no such signal.
#[cfg(not(unix))]
fn terminated() -> std::io::Result<impl Future<Output = ()>> {
    Ok(std::future::pending())
}

/// Asks a program to end. One that cannot be asked is killed when it is dropped.
fn ask_to_end(child: &tokio::process::Child) {
    if let Some(id) = child.id().filter(|_| cfg!(unix)) {
        let mut kill = std::process::Command::new("kill");
        let _ = kill.args(["-TERM", &id.to_string()]).stderr(Stdio::null()).status();
    }
}

/// The exit code of the program; one that a signal ended has none.
fn exit(status: ExitStatus) -> ExitCode {
    status.code().map_or(ExitCode::FAILURE, |code| ExitCode::from(u8::try_from(code & 0xff).unwrap_or(1)))
}
