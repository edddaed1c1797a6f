//! The checks of this machine and of the way to the workspace.

use std::process::{Command, ExitCode, Stdio};

use piq_diagnostics::FailureContext as _;
use serde::Serialize;
use serde_json::json;

use crate::cli::session::{Session, WorkspaceOptions, block_on, is_local};
use crate::cli::tables::{Pipeline, warehouse};
use crate::cli::{Context, Failure};
use pipelineiq::insight::query::is_missing_table;
use pipelineiq::insight::tables::Tables;
use piq_bundle::{LoadOptions, Mode, Project, load};
use piq_databricks::workspace::Workspace as _;
use piq_diagnostics::Severity;
use piq_local::{EngineState, engine_state};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    Warning,
    Error,
}

/// One check.
#[derive(Debug, Clone, Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    found: String,
    advice: Option<String>,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, found: found.into(), advice: None }
    }

    fn warning(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { status: Status::Warning, advice: Some(advice.into()), ..Self::ok(name, found) }
    }

    fn error(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { status: Status::Error, ..Self::warning(name, found, advice) }
    }
}

pub(super) fn check(context: &Context, options: &WorkspaceOptions) -> Result<ExitCode, Failure> {
    let mut checks = vec![Check::ok("piq", concat!("version ", env!("CARGO_PKG_VERSION")))];
    let (project, loaded) = project(context);
    checks.push(loaded);
    checks.push(git(context, project.as_ref()));
    let local = project.as_ref().is_some_and(is_local);
    checks.extend(engine(context, local));
    if let Some(project) = project {
        checks.extend(block_on(workspace(context, project, options))?);
    }
    let count = |status| checks.iter().filter(|c| c.status == status).count();
    let (errors, warnings) = (count(Status::Error), count(Status::Warning));
    if context.out.json() {
        let line = serde_json::to_string(&json!({"checks": checks, "errors": errors, "warnings": warnings}))
            .context("cannot write the result as JSON")?;
        context.out.result(&format!("{line}\n"));
    } else {
        context.out.result(&text(&checks));
    }
    Ok(ExitCode::from(u8::from(errors > 0)))
}

fn text(checks: &[Check]) -> String {
    let width = checks.iter().map(|c| c.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for c in checks {
        let mark = match c.status {
            Status::Ok => "\x1b[32m✓\x1b[0m",
            Status::Warning => "\x1b[33m!\x1b[0m",
            Status::Error => "\x1b[31m✗\x1b[0m",
        };
        out.push_str(&format!("{mark} {:<width$}  {}\n", c.name, c.found));
        if let Some(advice) = &c.advice {
            out.push_str(&format!("  {:<width$}  → {advice}\n", ""));
        }
    }
    out
}

/// The project, loaded and rendered.
fn project(context: &Context) -> (Option<Project>, Check) {
    let global = &context.global;
    let start = global.directory.as_deref().unwrap_or(std::path::Path::new("."));
    let options = LoadOptions { start, target: global.target.as_deref(), vars: &global.vars, env: &context.env };
    let project = match load(&options) {
        Ok(project) => project,
        Err(d) => {
            let errors = d.0.iter().filter(|d| d.severity == Severity::Error).count();
            let first = d.0.first().map(|d| d.message.clone()).unwrap_or_default();
            let advice = if d.0.iter().all(|d| d.code == "no-bundle") {
                "`piq init` writes the project, `piq -C DIR` names the folder of one"
            } else {
                "`piq validate` shows each fault with its place"
            };
            return (None, Check::error("project", format!("{first} ({errors} in all)"), advice));
        }
    };
    let shown = format!("bundle {}, target {}, in {}", project.name, project.target, project.project_dir.display());
    (Some(project), Check::ok("project", shown))
}

/// One line of a program's output.
fn ask(context: &Context, project: Option<&Project>, program: &str, args: &[&str]) -> Option<String> {
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

fn git(context: &Context, project: Option<&Project>) -> Check {
    let Some(version) = ask(context, project, "git", &["--version"]) else {
        return Check::warning(
            "git",
            "not found",
            "install git: deploys record the commit, and production asks for a branch",
        );
    };
    let Some(branch) = ask(context, project, "git", &["rev-parse", "--abbrev-ref", "HEAD"]) else {
        return Check::warning(
            "git",
            format!("{version}; not in a repository"),
            "`git init`: what is deployed should be committed",
        );
    };
    let wanted = project.filter(|p| p.mode == Some(Mode::Production)).and_then(|p| p.git_branch.as_deref());
    match wanted.filter(|w| *w != branch) {
        Some(wanted) => {
            let advice = format!("the target is deployed from `{wanted}`: switch to it");
            Check::error("git", format!("{version}; on branch {branch}"), advice)
        }
        None => Check::ok("git", format!("{version}; on branch {branch}")),
    }
}

/// Python and the environment of the SQL engine, which only the local workspace needs.
fn engine(context: &Context, local: bool) -> Vec<Check> {
    let EngineState { python, folder, ready } = engine_state(&context.env);
    let mut checks = vec![match python {
        Ok(found) => Check::ok("python", found),
        Err(why) if local && !ready => {
            Check::error("python", why, "install Python 3.10 or later, or name one with PIQ_PYTHON")
        }
        Err(why) => Check::warning("python", why, "only the local workspace needs it"),
    }];
    checks.push(match folder {
        Ok(folder) if ready => Check::ok("engine", format!("ready in {}", folder.display())),
        Ok(folder) => Check::warning(
            "engine",
            format!("not prepared yet (it will be in {})", folder.display()),
            "the first run on the local workspace prepares it: about 0.6 GB from the Python package index, once",
        ),
        Err(why) => Check::error("engine", why, "name a folder for it with PIQ_ENGINE_DIR"),
    });
    checks
}

/// The way to the workspace: who we are, the warehouse, the tables.
async fn workspace(context: &Context, project: Project, options: &WorkspaceOptions) -> Vec<Check> {
    let local = is_local(&project);
    let session = match Session::open(context, project, options).await {
        Ok(session) => session,
        Err(failure) => {
            let advice = if local {
                "`piq workspace reset` makes the local workspace anew; its tables are lost"
            } else {
                "`piq auth describe` shows every setting, where it comes from, and what was tried"
            };
            return vec![Check::error("workspace", failure.message, advice)];
        }
    };
    let host = session.workspace.host();
    let mut checks = vec![Check::ok("workspace", format!("{} on {host}", session.me.user_name))];
    checks.extend(tables(&session).await);
    session.close().await;
    checks
}

async fn tables(session: &Session) -> Vec<Check> {
    let pipeline = match Pipeline::of(&session.project) {
        Ok(pipeline) => pipeline,
        Err(failure) => {
            return vec![Check::error("pipeline", failure.message, "`piq validate` shows each fault with its place")];
        }
    };
    let enrichments = &pipeline.registry.enrichments;
    let asking = enrichments.iter().filter(|e| e.function.is_some()).count();
    let shown = format!(
        "{asking} questions in {} waves, {} computed views",
        pipeline.registry.waves,
        enrichments.len() - asking
    );
    let mut checks = vec![Check::ok("pipeline", shown)];
    let id = match warehouse(session).await {
        Ok(id) => id,
        Err(failure) => {
            checks.push(Check::error("warehouse", failure.message, "a SQL warehouse runs the statements of piq"));
            return checks;
        }
    };
    let place = format!("{}.{}", pipeline.catalog, pipeline.schema);
    match Tables::open(pipeline.at(session, &id), &pipeline.relations).await.map_err(Failure::from) {
        Err(failure) => {
            checks.push(Check::error("warehouse", failure.message, "look at the warehouse in the workspace"))
        }
        Ok(tables) => {
            checks.push(Check::ok("warehouse", id.clone()));
            let state = if tables.is_new() {
                "no table yet: the first run makes them"
            } else {
                "the pipeline's tables are there"
            };
            checks.push(Check::ok("tables", format!("{place}: {state}")));
            let columns = pipelineiq::insight::source::Queries::columns(&pipeline.registry.source_sql);
            checks.push(match tables.run(&columns).await {
                Ok(_) => Check::ok("source", pipeline.registry.config.source_table.clone()),
                Err(e) if is_local(&session.project) && is_missing_table(&e) => Check::warning(
                    "source",
                    format!("no table {} yet", pipeline.registry.config.source_table),
                    "`piq sample-data` makes sample use cases, `piq demo` runs the pipeline on them too",
                ),
                Err(e) => Check::error("source", e.to_string(), "`piq doctor source` tells more"),
            });
        }
    }
    checks
}
