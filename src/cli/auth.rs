//! `piq auth`: who piq would be in the workspace, and from which settings.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use piq_diagnostics::{FailureContext as _, FailureKind};
use serde_json::{Value, json};

use super::connection::{bundle_settings, over};
use super::{Context, Failure};
use piq_bundle::{LoadOptions, Project, load};
use piq_databricks::auth::{Attempt, AuthError, Connection, Inputs, Outcome, Setting, Settings, Source, authenticate};
use piq_databricks::workspace::{Identity as _, Limits};

/// How long an unreachable workspace is asked again: a check is to tell soon.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shows and checks how piq authenticates to the workspace
#[derive(Debug, Args)]
pub(super) struct AuthArgs {
    #[command(subcommand)]
    command: AuthCommand,
}

#[derive(Debug, Subcommand)]
enum AuthCommand {
    /// Shows every setting with its source, and which way to authenticate works; secrets stay hidden
    Describe,
    /// Asks the workspace who you are
    ///
    /// Exit code: 0 the workspace knows you; 4 no way to authenticate worked, or the workspace refused.
    Check,
}

/// Runs `piq auth`.
///
/// # Errors
/// A bundle with errors; settings that do not fit together; a workspace that does not let you in.
pub(super) fn cmd_auth(context: &Context, args: &AuthArgs) -> Result<ExitCode, Failure> {
    let project = bundle(context)?;
    if let Some(project) = project.as_ref().filter(|p| needs_no_account(p)) {
        return Ok(local(context, project));
    }
    let settings = Settings::resolve(&Inputs {
        profile: context.global.profile.as_deref(),
        env: &context.env,
        bundle: project.as_ref().map(|p| bundle_settings(&p.workspace)),
    })?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the asynchronous runtime")?;
    let outcome = runtime.block_on(authenticate(&settings));
    match args.command {
        AuthCommand::Describe => describe(context, project.as_ref(), &settings, outcome),
        AuthCommand::Check => runtime.block_on(check(context, project.as_ref(), &settings, outcome)),
    }
}

/// The bundle around the current folder; outside of one the settings alone count.
fn bundle(context: &Context) -> Result<Option<Project>, Failure> {
    let global = &context.global;
    let start = global.directory.as_deref().unwrap_or(Path::new("."));
    let options = LoadOptions { start, target: global.target.as_deref(), vars: &global.vars, env: &context.env };
    match load(&options) {
        Ok(project) => Ok(Some(project)),
        Err(e) if global.target.is_none() && e.0.iter().all(|d| d.code == "no-bundle") => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// Whether the target is the workspace on this machine.
fn needs_no_account(project: &Project) -> bool {
    project.target == "local" && project.workspace.host.is_none()
}

fn local(context: &Context, project: &Project) -> ExitCode {
    if context.out.json() {
        let result = json!({"target": project.target, "local": true});
        context.out.result(&format!("{result}\n"));
    } else {
        context.out.result(&format!("Target {} runs on this machine and needs no account.\n", project.target));
    }
    ExitCode::SUCCESS
}

/// The strategies that were tried, whether one worked or not.
fn attempts(outcome: &Result<Connection, AuthError>) -> &[Attempt] {
    match outcome {
        Ok(connection) => &connection.attempts,
        Err(AuthError::NothingWorked { attempts, .. }) => attempts,
        Err(_) => &[],
    }
}

fn describe(
    context: &Context,
    project: Option<&Project>,
    settings: &Settings,
    outcome: Result<Connection, AuthError>,
) -> Result<ExitCode, Failure> {
    let tried = attempts(&outcome).to_vec();
    let connection = match outcome {
        Ok(connection) => Some(connection),
        Err(AuthError::NothingWorked { .. }) => None,
        Err(e) => return Err(e.into()),
    };
    let strategy = connection.as_ref().map(|c| c.strategy);
    if context.out.json() {
        let result = json!({
            "target": project.map(|p| p.target.as_str()),
            "host": connection.as_ref().map(Connection::host).or(settings.get("host")),
            "strategy": strategy,
            "settings": settings.iter().map(setting_json).collect::<Vec<_>>(),
            "attempts": tried.iter().map(attempt_json).collect::<Vec<_>>(),
        });
        context.out.result(&format!("{result}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = String::from("Settings\n");
    let width = settings.iter().map(|s| s.attribute.name.len()).max().unwrap_or(0);
    let values = settings.iter().map(|s| s.shown().chars().count()).max().unwrap_or(0).min(60);
    for setting in settings.iter() {
        let name = setting.attribute.name;
        text.push_str(&format!("  {name:<width$}  {:<values$}  from {}\n", setting.shown(), setting.source));
    }
    if width == 0 {
        text.push_str("  none\n");
    }
    text.push_str("Strategies\n");
    for Attempt { strategy, outcome } in &tried {
        let said = match outcome {
            Outcome::Chosen => "works".to_owned(),
            Outcome::Skipped(why) => format!("skipped: {why}"),
            Outcome::Failed(why) => format!("failed: {why}"),
        };
        text.push_str(&format!("  {strategy:<19} {said}\n"));
    }
    text.push_str(&match strategy {
        Some(strategy) => format!("piq authenticates with {strategy}.\n"),
        None => "No way to authenticate worked.\n".to_owned(),
    });
    context.out.result(&text);
    Ok(ExitCode::SUCCESS)
}

fn setting_json(setting: &Setting) -> Value {
    let source = match &setting.source {
        Source::Flag(flag) => json!({"kind": "flag", "name": flag}),
        Source::Variable(name) => json!({"kind": "variable", "name": name}),
        Source::Profile { name, file } => json!({"kind": "profile", "name": name, "file": file}),
        Source::Local => json!({"kind": "local"}),
        Source::Bundle => json!({"kind": "bundle", "name": format!("workspace.{}", setting.attribute.name)}),
    };
    json!({"name": setting.attribute.name, "value": setting.shown(), "secret": setting.attribute.secret, "source": source})
}

fn attempt_json(attempt: &Attempt) -> Value {
    let (outcome, reason) = match &attempt.outcome {
        Outcome::Chosen => ("chosen", None),
        Outcome::Skipped(why) => ("skipped", Some(why)),
        Outcome::Failed(why) => ("failed", Some(why)),
    };
    json!({"strategy": attempt.strategy, "outcome": outcome, "reason": reason})
}

async fn check(
    context: &Context,
    project: Option<&Project>,
    settings: &Settings,
    outcome: Result<Connection, AuthError>,
) -> Result<ExitCode, Failure> {
    let tried = attempts(&outcome).to_vec();
    let connection = match outcome {
        Ok(connection) => connection,
        Err(e) => return Err(show_refusal(context, settings, &tried, e.into())),
    };
    let limits = Limits { retry: PATIENCE, ..Limits::default() };
    let user = match over(context, &connection, limits)?.me().await {
        Ok(me) => me.user_name,
        Err(e) => {
            let denied = e.is_denied();
            let mut failure = Failure::from(e).during(format!("authenticated with {}", connection.strategy));
            if denied {
                failure.kind = FailureKind::Authentication;
            }
            failure.message = settings.redact(&failure.message);
            return Err(show_refusal(context, settings, &connection.attempts, failure));
        }
    };
    if context.out.json() {
        let result = json!({
            "status": "ok",
            "target": project.map(|p| p.target.as_str()),
            "host": connection.host(),
            "user": user,
            "strategy": connection.strategy,
        });
        context.out.result(&format!("{result}\n"));
    } else {
        context.out.result(&format!("{user} on {}, authenticated with {}\n", connection.host(), connection.strategy));
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows the attempts as JSON if somebody was refused, beside the failure itself.
fn show_refusal(context: &Context, settings: &Settings, attempts: &[Attempt], failure: Failure) -> Failure {
    if context.out.json() && failure.kind == FailureKind::Authentication && !attempts.is_empty() {
        let result = json!({
            "status": "refused",
            "host": settings.get("host"),
            "error": failure.message.lines().next(),
            "attempts": attempts.iter().map(attempt_json).collect::<Vec<_>>(),
        });
        context.out.result(&format!("{result}\n"));
    }
    failure
}
