//! From a project to the files of a complete bundle folder. Pure: the files are read before.

mod bundle_file;
mod content;
mod contract;
mod dashboards;
mod exploratory;
mod failed_cell;
mod lint;
mod paths;

use bundle_file::bundle_file;
pub use content::{read_content, read_project_content};
pub use contract::{contract, lint_dashboards, own_namespace};
pub use dashboards::{dashboard_files, target_value};
pub use failed_cell::failed_cell;
pub use lint::lint_own_notebooks;

use std::collections::BTreeMap;

use serde_json::json;

use crate::pipeline::{Content, Registry, RenderedPipeline, notebooks};
use crate::template::{SharedContext, SourceMap};
use piq_bundle::{TargetBundle, TreeNode};
use piq_diagnostics::{Diagnostic, Diagnostics, parallel};
use piq_lakeview::LintSettings;

/// One file of the bundle folder.
#[derive(Debug, Clone)]
pub struct RenderedFile {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Where its text comes from, if a template made it.
    pub map: Option<SourceMap>,
}

/// A rendered bundle.
#[derive(Debug)]
pub struct Bundle {
    /// Files by path in the bundle folder, with `/`. `databricks.yml` is among them.
    pub files: BTreeMap<String, RenderedFile>,
    /// The pipeline, if the project has one.
    pub registry: Option<Registry>,
    /// The file of each dashboard resource, by the resource's key. Resources with a text of their own have none.
    pub dashboards: BTreeMap<String, String>,
}

/// Renders a project for its target.
///
/// # Errors
/// Every fault of templates, pipeline files and dashboards, SQL that not every engine runs, and every notebook or
/// dashboard that a resource names and nothing provides.
pub fn render(project: &TargetBundle, content: &Content) -> Result<Bundle, Diagnostics> {
    let pipeline = rendered_notebooks(project, content)?;
    let faults = pipeline.as_ref().map(lint::check).unwrap_or_default();
    bundle(project, content, pipeline, faults)
}

/// Renders a project with a pipeline for its target, and checks its dashboards by the pipeline's tables: the bundle and
/// what is found in them.
///
/// # Errors
/// As [`render`].
pub fn render_and_lint(
    project: &TargetBundle,
    content: &Content,
    settings: LintSettings,
) -> Result<(Bundle, Vec<Diagnostic>), Diagnostics> {
    let pipeline = rendered_notebooks(project, content)?;
    let dashboards = || -> Result<_, Diagnostics> {
        let contract = pipeline.as_ref().map(contract::of_pipeline);
        Ok(lint_dashboards(content, contract.as_ref(), settings, &own_namespace(project, content)?))
    };
    let notebooks = || pipeline.as_ref().map(lint::check).unwrap_or_default();
    let (found, faults) = parallel::both(dashboards, notebooks);
    let mut warnings = pipeline.as_ref().map(|p| p.registry.warnings.clone()).unwrap_or_default();
    let bundle = bundle(project, content, pipeline, faults)?;
    warnings.extend(found?);
    Ok((bundle, warnings))
}

/// The files of a bundle whose notebooks are rendered, and have these faults.
fn bundle(
    project: &TargetBundle,
    content: &Content,
    pipeline: Option<RenderedPipeline>,
    faults: Vec<Diagnostic>,
) -> Result<Bundle, Diagnostics> {
    if !faults.is_empty() {
        return Err(Diagnostics(faults));
    }
    let mut files = BTreeMap::new();
    let mut registry = None;
    if let Some(pipeline) = pipeline {
        for (path, r) in pipeline.notebooks {
            files.insert(path, RenderedFile { bytes: r.text.into_bytes(), map: Some(r.map) });
        }
        files.extend(exploratory::notebooks(content, &pipeline.context)?);
        registry = Some(pipeline.registry);
    }
    missing_notebooks(project, &files)?;
    let dashboards = dashboards::dashboards(project, content)?;
    files.extend(dashboards.files);
    let main = bundle_file(project, &dashboards.of)?;
    files.insert("databricks.yml".into(), RenderedFile { bytes: main.into_bytes(), map: None });
    Ok(Bundle { files, registry, dashboards: dashboards.of })
}

/// The pipeline and its notebooks, if the project has one.
fn rendered_notebooks(project: &TargetBundle, content: &Content) -> Result<Option<RenderedPipeline>, Diagnostics> {
    if !content.contains_key("sql/pipeline.yml") {
        return Ok(None);
    }
    notebooks(content, &target_context(project)).map(Some)
}

/// What templates see of the target.
fn target_context(project: &TargetBundle) -> SharedContext {
    let variables: serde_json::Map<_, _> =
        project.variables.iter().map(|(name, value)| (name.clone(), value.to_json())).collect();
    let bundle = json!({"name": project.name, "target": project.target});
    SharedContext::default().with("var", &variables).with("bundle", &bundle)
}

/// Every relative notebook path must be a file that was rendered or stands in the bundle folder.
fn missing_notebooks(project: &TargetBundle, files: &BTreeMap<String, RenderedFile>) -> Result<(), Diagnostics> {
    let mut problems = Vec::new();
    for path in notebook_paths(project) {
        let Some(text) = path.as_str().filter(|p| p.starts_with('.')) else { continue };
        let dir = project.dir_of(path);
        let on_disk = dir.join(text).is_file();
        let from_bundle = dir.strip_prefix(&project.bundle_dir).ok().map(|d| d.join(text.trim_start_matches("./")));
        let rendered = from_bundle.is_some_and(|p| files.contains_key(&p.to_string_lossy().replace('\\', "/")));
        if !on_disk && !rendered {
            let d = Diagnostic::error("missing-notebook", format!("cannot find the notebook `{text}`"))
                .at(path.span().clone());
            let names = files.keys().map(|k| format!("./{k}")).collect::<Vec<_>>();
            problems.push(match piq_diagnostics::closest(text, names.iter().map(String::as_str)) {
                Some(near) => d.hint(format!("did you mean `{near}`?")),
                None => {
                    d.hint("it must be in the bundle's folder, or a template of templates/notebooks/ must generate it")
                }
            });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Diagnostics(problems)) }
}

/// The notebook path of every task.
fn notebook_paths(project: &TargetBundle) -> impl Iterator<Item = &TreeNode> {
    let tasks =
        project.resources.iter().flat_map(|r| r.spec.get("tasks").and_then(|t| t.as_list()).unwrap_or_default());
    tasks.filter_map(|t| t.get("notebook_task.notebook_path"))
}
