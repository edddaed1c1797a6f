//! `piq render`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use pipelineiq::render::{Bundle, RenderedFile, lint_own_notebooks, read_project_content, render};
use piq_bundle::{Hook, TargetBundle, load_to_render, relative};
use piq_deploy::{library_files, read_files};
use piq_diagnostics::own_folder::OwnFolder;
use piq_diagnostics::{Failure, FailureContext as _};
use serde_json::json;

use crate::context::{Context, hooks};

/// Write the complete bundle of a target, which the official CLI can deploy
///
/// Works offline. `-o DIR` names the folder, by default `.piq/render/TARGET` of the project; files that piq wrote there
/// before are replaced.
#[derive(Debug, Clone, Args)]
pub(crate) struct RenderArgs {}

/// Marks a folder as written by piq.
const MARKER: &str = ".piq-rendered";

pub(crate) fn cmd_render(context: &Context, _args: &RenderArgs) -> Result<ExitCode, Failure> {
    let global = &context.global;
    hooks::before_reading(context)?;
    let mut project = load_to_render(&context.load_options())?;
    hooks::run(context, &project, Hook::PostInit)?;
    project.warnings.extend(lint_own_notebooks(&project));
    context.out.findings(&project.warnings);
    let mut bundle = render(&project, &read_project_content(&project)?)?;
    add_own_files(context, &project, &mut bundle)?;
    let out = match global.output_folder() {
        Some(folder) => PathBuf::from(folder),
        None => {
            let own = OwnFolder::of(&project.project_dir, "render");
            own.make().context("cannot create `.piq/render`")?;
            own.file(&project.target)
        }
    };
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

/// Adds the files that a deploy uploads besides the rendered ones; the bundle's own sources are one file by now.
fn add_own_files(context: &Context, project: &TargetBundle, bundle: &mut Bundle) -> Result<(), Failure> {
    let local = read_files(project)?;
    context.out.findings(&local.warnings);
    for file in library_files(project) {
        // what a build left here is not among the files that are uploaded, and the rendered bundle names it
        let path = relative(&file, &local.root);
        if !path.starts_with("..") && !bundle.files.contains_key(&path) {
            let bytes = std::fs::read(&file).with_context(|| format!("failed to read {}", file.display()))?;
            bundle.files.insert(path, RenderedFile { bytes, map: None });
        }
    }
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

/// Writes the whole folder beside its place, then swaps it in: an error leaves the old one.
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
