//! Values that shells complete: targets, resources and columns of the project in this folder, or the one that `-C` names.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap_complete::CompletionCandidate;
use pipelineiq::render::{read_content, render};
use piq_bundle::{LoadOptions, ResourceKind, TargetBundle, load, targets};
use piq_diagnostics::env::Env;

/// The value of an option on the command line that is completed.
fn option(short: &str, long: &str) -> Option<String> {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let at = words.iter().position(|word| word == short || word == long)?;
    words.get(at + 1).cloned()
}

fn folder() -> PathBuf {
    option("-C", "--directory").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// The project, if it can be read: an error would only disturb the command line.
fn project() -> Option<TargetBundle> {
    let (start, env, named) = (folder(), Env::from_process(), option("-t", "--target"));
    let options = LoadOptions { start: &start, target: named.as_deref(), vars: &[], env: &env };
    let (names, chosen) = targets(&options).ok()?;
    let target = chosen.or_else(|| names.first().cloned());
    load(&LoadOptions { target: target.as_deref(), ..options }).ok()
}

fn starting_with(current: &OsStr, values: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    values.into_iter().filter(|value| value.starts_with(&*current)).map(CompletionCandidate::new).collect()
}

fn keys(kind: Option<ResourceKind>, qualified: bool) -> Vec<String> {
    let Some(project) = project() else { return Vec::new() };
    let of_kind = project.resources.iter().filter(|r| kind.is_none_or(|k| r.kind == k));
    of_kind.map(|r| if qualified { format!("{}.{}", r.kind.as_str(), r.key) } else { r.key.clone() }).collect()
}

/// Targets of the bundle.
pub(crate) fn target_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let (start, env) = (folder(), Env::from_process());
    let options = LoadOptions { start: &start, target: None, vars: &[], env: &env };
    starting_with(current, targets(&options).map(|(names, _)| names).unwrap_or_default())
}

/// Keys of jobs.
pub(crate) fn job_keys(current: &OsStr) -> Vec<CompletionCandidate> {
    starting_with(current, keys(Some(ResourceKind::Job), false))
}

/// Keys of dashboards.
pub(crate) fn dashboard_keys(current: &OsStr) -> Vec<CompletionCandidate> {
    starting_with(current, keys(Some(ResourceKind::Dashboard), false))
}

/// All resources, as `KIND.KEY`.
pub(crate) fn resource_keys(current: &OsStr) -> Vec<CompletionCandidate> {
    starting_with(current, keys(None, true))
}

/// Columns that an enrichment can read: those of the source and of the enrichments.
pub(crate) fn input_columns(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(project) = project() else { return Vec::new() };
    let rendered = read_content(&project.project_dir).and_then(|content| render(&project, &content));
    let Some(registry) = rendered.ok().and_then(|rendered| rendered.registry) else { return Vec::new() };
    let source = registry.source_columns.rows.iter().filter_map(|row| row.get("column"));
    let added = registry.enrichments.iter().flat_map(|e| e.columns.keys());
    starting_with(current, source.chain(added).cloned())
}

/// Enrichments that ask a model.
pub(crate) fn question_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(project) = project() else { return Vec::new() };
    let rendered = read_content(&project.project_dir).and_then(|content| render(&project, &content));
    let Some(registry) = rendered.ok().and_then(|rendered| rendered.registry) else { return Vec::new() };
    let asks = registry.enrichments.into_iter().filter(|e| e.function.is_some());
    starting_with(current, asks.map(|e| e.name))
}
