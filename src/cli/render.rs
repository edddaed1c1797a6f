//! `piq render`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use piq_diagnostics::FailureContext as _;
use serde_json::json;

use super::{Context, Failure, hooks};
use pipelineiq::render::{Bundle, RenderedFile, lint_own_notebooks, read_project_content, render};
use piq_bundle::{Hook, LoadOptions, Project, load_to_render};
use piq_deploy::read_files;
use piq_diagnostics::render as diagnostics;

/// Writes the complete bundle of a target, offline: the official CLI can deploy it as it is. `-o DIR` names the folder
/// (`.piq/render/TARGET` of the project if left out); what piq wrote there before is replaced.
#[derive(Debug, Clone, Args)]
pub(super) struct RenderArgs {}

/// Tells a folder that piq wrote from others.
const MARKER: &str = ".piq-rendered";

/// Runs `piq render`.
///
/// # Errors
/// The diagnostics of the project, and files that cannot be written.
pub(super) fn cmd_render(context: &Context, _args: &RenderArgs) -> Result<ExitCode, Failure> {
    let global = &context.global;
    let start = global.directory.as_deref().unwrap_or(Path::new("."));
    hooks::before_reading(context)?;
    let mut project = load_to_render(&LoadOptions {
        start,
        target: global.target.as_deref(),
        vars: &global.vars,
        env: &context.env,
    })?;
    hooks::run(context, &project, Hook::PostInit)?;
    project.warnings.extend(lint_own_notebooks(&project));
    context.out.raw_error(&diagnostics(&project.warnings, global.output().diagnostics()));
    let mut bundle = render(&project, &read_project_content(&project)?)?;
    add_own_files(&project, &mut bundle)?;
    let out = global
        .output_folder()
        .map_or_else(|| project.project_dir.join(".piq/render").join(&project.target), PathBuf::from);
    write(&bundle, &out)?;
    if context.out.json() {
        let files: Vec<&String> = bundle.files.keys().collect();
        context.out.result(&format!("{}\n", json!({"target": project.target, "dir": out, "files": files})));
    } else {
        let mut text = format!("Rendered target {} to {}\n", project.target, out.display());
        for path in bundle.files.keys() {
            text.push_str(&format!("  {path}\n"));
        }
        context.out.result(&text);
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds what a deploy uploads besides what is rendered; the sources of the bundle itself have become one file.
fn add_own_files(project: &Project, bundle: &mut Bundle) -> Result<(), Failure> {
    let local = read_files(project)?;
    let sources: Vec<PathBuf> = project.sources.iter().map(|s| project.project_dir.join(&s.path)).collect();
    let rendered: Vec<String> = local.files.keys().filter_map(|p| p.strip_suffix(MARKER).map(str::to_owned)).collect();
    for (path, bytes) in local.files {
        let file = local.root.join(&path);
        if path == MARKER || rendered.iter().any(|folder| !folder.is_empty() && path.starts_with(folder)) {
            continue;
        }
        // also what other targets include
        let definition = bundle.registry.is_some()
            && file.parent() == Some(&project.bundle_dir)
            && file.extension().is_some_and(|e| e == "yml" || e == "yaml");
        if !definition && !sources.contains(&file) {
            bundle.files.entry(path).or_insert(RenderedFile { bytes, map: None });
        }
    }
    Ok(())
}

/// Writes the whole folder beside its place, then swaps it in: a fault leaves the earlier one.
fn write(bundle: &Bundle, out: &Path) -> Result<(), Failure> {
    let occupied = out.read_dir().is_ok_and(|mut d| d.next().is_some());
    if occupied && !out.join(MARKER).is_file() {
        return Err(Failure::refused(format!("{} holds files that piq did not write", out.display()))
            .hint("name an empty or a new folder"));
    }
    let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("failed to create {}", parent.display()))?;
    let staging = tempfile::Builder::new().prefix(".piq-render-").tempdir_in(parent).context("failed to stage")?;
    for (path, file) in &bundle.files {
        let to = staging.path().join(path);
        if let Some(dir) = to.parent() {
            std::fs::create_dir_all(dir).with_context(|| format!("failed to create {}", dir.display()))?;
        }
        std::fs::write(&to, &file.bytes).with_context(|| format!("failed to write {}", to.display()))?;
    }
    std::fs::write(staging.path().join(MARKER), "").context("failed to write")?;
    if out.exists() {
        std::fs::remove_dir_all(out).with_context(|| format!("failed to replace {}", out.display()))?;
    }
    let staged = staging.keep();
    std::fs::rename(&staged, out).with_context(|| format!("failed to move to {}", out.display()))
}
