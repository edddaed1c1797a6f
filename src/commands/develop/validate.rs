//! `piq validate`

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use pipelineiq::render::{
    contract, lint_dashboards, lint_own_notebooks, own_namespace, read_project_content, render as rendered,
};
use piq_bundle::{Hook, LoadOptions, Project, ResourceKind, load, targets};
use piq_diagnostics::{Diagnostic, Diagnostics, Failure, Severity, sarif};
use piq_lakeview::files::main_values;
use serde_json::{Value, json};

use crate::context::{Context, hooks};
use crate::output::format::OutputFormat;

/// Check the bundle, its notebooks and its dashboards
///
/// `-o sarif` writes the findings for code scanning. Works offline. Checks the target of `-t` or the default one; without either, every target.
#[derive(Debug, Clone, Args)]
pub(crate) struct ValidateArgs {}

pub(crate) fn cmd_validate(context: &Context, _args: &ValidateArgs) -> Result<ExitCode, Failure> {
    let start = context.global.start_folder();
    hooks::before_reading(context)?;
    let is_sarif = context.global.output() == OutputFormat::Sarif;
    let log = |found: &[Diagnostic]| context.out.result(&sarif(found, env!("CARGO_PKG_VERSION")));
    let projects = match check(context, start) {
        Err(found) if is_sarif => {
            log(&found.0);
            return Ok(ExitCode::from(1));
        }
        checked => checked?,
    };
    for project in &projects {
        hooks::run(context, project, Hook::PostInit)?;
    }
    let mut warnings: Vec<Diagnostic> = Vec::new();
    for warning in projects.iter().flat_map(|p| &p.warnings) {
        if !warnings.contains(warning) {
            warnings.push(warning.clone());
        }
    }
    if is_sarif {
        log(&warnings);
        return Ok(ExitCode::SUCCESS);
    }
    context.out.findings(&warnings);
    if context.out.json() {
        let list: Vec<Value> = projects.iter().map(summary).collect();
        context.out.result(&format!("{}\n", json!({"targets": list})));
    } else {
        let texts: Vec<String> = projects.iter().map(text).collect();
        context.out.result(&texts.join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

fn check(context: &Context, start: &Path) -> Result<Vec<Project>, Diagnostics> {
    let global = &context.global;
    let one = |target: Option<&str>| {
        let mut project = load(&LoadOptions { target, ..context.load_options() })?;
        // a project that does not render cannot be deployed
        let content = read_project_content(&project)?;
        rendered(&project, &content)?;
        // the rules are PipelineIQ's and do not hold for other bundles
        if content.contains_key("sql/pipeline.yml") {
            let found = lint_dashboards(
                &content,
                contract(&project, &content)?.as_ref(),
                main_values(&project.project_dir)?.lint_settings(),
                &own_namespace(&project, &content)?,
            );
            if found.iter().any(|d| d.severity == Severity::Error) {
                return Err(Diagnostics(found));
            }
            project.warnings.extend(found);
        }
        project.warnings.extend(lint_own_notebooks(&project));
        project.refused_for_a_person()?;
        Ok::<_, Diagnostics>(project)
    };
    if global.target.is_some() {
        return Ok(vec![one(global.target.as_deref())?]);
    }
    let (names, chosen) = targets(start)?;
    if chosen.is_some() || names.is_empty() {
        return Ok(vec![one(None)?]);
    }
    let mut projects = Vec::new();
    let mut errors: Vec<Diagnostic> = Vec::new();
    for name in &names {
        match one(Some(name)) {
            Ok(project) => projects.push(project),
            // targets that share a line report the same error
            Err(e) => errors.extend(e.0.into_iter().filter(|d| !errors.contains(d)).collect::<Vec<_>>()),
        }
    }
    if errors.is_empty() { Ok(projects) } else { Err(Diagnostics(errors)) }
}

/// The name a resource is shown by.
fn name(project: &Project, kind: ResourceKind, key: &str) -> Option<String> {
    project.resource(kind, key)?.spec.str_at(kind.name_field()).map(str::to_owned)
}

fn summary(p: &Project) -> Value {
    let resources: Vec<Value> = p
        .resources
        .iter()
        .map(|r| json!({"kind": r.kind.as_str(), "key": r.key, "name": name(p, r.kind, &r.key)}))
        .collect();
    let variables: serde_json::Map<String, Value> = p.variables.iter().map(|(k, v)| (k.clone(), v.to_json())).collect();
    json!({
        "name": p.name,
        "target": p.target,
        "mode": p.mode.map(|m| m.as_str()),
        "workspace": {
            "host": p.workspace.host,
            "profile": p.workspace.profile,
            "root_path": p.workspace.root_path,
            "file_path": p.workspace.file_path,
            "state_path": p.workspace.state_path,
        },
        "variables": variables,
        "resources": resources,
        "refused_for_a_person": p.refused_for_a_person().unwrap_or_default(),
    })
}

fn text(p: &Project) -> String {
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
    let refused = p.refused_for_a_person().unwrap_or_default();
    if !refused.is_empty() {
        let checks = refused.join(", ");
        lines.push(format!("  deployer   a service principal; a person has to override: {checks}"));
    }
    for r in &p.resources {
        let name = name(p, r.kind, &r.key).map(|n| format!("  {n}")).unwrap_or_default();
        lines.push(format!("  {}.{}{name}", r.kind.as_str(), r.key));
    }
    lines.join("\n") + "\n"
}
