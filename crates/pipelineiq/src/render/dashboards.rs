//! The dashboard files of a target: each that a resource names, with the target's catalog and schema in it.

use std::collections::BTreeMap;

use super::RenderedFile;
use super::paths::slashes;
use crate::pipeline::Content;
use piq_bundle::{Resource, ResourceKind, TargetBundle, TreeNode, clean};
use piq_diagnostics::{Diagnostic, Diagnostics, closest};
use piq_lakeview::set_parameters;

/// The folder of dashboards, in the project and in the bundle.
const FOLDER: &str = "dashboards/";

/// Rendered dashboards.
#[derive(Debug, Default)]
pub(super) struct DashboardFiles {
    /// Files by path in the bundle folder.
    pub files: BTreeMap<String, RenderedFile>,
    /// The file of each resource, by its key.
    pub of: BTreeMap<String, String>,
}

/// Renders what the target's dashboard resources name with `file_path`.
pub(super) fn dashboards(project: &TargetBundle, content: &Content) -> Result<DashboardFiles, Diagnostics> {
    let mut rendered = DashboardFiles::default();
    let mut problems = Vec::new();
    for resource in project.resources.iter().filter(|r| r.kind == ResourceKind::Dashboard) {
        match one(project, content, resource) {
            Ok(None) => {}
            Ok(Some((path, file))) => {
                rendered.files.insert(path.clone(), file);
                rendered.of.insert(resource.key.clone(), path);
            }
            Err(d) => problems.extend(d.0),
        }
    }
    if problems.is_empty() { Ok(rendered) } else { Err(Diagnostics(problems)) }
}

/// The file of each dashboard resource that has one, by the resource's key; files by their path from the project's folder.
///
/// # Errors
/// A `file_path` that leads to no dashboard of the project.
pub fn dashboard_files(project: &TargetBundle, content: &Content) -> Result<BTreeMap<String, String>, Diagnostics> {
    let mut found = BTreeMap::new();
    for resource in project.resources.iter().filter(|r| r.kind == ResourceKind::Dashboard) {
        if let Some(node) = resource.spec.get("file_path") {
            found.insert(resource.key.clone(), file_of(project, content, node)?);
        }
    }
    Ok(found)
}

fn file_of(project: &TargetBundle, content: &Content, node: &TreeNode) -> Result<String, Diagnostic> {
    let own = || own_path(project, node).map(|(_, key)| key);
    content_path(project, node)
        .into_iter()
        .chain(own())
        .find(|path| content.contains_key(path))
        .ok_or_else(|| missing(content, node))
}

fn one(
    project: &TargetBundle,
    content: &Content,
    resource: &Resource,
) -> Result<Option<(String, RenderedFile)>, Diagnostics> {
    let Some(node) = resource.spec.get("file_path") else { return Ok(None) };
    let path = file_of(project, content, node)?;
    if let Some((at, key)) = own_path(project, node).filter(|_| !path.starts_with(FOLDER)) {
        // a file of the bundle's own stays as it is and where it is
        let bytes = content[&key].text.clone().into_bytes();
        return Ok(Some((at, RenderedFile { bytes, map: None })));
    }
    let source = &content[&path];
    let bytes = match target_values(project)? {
        Some((catalog, schema)) => {
            set_parameters(&source.path, source.text.as_bytes(), &catalog, &schema)?.bytes.into_owned()
        }
        None => source.text.clone().into_bytes(),
    };
    Ok(Some((path, RenderedFile { bytes, map: None })))
}

/// Where a dashboard outside of `dashboards/` lies in the rendered folder, and its path from the project's folder.
pub(super) fn own_path(project: &TargetBundle, node: &TreeNode) -> Option<(String, String)> {
    let written = clean(&project.dir_of(node).join(node.as_str()?));
    let from_project = slashes(written.strip_prefix(clean(&project.project_dir)).ok()?);
    let at = match written.strip_prefix(project.sync_root()) {
        Ok(inside) => slashes(inside),
        Err(_) => format!("{FOLDER}{}", written.file_name()?.to_str()?),
    };
    Some((at, from_project))
}

/// The path from the project's folder. It starts at the file that names it; a path that starts in the bundle's folder
/// may also mean the `dashboards/` of the project, as the rendered bundle has it.
fn content_path(project: &TargetBundle, node: &TreeNode) -> Option<String> {
    let text = node.as_str()?;
    let written = clean(&project.dir_of(node).join(text));
    let from_bundle = written.strip_prefix(clean(&project.bundle_dir)).ok().map(slashes);
    let from_project = written.strip_prefix(clean(&project.project_dir)).ok().map(slashes);
    [from_project, from_bundle].into_iter().flatten().find(|p| p.starts_with(FOLDER))
}

fn missing(content: &Content, node: &TreeNode) -> Diagnostic {
    let text = node.as_str().unwrap_or_default();
    let d =
        Diagnostic::error("missing-dashboard", format!("cannot find the dashboard `{text}`")).at(node.span().clone());
    let name = text.rsplit('/').next().unwrap_or(text);
    let known = content.keys().filter_map(|k| k.strip_prefix(FOLDER)).filter(|k| k.ends_with(".lvdash.json"));
    match closest(name, known) {
        Some(near) => d.hint(format!("did you mean `{near}`?")),
        None => d.hint("the path starts at the file that names it"),
    }
}

/// The target's catalog and schema: the variables of these names. None if the bundle has no such variables.
fn target_values(project: &TargetBundle) -> Result<Option<(String, String)>, Diagnostic> {
    Ok(target_value(project, "catalog")?.zip(target_value(project, "schema")?))
}

/// The text of a variable of the target.
///
/// # Errors
/// A value that only the workspace knows.
pub fn target_value(project: &TargetBundle, name: &str) -> Result<Option<String>, Diagnostic> {
    match project.variables.get(name) {
        Some(node) if node.as_str().is_some_and(|text| text.contains("${")) => {
            let text = node.as_str().unwrap_or_default();
            let message = format!("only the workspace knows the {name} of target `{}`, `{text}`", project.target);
            Err(Diagnostic::error("dashboard-values-unknown", message)
                .at(node.span().clone())
                .hint(format!("give it with `--var {name}=…`")))
        }
        other => Ok(other.and_then(TreeNode::as_str).map(str::to_owned)),
    }
}
