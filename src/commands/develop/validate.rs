//! `piq validate`

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use pipelineiq::pipeline::Content;
use pipelineiq::render::{
    dashboard_files, lint_own_notebooks, read_project_content, render as rendered, render_and_lint,
};
use piq_bundle::{Hook, LoadOptions, TargetBundle, TargetFacts, load, targets};
use piq_deploy::{Desired, Rendered, build_offline, resolved, shared_root};
use piq_diagnostics::{Diagnostic, Diagnostics, Failure, Severity, sarif};
use piq_lakeview::files::main_values;
use piq_lakeview::lint_elsewhere;

use super::locations::locations;
use super::planned_cells::{PlannedCells, plan_cells};
use crate::context::session::to_deploy;
use crate::context::{Context, hooks};
use crate::output::format::OutputFormat;

/// Check the bundle, its files, notebooks and dashboards
///
/// Works offline. Finds all that a deploy would refuse without asking the workspace. Checks the target of `-t` or the
/// default one; without either, every target. `-o json` prints the resolved bundle of one target in the form of the
/// official CLI, and `-o sarif` the findings for code scanning. `--plan` takes some seconds, and a download the first time.
#[derive(Debug, Clone, Args)]
pub(crate) struct ValidateArgs {
    /// Take warnings for errors
    #[arg(long)]
    strict: bool,
    /// Add the file, line and column of every value to the JSON
    #[arg(long)]
    include_locations: bool,
    /// Let the local engine plan every cell of the notebooks too, over a source without rows; asks no model
    #[arg(long)]
    plan: bool,
}

/// A target that passed.
pub(crate) struct Valid {
    /// As the files write it, for scripts.
    pub project: TargetBundle,
    /// As far as a deploy is known without the workspace.
    deployed: TargetBundle,
    pub desired: Desired,
}

pub(crate) fn cmd_validate(context: &Context, args: &ValidateArgs) -> Result<ExitCode, Failure> {
    let start = context.start_folder();
    hooks::before_reading(context)?;
    let is_sarif = context.global.output() == OutputFormat::Sarif;
    let log = |found: &[Diagnostic]| context.out.result(&sarif(found, env!("CARGO_PKG_VERSION")));
    let valid = match check(context, start) {
        Err(found) if is_sarif => {
            log(&found.0);
            return Ok(ExitCode::from(1));
        }
        checked => checked?,
    };
    for one in &valid {
        hooks::run(context, &one.project, Hook::PostInit)?;
    }
    if args.plan {
        let refused = plan(context, &valid)?;
        if is_sarif && !refused.is_empty() {
            log(&refused);
            return Ok(ExitCode::from(1));
        }
        if !refused.is_empty() {
            return Err(Diagnostics(refused).into());
        }
    }
    let mut warnings: Vec<Diagnostic> = Vec::new();
    let mut seen = HashSet::new();
    for warning in
        valid.iter().flat_map(|v| v.project.warnings.iter().chain(&v.deployed.warnings).chain(&v.desired.warnings))
    {
        if seen.insert(identity(warning)) {
            warnings.push(warning.clone());
        }
    }
    if args.strict && !warnings.is_empty() {
        let as_error = |d| Diagnostic { severity: Severity::Error, ..d };
        let errors: Vec<Diagnostic> = warnings.into_iter().map(as_error).collect();
        if is_sarif {
            log(&errors);
            return Ok(ExitCode::from(1));
        }
        return Err(Diagnostics(errors).into());
    }
    if is_sarif {
        log(&warnings);
        return Ok(ExitCode::SUCCESS);
    }
    context.out.findings(&warnings);
    for one in &valid {
        let shared = shared_root(&one.deployed);
        for note in one.deployed.mode_notes().into_iter().chain(shared) {
            context.out.log(&format!("note for target {}: {note}", one.project.target));
        }
    }
    if context.out.json() {
        let [one] = valid.as_slice() else {
            let names: Vec<String> = valid.iter().map(|v| format!("`{}`", v.project.target)).collect();
            return Err(Failure::usage("the JSON of a bundle is that of one target")
                .hint(format!("pass `-t` with one of {}", names.join(", "))));
        };
        let mut json = resolved(&one.deployed, &one.desired);
        if args.include_locations {
            json["__locations"] = locations(&one.deployed);
        }
        context.out.result(&format!("{json}\n"));
    } else {
        let texts: Vec<String> = valid.iter().map(|v| text(&v.project)).collect();
        context.out.result(&texts.join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

fn check(context: &Context, start: &Path) -> Result<Vec<Valid>, Diagnostics> {
    let global = &context.global;
    let one = |target: Option<&str>| check_target(load(&LoadOptions { target, ..context.load_options() })?);
    if global.target.is_some() {
        return Ok(vec![one(global.target.as_deref())?]);
    }
    let (names, chosen) = targets(&LoadOptions { start, ..context.load_options() })?;
    if chosen.is_some() || names.is_empty() {
        return Ok(vec![one(None)?]);
    }
    let mut valid = Vec::new();
    let mut seen = HashSet::new();
    let mut errors: Vec<Diagnostic> = Vec::new();
    for name in &names {
        match one(Some(name)) {
            Ok(target) => valid.push(target),
            // targets that share a line report the same error
            Err(e) => errors.extend(e.0.into_iter().filter(|d| seen.insert(identity(d))).collect::<Vec<_>>()),
        }
    }
    if errors.is_empty() { Ok(valid) } else { Err(Diagnostics(errors)) }
}

/// What the engine refuses of the cells of these targets; a fault of several is named once.
fn plan(context: &Context, valid: &[Valid]) -> Result<Vec<Diagnostic>, Failure> {
    let mut refused = Vec::new();
    let mut seen = HashSet::new();
    for one in valid {
        let PlannedCells { planned, notebooks, refused: found } = plan_cells(context, &one.project)?;
        let found: Vec<Diagnostic> = found.into_iter().filter(|d| seen.insert(identity(d))).collect();
        context.out.log(&format!(
            "target {}: the engine planned {planned} cells of {notebooks} notebooks and refused {}",
            one.project.target,
            found.len()
        ));
        refused.extend(found);
    }
    Ok(refused)
}

/// What tells a diagnostic from others.
fn identity(d: &Diagnostic) -> (&'static str, String, Vec<(String, Range<usize>)>) {
    let places = d.labels.iter().map(|l| (l.place.source.path.clone(), l.place.span.clone()));
    (d.code, d.message.clone(), places.collect())
}

/// Checks all that a deploy would refuse without asking the workspace.
pub(crate) fn check_target(mut project: TargetBundle) -> Result<Valid, Diagnostics> {
    let deployed = project.loaded.for_target(&TargetFacts::default())?;
    let content = read_project_content(&project)?;
    let pipeline = content.contains_key("sql/pipeline.yml");
    // a project that does not render cannot be deployed
    let (bundle, found, mut errors) = if pipeline {
        let settings = main_values(&project.project_dir)?.lint_settings();
        let (bundle, found) = render_and_lint(&project, &content, settings)?;
        (to_deploy(bundle), found, Vec::new())
    } else {
        let (bundle, errors) = match rendered(&project, &content) {
            Ok(bundle) => (to_deploy(bundle), Vec::new()),
            Err(e) => (Rendered::default(), e.0),
        };
        (bundle, lint_of_elsewhere(&project, &content), errors)
    };
    if !found.is_empty() {
        if found.iter().any(|d| d.severity == Severity::Error) {
            return Err(Diagnostics(found));
        }
        project.warnings.extend(found);
    }
    project.warnings.extend(lint_own_notebooks(&project));
    match build_offline(&deployed, &bundle) {
        Ok(desired) if errors.is_empty() => Ok(Valid { project, deployed, desired }),
        Ok(_) => Err(Diagnostics(errors)),
        Err(found) => {
            // one place is named once
            let first = |d: &Diagnostic| d.labels.first().map(|l| (l.place.source.path.clone(), l.place.span.clone()));
            let named: HashSet<_> = errors.iter().filter_map(first).collect();
            errors.extend(found.0.into_iter().filter(|d| first(d).is_none_or(|place| !named.contains(&place))));
            Err(Diagnostics(errors))
        }
    }
}

/// What is found in the dashboards of a bundle without a pipeline, which has conventions of its own. A file that is
/// missing has its error from rendering.
fn lint_of_elsewhere(project: &TargetBundle, content: &Content) -> Vec<Diagnostic> {
    let files: BTreeSet<String> = dashboard_files(project, content).unwrap_or_default().into_values().collect();
    let texts = files.iter().filter_map(|path| Some((path, content.get(path)?)));
    texts.flat_map(|(path, source)| lint_elsewhere(path, source.text.as_bytes())).collect()
}

fn text(p: &TargetBundle) -> String {
    let mut lines = vec![format!("Bundle {}, target {}: valid", p.name, p.target)];
    let mut add = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            lines.push(format!("  {key:<10} {value}"));
        }
    };
    add("mode", p.mode.map(|m| m.as_str()));
    add("host", p.workspace.host.as_deref());
    add("root path", Some(&p.workspace.root_path));
    add("files", Some(&p.workspace.file_path));
    add("state", Some(&p.workspace.state_path));
    for r in &p.resources {
        let name = r.spec.str_at(r.kind.name_field()).map(|n| format!("  {n}")).unwrap_or_default();
        lines.push(format!("  {}.{}{name}", r.kind.as_str(), r.key));
    }
    lines.join("\n") + "\n"
}
