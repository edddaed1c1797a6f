//! Reads the text files that content is made from.

use std::path::Path;

use super::dashboards::own_path;
use crate::pipeline::Content;
use crate::starter::built_in_templates;
use piq_bundle::{ResourceKind, TargetBundle};
use piq_diagnostics::{Diagnostic, Diagnostics, Source};

/// Folders of a project that content comes from.
const FOLDERS: [&str; 3] = ["sql", "templates", "dashboards"];
/// Folders may nest this deep.
const DEPTH: usize = 16;

/// The file that makes a pipeline of a project.
const CONFIG: &str = "sql/pipeline.yml";

/// Reads `sql/`, `templates/` and `dashboards/` of the project folder. A project may lack any of them. One with a pipeline
/// has piq's own templates, each unless it has a file of the same path.
///
/// # Errors
/// A file that cannot be read or is not UTF-8, by its name.
pub fn read_content(project_dir: &Path) -> Result<Content, Diagnostics> {
    let mut content = Content::new();
    for folder in FOLDERS {
        read(&project_dir.join(folder), folder, DEPTH, &mut content)?;
    }
    if content.contains_key(CONFIG) {
        for (path, text) in built_in_templates() {
            content.entry(path.to_owned()).or_insert_with(|| Source::new(path, text));
        }
    }
    Ok(content)
}

/// Reads [`read_content`] of a project, and the dashboards elsewhere in it that its resources name.
///
/// # Errors
/// As [`read_content`].
pub fn read_project_content(project: &TargetBundle) -> Result<Content, Diagnostics> {
    let mut content = read_content(&project.project_dir)?;
    let dashboards = project.resources.iter().filter(|r| r.kind == ResourceKind::Dashboard);
    for node in dashboards.filter_map(|r| r.spec.get("file_path")) {
        let Some((_, path)) = own_path(project, node).filter(|(_, p)| !content.contains_key(p)) else { continue };
        match std::fs::read_to_string(project.project_dir.join(&path)) {
            Ok(text) => {
                content.insert(path.clone(), Source::new(path, text));
            }
            // rendering names the place
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => {
                let d = Diagnostic::error("unreadable-file", format!("{path}: {e}"));
                return Err(d.at(node.span().clone()).into());
            }
        }
    }
    Ok(content)
}

fn read(dir: &Path, name: &str, depth: usize, out: &mut Content) -> Result<(), Diagnostics> {
    let fault =
        |path: &str, what: String| Diagnostics::from(Diagnostic::error("unreadable-file", format!("{path}: {what}")));
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(fault(name, e.to_string())),
    };
    for entry in entries {
        let entry = entry.map_err(|e| fault(name, e.to_string()))?;
        let file_name = entry.file_name();
        let Some(file_name) = file_name.to_str().filter(|n| !n.starts_with('.')) else { continue };
        let path = format!("{name}/{file_name}");
        if entry.path().is_dir() {
            if depth > 0 {
                read(&entry.path(), &path, depth - 1, out)?;
            }
            continue;
        }
        let bytes = std::fs::read(entry.path()).map_err(|e| fault(&path, e.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| fault(&path, "the file is not UTF-8 text".into()))?;
        out.insert(path.clone(), Source::new(path, text));
    }
    Ok(())
}
