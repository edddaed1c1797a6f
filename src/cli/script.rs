//! `piq run SCRIPT` and `piq run -- COMMAND`: a program that is authenticated as piq is, as under the official CLI's
//! `bundle run` (`cmd/bundle/run.go` and `libs/auth/env.go` of databricks/cli).

use std::collections::BTreeMap;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use piq_diagnostics::FailureContext as _;

use super::session::{Session, Way, WorkspaceOptions, block_on};
use super::signals::{self, Signals};
use super::{AnswersArgs, Context, Failure};
use piq_bundle::shell;
use piq_bundle::{Project, Script};
use piq_databricks::auth::{ATTRIBUTES, Settings};
use piq_diagnostics::env::Env;

/// How long a program may take to end once it was told to.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs a script of the bundle in the bundle's folder.
pub(super) fn script(
    context: &Context,
    project: Project,
    options: &WorkspaceOptions,
    answers: &AnswersArgs,
    name: &str,
) -> Result<ExitCode, Failure> {
    block_on(async {
        let signals = signals::listen().context("cannot listen for signals")?;
        let session = signals.or_stop(Session::connect(context, project, options, answers, true)).await?;
        // the one that was found by its name, with what the workspace knows filled in
        let done = match session.project.scripts.iter().find(|s| s.name == name) {
            Some(script) => {
                let env = environment(&context.env, &session.settings, &session.project, Some(script));
                let program = shell::default_shell(&context.env);
                let text = script.content.as_str().unwrap_or_default();
                wait(shell::command(program, text, &session.project.bundle_dir, &env), &signals).await
            }
            None => Err(Failure::usage(format!("there is no script `{name}`"))),
        };
        session.end(&signals).await;
        done
    })?
}

/// Runs a command in the folder that piq runs in.
pub(super) fn command(
    context: &Context,
    project: &Project,
    answers: &AnswersArgs,
    words: &[String],
) -> Result<ExitCode, Failure> {
    block_on(async {
        let signals = signals::listen().context("cannot listen for signals")?;
        let way = signals.or_stop(Way::open(context, project, answers)).await?;
        let mut command = std::process::Command::new(&words[0]);
        let env = environment(&context.env, &way.settings, project, None);
        command.args(&words[1..]).env_clear().envs(env.with_prefix(""));
        let done = wait(command, &signals).await;
        way.end(&signals).await;
        done
    })?
}

/// The environment of a program: that of piq, without its settings of authentication, with those that hold for the
/// target. A profile is not named to it, since its settings are there; only one that the bundle names is.
fn environment(env: &Env, settings: &Settings, project: &Project, script: Option<&Script>) -> Env {
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

/// Runs a program on piq's own terminal and ends as it ends. Ctrl-C is the program's: the terminal sends it to both, and
/// only the program knows what it means. SIGTERM is handed on.
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
    if status.code().is_none() && signals.cancel.asked() {
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

/// There is no such signal.
#[cfg(not(unix))]
fn terminated() -> std::io::Result<impl Future<Output = ()>> {
    Ok(std::future::pending())
}

/// Tells a program to end. One that cannot be told is ended when nobody waits for it any more.
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
