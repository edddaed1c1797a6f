//! `piq auth`: the identity that piq has in the workspace, and the settings it comes from.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use piq_bundle::{TargetBundle, load};
use piq_databricks::auth::{
    Attempt, AuthError, Connection, Inputs, Setting, SettingSource, Settings, StrategyOutcome, authenticate,
};
use piq_databricks::workspace::{Identity as _, Limits};
use piq_diagnostics::{Failure, FailureKind};
use serde_json::{Value, json};

use crate::context::Context;
use crate::context::connection::{bundle_settings, connect_remote};
use crate::context::project::is_local;
use crate::context::signals::block_on;

/// How long to retry an unreachable workspace: a check should answer soon.
const PATIENCE: Duration = Duration::from_secs(10);

/// Show and check how piq authenticates to the workspace
#[derive(Debug, Args)]
pub(crate) struct AuthArgs {
    #[command(subcommand)]
    command: AuthCommand,
}

#[derive(Debug, Subcommand)]
enum AuthCommand {
    /// Show every setting with its source, and each authentication method with its outcome; secrets are hidden
    Describe,
    /// Check that the workspace accepts the credentials, and show who you are there
    ///
    /// Exit code: 0 accepted; 4 all authentication methods failed, or the workspace refused.
    Check,
}

pub(crate) fn cmd_auth(context: &Context, args: &AuthArgs) -> Result<ExitCode, Failure> {
    let project = bundle(context)?;
    if let Some(project) = project.as_ref().filter(|p| is_local(p)) {
        return Ok(local(context, project));
    }
    let settings = Settings::resolve(&Inputs {
        profile: context.global.profile.as_deref(),
        env: &context.env,
        bundle: project.as_ref().map(|p| bundle_settings(&p.workspace)),
    })?;
    block_on(async |signals| {
        let work = async {
            let outcome = authenticate(&settings).await;
            match args.command {
                AuthCommand::Describe => describe(context, project.as_ref(), &settings, outcome),
                AuthCommand::Check => check(context, project.as_ref(), &settings, outcome).await,
            }
        };
        signals.or_stop(work).await
    })
}

/// The bundle around the current folder; outside of one the settings alone count.
fn bundle(context: &Context) -> Result<Option<TargetBundle>, Failure> {
    match load(&context.load_options()) {
        Ok(project) => Ok(Some(project)),
        Err(e) if context.global.target.is_none() && e.0.iter().all(|d| d.code == "no-bundle") => Ok(None),
        Err(e) => Err(e.into()),
    }
}

fn local(context: &Context, project: &TargetBundle) -> ExitCode {
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
    project: Option<&TargetBundle>,
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
    let values = settings.iter().map(|s| s.display_value().chars().count()).max().unwrap_or(0).min(60);
    for setting in settings.iter() {
        let name = setting.attribute.name;
        text.push_str(&format!("  {name:<width$}  {:<values$}  from {}\n", setting.display_value(), setting.source));
    }
    if width == 0 {
        text.push_str("  none\n");
    }
    text.push_str("Strategies\n");
    for Attempt { strategy, outcome } in &tried {
        let said = match outcome {
            StrategyOutcome::Chosen => "works".to_owned(),
            StrategyOutcome::Skipped(why) => format!("skipped: {why}"),
            StrategyOutcome::Failed(why) => format!("failed: {why}"),
            StrategyOutcome::Unanswered(why) => format!("no answer: {why}"),
        };
        text.push_str(&format!("  {strategy:<19} {said}\n"));
    }
    text.push_str(&match strategy {
        Some(strategy) => format!("piq authenticates with {strategy}.\n"),
        None => "All authentication methods failed.\n".to_owned(),
    });
    context.out.result(&text);
    Ok(ExitCode::SUCCESS)
}

fn setting_json(setting: &Setting) -> Value {
    let source = match &setting.source {
        SettingSource::Flag(flag) => json!({"kind": "flag", "name": flag}),
        SettingSource::Variable(name) => json!({"kind": "variable", "name": name}),
        SettingSource::Profile { name, file } => json!({"kind": "profile", "name": name, "file": file}),
        SettingSource::Local => json!({"kind": "local"}),
        SettingSource::Bundle => json!({"kind": "bundle", "name": format!("workspace.{}", setting.attribute.name)}),
    };
    json!({"name": setting.attribute.name, "value": setting.display_value(), "secret": setting.attribute.secret, "source": source})
}

fn attempt_json(attempt: &Attempt) -> Value {
    let (outcome, reason) = match &attempt.outcome {
        StrategyOutcome::Chosen => ("chosen", None),
        StrategyOutcome::Skipped(why) => ("skipped", Some(why)),
        StrategyOutcome::Failed(why) => ("failed", Some(why)),
        StrategyOutcome::Unanswered(why) => ("unanswered", Some(why)),
    };
    json!({"strategy": attempt.strategy, "outcome": outcome, "reason": reason})
}

async fn check(
    context: &Context,
    project: Option<&TargetBundle>,
    settings: &Settings,
    outcome: Result<Connection, AuthError>,
) -> Result<ExitCode, Failure> {
    let tried = attempts(&outcome).to_vec();
    let connection = match outcome {
        Ok(connection) => connection,
        Err(e) => return Err(show_refusal(context, settings, &tried, e.into())),
    };
    let limits = Limits { retry: PATIENCE, ..Limits::default() };
    let user = match connect_remote(context, &connection, limits)?.me().await {
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
