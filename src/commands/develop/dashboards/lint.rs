//! `piq dashboards lint`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use pipelineiq::render::{contract, lint_dashboards, own_namespace, read_content};
use piq_bundle::{LoadOptions, load, targets};
use piq_diagnostics::{Failure, FailureContext as _, Severity};
use piq_lakeview::{Contract, LintSettings, explain, files, fixed, lint, lint_elsewhere};
use serde_json::json;

use crate::commands::develop::dashboards::chosen_files::{chosen_files, files_of_resources, no_project, start_folder};
use crate::commands::develop::dashboards::query_plans;
use crate::context::Context;
use crate::context::options::WorkspaceOptions;

/// Check dashboards against the rules of `docs/dashboards.md`
///
/// In a project with a pipeline also checks each column and literal against the tables and views of the pipeline. While the
/// local workspace of the project runs, or with `--plan`, the engine plans the query of each dataset. Without files also
/// checks the lock of names, `dashboards/names.lock`. Exit code: 0 no errors, 1 errors.
#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// Dashboard files; by default `dashboards/*.lvdash.json` of the project, and those that the bundle's resources name
    files: Vec<PathBuf>,
    /// Check columns and literals against the tables in this JSON file instead of the pipeline's
    #[arg(long, value_name = "FILE")]
    contract: Option<PathBuf>,
    /// Plan the query of each dataset on a SQL warehouse of the target
    #[arg(long)]
    plan: bool,
    /// Use no SQL engine, even if the local workspace runs
    #[arg(long, conflicts_with = "plan")]
    no_plan: bool,
    /// Correct what can be corrected mechanically (versions, page types, colours, line ends), then check
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_lint(context: &Context, args: &LintArgs) -> Result<ExitCode, Failure> {
    let start = start_folder(context)?;
    let pipeline = of_pipeline(context, &start)?;
    let contract = match &args.contract {
        Some(file) => Some(files::contract(file)?),
        None => pipeline.contract,
    };
    let settings = match files::project(&start) {
        Some(project) => files::main_values(&project)?.lint_settings(),
        None => LintSettings::default(),
    };
    let elsewhere = if args.files.is_empty() { dashboards_elsewhere(context, &start)? } else { Vec::new() };
    if args.fix {
        let files = chosen_files(context, &args.files)?;
        for path in files.into_iter().chain(elsewhere.iter().map(|(_, path)| path.clone())) {
            correct(context, &path, settings)?;
        }
    }
    let mut found = Vec::new();
    let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
    if args.files.is_empty() {
        let project = files::project(&start).ok_or_else(|| no_project(&start))?;
        let content = read_content(&project)?;
        found.extend(lint_dashboards(&content, contract.as_ref(), settings, &pipeline.own_namespace));
        let dashboards = content.iter().filter(|(k, _)| k.starts_with("dashboards/") && k.ends_with(files::EXTENSION));
        texts.extend(dashboards.map(|(path, source)| (path.clone(), source.text.clone().into_bytes())));
        for (shown, path) in elsewhere {
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read `{shown}`"))?;
            found.extend(lint_elsewhere(&shown, &bytes));
            texts.push((shown, bytes));
        }
    } else {
        for path in &args.files {
            let shown = path.display().to_string();
            let bytes = std::fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
            found.extend(lint(&shown, &bytes, settings, contract.as_ref()));
            texts.push((shown, bytes));
        }
    }
    let queries = || texts.iter().flat_map(|(path, bytes)| explain(path, bytes)).collect::<Vec<_>>();
    let planned = if args.plan {
        Some(query_plans::on_target(context, &args.workspace, queries())?)
    } else if args.no_plan {
        None
    } else {
        query_plans::on_running(context, &start, queries)?
    };
    found.extend(planned.iter().flat_map(|p| p.found.clone()));
    let errors = found.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = found.len() - errors;
    context.out.findings(&found);
    let planned = planned.map_or(0, |p| p.planned);
    if context.out.json() {
        let summary = json!({"files": texts.len(), "errors": errors, "warnings": warnings, "planned": planned});
        context.out.result(&format!("{summary}\n"));
    } else {
        let engine = if planned > 0 { format!("; queries planned by the engine: {planned}") } else { String::new() };
        let checked = texts.len();
        context.out.log(&format!("dashboards checked: {checked}; errors: {errors}; warnings: {warnings}{engine}"));
    }
    Ok(ExitCode::from(u8::from(errors > 0)))
}

/// The dashboards outside of `dashboards/` that the resources of the bundle name: as they are shown, and their paths.
fn dashboards_elsewhere(context: &Context, start: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let Some(project) = files::project(start) else { return Ok(Vec::new()) };
    match files_of_resources(context, &project) {
        Ok(found) => Ok(found.into_iter().map(|path| (path.clone(), project.join(path))).collect()),
        // a bundle that cannot be read may have dashboards in their usual folder
        Err(why) if !files::dashboards(&project)?.is_empty() => {
            context.out.log(&format!("cannot tell which other dashboards the bundle has: {why}"));
            Ok(Vec::new())
        }
        Err(why) => Err(why),
    }
}

/// Writes the mechanical corrections of one file.
fn correct(context: &Context, path: &Path, settings: LintSettings) -> Result<(), Failure> {
    let shown = path.display();
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(()) };
    let (text, count) = fixed(&text, settings);
    if count > 0 {
        files::replace(path, text.as_bytes())?;
        context.out.log(&format!("{shown}: {count} corrected"));
    }
    Ok(())
}

/// What the lint knows of the project.
#[derive(Default)]
struct PipelineContract {
    contract: Option<Contract>,
    own_namespace: BTreeSet<String>,
}

/// What the pipeline of the project creates, if there is a project with a pipeline. The target only matters where the
/// SQL differs by target: without `-t` and a default it is the first.
fn of_pipeline(context: &Context, start: &Path) -> Result<PipelineContract, Failure> {
    let Some(folder) = files::project(start).filter(|p| p.join("sql/pipeline.yml").is_file()) else {
        return Ok(PipelineContract::default());
    };
    let (names, chosen) = targets(&LoadOptions { start, ..context.load_options() })?;
    let target = chosen.or_else(|| names.first().cloned());
    let project = load(&LoadOptions { start, target: target.as_deref(), ..context.load_options() })?;
    let content = read_content(&folder)?;
    Ok(PipelineContract { contract: contract(&project, &content)?, own_namespace: own_namespace(&project, &content)? })
}
