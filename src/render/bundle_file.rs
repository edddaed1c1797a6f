//! The `databricks.yml` of a rendered bundle: one file, variables resolved, that the official CLI takes as it is.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::project::{Project, ResourceKind};

/// The text of the file. References to what only the workspace knows (`${workspace.…}`, `${resources.…}`) are kept, and
/// so are variables that are looked up there. `dashboards` names the file of each dashboard resource.
///
/// # Errors
/// Values that YAML cannot hold, which a loaded project has not.
pub fn bundle_file(project: &Project, dashboards: &BTreeMap<String, String>) -> Result<String, Diagnostics> {
    let mut bundle = json!({"name": project.name});
    if let Some(branch) = &project.git_branch {
        bundle["git"] = json!({"branch": branch});
    }
    let mut resources = Map::new();
    for r in &project.resources {
        let kind = resources.entry(r.kind.as_str()).or_insert_with(|| json!({}));
        let mut spec = r.spec.to_json();
        if let Some(file) = dashboards.get(&r.key).filter(|_| r.kind == ResourceKind::Dashboard) {
            spec["file_path"] = json!(format!("./{file}"));
        }
        kind[r.key.as_str()] = spec;
    }
    let w = &project.workspace;
    let mut workspace = Map::new();
    for (key, value) in [("host", &w.host), ("profile", &w.profile)] {
        if let Some(value) = value {
            workspace.insert(key.into(), json!(value));
        }
    }
    workspace.insert("root_path".into(), json!(w.root_path));
    for (key, value) in &w.extra {
        workspace.insert(key.clone(), json!(value));
    }
    let mut target = json!({"default": true, "workspace": workspace});
    if let Some(mode) = project.mode {
        target["mode"] = json!(mode.as_str());
    }
    if let Some(prefix) = &project.presets.name_prefix {
        target["presets"]["name_prefix"] = json!(prefix);
    }
    for (key, node) in [("run_as", &project.run_as), ("permissions", &project.permissions)] {
        if let Some(node) = node {
            target[key] = node.to_json();
        }
    }
    let mut root = json!({"bundle": bundle});
    for lookup in &project.lookups {
        root["variables"][lookup.variable.as_str()] = json!({"lookup": {lookup.kind.as_str(): lookup.name.to_json()}});
    }
    if !dashboards.is_empty() {
        // a dashboard that is uploaded as a file as well is a second, broken dashboard
        root["sync"]["exclude"] = json!(["dashboards/**"]);
    }
    if !resources.is_empty() {
        root["resources"] = Value::Object(resources);
    }
    root["targets"] = json!({project.target.as_str(): target});
    let yaml = serde_saphyr::to_string(&root)
        .map_err(|e| Diagnostics::from(Diagnostic::error("internal", format!("the bundle does not serialise: {e}"))))?;
    Ok(format!("# Rendered by piq for target {}. Edit the project, not this file.\n{yaml}", project.target))
}
