//! The checks of this machine and of the connection to the workspace.

use std::process::{Command, ExitCode, Stdio};

use pipelineiq::insight::query::is_missing_table;
use pipelineiq::insight::readiness::{Need, NeedStatus};
use pipelineiq::insight::tables::Tables;
use piq_bundle::{Mode, TargetBundle, load};
use piq_databricks::workspace::{Identity as _, Workspace as _};
use piq_diagnostics::{Failure, FailureKind, Severity};
use piq_local::{EngineState, engine_state};
use serde::Serialize;
use serde_json::json;

use crate::context::Context;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::LoadedPipeline;
use crate::context::project::is_local;
use crate::context::readiness::needs;
use crate::context::session::{Session, read_in_session};
use crate::context::warehouse::choose_warehouse;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok,
    Warning,
    Error,
}

/// One check.
#[derive(Debug, Clone, Serialize)]
struct MachineCheck {
    name: &'static str,
    status: Status,
    found: String,
    advice: Option<String>,
}

impl MachineCheck {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, found: found.into(), advice: None }
    }

    fn warning(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { status: Status::Warning, advice: Some(advice.into()), ..Self::ok(name, found) }
    }

    fn of(need: Need) -> Self {
        let Need { name, status, found, advice } = need;
        let status = match status {
            NeedStatus::Met => Status::Ok,
            NeedStatus::Missing => Status::Error,
            NeedStatus::Unknown => Status::Warning,
        };
        Self { name, status, found, advice }
    }

    fn error(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { status: Status::Error, ..Self::warning(name, found, advice) }
    }
}

pub(crate) fn check(context: &Context, options: &WorkspaceOptions) -> Result<ExitCode, Failure> {
    let mut checks = vec![MachineCheck::ok("piq", concat!("version ", env!("CARGO_PKG_VERSION")))];
    let (project, loaded) = project(context);
    checks.push(loaded);
    checks.push(git(context, project.as_ref()));
    let local = project.as_ref().is_some_and(is_local);
    checks.extend(engine(context, local));
    if let Some(project) = project {
        checks.extend(workspace(context, project, options)?);
    }
    let count = |status| checks.iter().filter(|c| c.status == status).count();
    let (errors, warnings) = (count(Status::Error), count(Status::Warning));
    let report = json!({"checks": checks, "errors": errors, "warnings": warnings});
    context.out.report(&report, |_| checks_text(&checks))?;
    Ok(ExitCode::from(u8::from(errors > 0)))
}

fn checks_text(checks: &[MachineCheck]) -> String {
    let lines = checks.iter().map(|c| CheckLine {
        status: c.status,
        name: c.name,
        found: &c.found,
        advice: c.advice.as_deref(),
    });
    check_lines(&lines.collect::<Vec<_>>())
}

/// A check as it is shown.
pub(super) struct CheckLine<'a> {
    pub status: Status,
    pub name: &'a str,
    pub found: &'a str,
    pub advice: Option<&'a str>,
}

pub(super) fn check_lines(checks: &[CheckLine<'_>]) -> String {
    let width = checks.iter().map(|c| c.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for c in checks {
        let mark = match c.status {
            Status::Ok => "\x1b[32m✓\x1b[0m",
            Status::Warning => "\x1b[33m!\x1b[0m",
            Status::Error => "\x1b[31m✗\x1b[0m",
        };
        out.push_str(&format!("{mark} {:<width$}  {}\n", c.name, c.found));
        if let Some(advice) = c.advice {
            out.push_str(&format!("  {:<width$}  → {advice}\n", ""));
        }
    }
    out
}

/// The project, loaded and rendered.
fn project(context: &Context) -> (Option<TargetBundle>, MachineCheck) {
    let project = match load(&context.load_options()) {
        Ok(project) => project,
        Err(d) => {
            let errors = d.0.iter().filter(|d| d.severity == Severity::Error).count();
            let first = d.0.first().map(|d| d.message.clone()).unwrap_or_default();
            let advice = if d.0.iter().all(|d| d.code == "no-bundle") {
                "write a project with `piq init`, or name its folder with `piq -C DIR`"
            } else {
                "run `piq validate` to see each error with its file and line"
            };
            return (None, MachineCheck::error("project", format!("{first} ({errors} in all)"), advice));
        }
    };
    let shown = format!("bundle {}, target {}, in {}", project.name, project.target, project.project_dir.display());
    (Some(project), MachineCheck::ok("project", shown))
}

/// One line of a program's output.
fn ask(context: &Context, project: Option<&TargetBundle>, program: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stderr(Stdio::null());
    if let Some(path) = context.env.get("PATH") {
        command.env("PATH", path);
    }
    if let Some(project) = project {
        command.current_dir(&project.project_dir);
    }
    let out = command.output().ok().filter(|o| o.status.success())?;
    Some(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

fn git(context: &Context, project: Option<&TargetBundle>) -> MachineCheck {
    let Some(version) = ask(context, project, "git", &["--version"]) else {
        return MachineCheck::warning(
            "git",
            "not found",
            "install git: deploys record the commit, and production targets check the branch",
        );
    };
    let Some(branch) = ask(context, project, "git", &["rev-parse", "--abbrev-ref", "HEAD"]) else {
        return MachineCheck::warning(
            "git",
            format!("{version}; not in a repository"),
            "run `git init`: deploy only what is committed",
        );
    };
    let wanted = project.filter(|p| p.mode == Some(Mode::Production)).and_then(|p| p.git_branch.as_deref());
    match wanted.filter(|w| *w != branch) {
        Some(wanted) => {
            let advice = format!("switch to `{wanted}`: the target is deployed from it");
            MachineCheck::error("git", format!("{version}; on branch {branch}"), advice)
        }
        None => MachineCheck::ok("git", format!("{version}; on branch {branch}")),
    }
}

/// Python and the environment of the SQL engine, which only the local workspace needs.
fn engine(context: &Context, local: bool) -> Vec<MachineCheck> {
    let EngineState { python, folder, ready } = engine_state(&context.env);
    let mut checks = vec![match python {
        Ok(found) => MachineCheck::ok("python", found),
        Err(why) if local && !ready => {
            MachineCheck::error("python", why, "install Python 3.10 or later, or set PIQ_PYTHON")
        }
        Err(why) => MachineCheck::warning("python", why, "only the local workspace needs it"),
    }];
    checks.push(match folder {
        Ok(folder) if ready => MachineCheck::ok("engine", format!("ready in {}", folder.display())),
        Ok(folder) => MachineCheck::warning(
            "engine",
            format!("not prepared yet; its folder will be {}", folder.display()),
            "the first run on the local workspace prepares it (about 0.6 GB from the Python package index, once)",
        ),
        Err(why) => MachineCheck::error("engine", why, "set PIQ_ENGINE_DIR to a folder for it"),
    });
    checks
}

/// The connection to the workspace: the caller, the warehouse, the tables.
fn workspace(
    context: &Context,
    project: TargetBundle,
    options: &WorkspaceOptions,
) -> Result<Vec<MachineCheck>, Failure> {
    let advice = if is_local(&project) {
        "reset the local workspace with `piq workspace reset`; its tables are lost"
    } else {
        "run `piq auth describe` to see every setting, its source, and each method that was tried"
    };
    let checked = read_in_session(context, project, options.session(), async |session| {
        let host = session.workspace.host();
        // not as it was kept: whether the workspace answers is the question
        let me = session.workspace.me().await?;
        let mut checks = vec![MachineCheck::ok("workspace", format!("{} on {host}", me.user_name))];
        checks.extend(tables(session).await);
        Ok(checks)
    });
    match checked {
        Err(failure) if failure.kind != FailureKind::Interrupted => {
            Ok(vec![MachineCheck::error("workspace", failure.message, advice)])
        }
        checked => checked,
    }
}

async fn tables(session: &Session) -> Vec<MachineCheck> {
    let pipeline = match LoadedPipeline::of(&session.project) {
        Ok(pipeline) => pipeline,
        Err(failure) => {
            return vec![MachineCheck::error(
                "pipeline",
                failure.message,
                "run `piq validate` to see each error with its file and line",
            )];
        }
    };
    let enrichments = &pipeline.registry.enrichments;
    let asking = enrichments.iter().filter(|e| e.function.is_some()).count();
    let shown = format!(
        "{asking} questions in {} waves, {} computed views",
        pipeline.registry.waves,
        enrichments.len() - asking
    );
    let mut checks = vec![MachineCheck::ok("pipeline", shown)];
    checks.extend(needs(session, &pipeline).await.into_iter().map(MachineCheck::of));
    let id = match choose_warehouse(session).await {
        Ok(id) => id,
        Err(failure) => {
            checks.push(MachineCheck::error(
                "warehouse",
                failure.message,
                "piq needs a SQL warehouse to read the tables",
            ));
            return checks;
        }
    };
    let place = format!("{}.{}", pipeline.catalog, pipeline.schema);
    match Tables::open(pipeline.at(session, &id), &pipeline.relations).await.map_err(Failure::from) {
        Err(failure) => {
            checks.push(MachineCheck::error("warehouse", failure.message, "check the warehouse in the workspace"))
        }
        Ok(tables) => {
            checks.push(MachineCheck::ok("warehouse", id.to_string()));
            let state = if tables.is_new() {
                "no table yet; the first run creates them"
            } else {
                "the pipeline's tables exist"
            };
            checks.push(MachineCheck::ok("tables", format!("{place}: {state}")));
            let columns = pipelineiq::insight::source::Queries::columns(&pipeline.registry.source_sql);
            checks.push(match tables.run(&columns).await {
                Ok(_) => MachineCheck::ok("source", pipeline.registry.config.source_table.clone()),
                Err(e) if is_local(&session.project) && is_missing_table(&e) => MachineCheck::warning(
                    "source",
                    format!("table {} does not exist yet", pipeline.registry.config.source_table),
                    "write sample use cases with `piq sample-data`, or run `piq demo`",
                ),
                Err(e) => MachineCheck::error("source", e.to_string(), "run `piq doctor source` for details"),
            });
        }
    }
    checks
}
