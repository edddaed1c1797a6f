//! The `databricks.yml` of a rendered bundle: one file, variables resolved, that the official CLI takes as it is.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::paths::{artifacts, rebased};
use piq_bundle::{Hook, ResourceKind, TargetBundle, TreeNode};
use piq_diagnostics::{Diagnostic, Diagnostics};

/// The text of the file. References to what only the workspace knows (`${workspace.…}`, `${resources.…}`) are kept, and
/// so are variables that are looked up there. `dashboards` names the file of each dashboard resource.
///
/// # Errors
/// Values that YAML cannot hold, which a loaded project has not.
pub(crate) fn bundle_file(
    project: &TargetBundle,
    dashboards: &BTreeMap<String, String>,
) -> Result<String, Diagnostics> {
    let mut bundle = json!({"name": project.name});
    if let Some(branch) = &project.git_branch {
        bundle["git"] = json!({"branch": branch});
    }
    if let Some(cluster) = &project.cluster_id {
        bundle["cluster_id"] = json!(cluster);
    }
    let mut resources = Map::new();
    for r in &project.resources {
        let kind = resources.entry(r.kind.as_str()).or_insert_with(|| json!({}));
        let mut spec = rebased(project, &r.spec).to_json();
        if let Some(file) = dashboards.get(&r.key).filter(|_| r.kind == ResourceKind::Dashboard) {
            spec["file_path"] = json!(format!("./{file}"));
        }
        kind[r.key.as_str()] = spec;
    }
    for (kind, others) in &project.other_resources {
        secrets(kind, others)?;
        resources.insert(kind.clone(), rebased(project, others).to_json());
    }
    let mut root = json!({"bundle": bundle});
    for lookup in &project.lookups {
        root["variables"][lookup.variable.as_str()] = json!({"lookup": {lookup.kind.as_str(): lookup.name.to_json()}});
    }
    if let Some(declared) = &project.artifacts {
        root["artifacts"] = artifacts(project, declared).to_json();
    }
    if project.presets.skip_schema_prefix {
        root["experimental"]["skip_name_prefix_for_schema"] = json!(true);
    }
    scripts(project, &mut root);
    root["sync"] = sync(dashboards);
    if !resources.is_empty() {
        root["resources"] = Value::Object(resources);
    }
    root["targets"] = json!({project.target.as_str(): target(project)});
    let yaml = serde_saphyr::to_string(&root).map_err(|e| {
        Diagnostics::from(Diagnostic::error("internal", format!("cannot write the bundle as YAML: {e}")))
    })?;
    Ok(format!("# Rendered by piq for target {}. Edit the project, not this file.\n{yaml}", project.target))
}

/// The value of a secret must not stand in a file.
fn secrets(kind: &str, resources: &TreeNode) -> Result<(), Diagnostics> {
    if kind != "secrets" {
        return Ok(());
    }
    let values = resources.as_map().into_iter().flatten().flat_map(|(key, secret)| {
        let fields = ["string_value", "bytes_value", "value"].into_iter();
        fields.filter_map(move |field| Some((key, secret.value.entry(field).filter(|e| !e.value.is_null())?)))
    });
    let errors: Vec<Diagnostic> = values
        .map(|(key, entry)| {
            Diagnostic::error("secret-value", format!("rendering would write the value of `secrets.{key}` to a file"))
                .at(entry.key.clone())
                .hint("leave the resource out of this target, or deploy the bundle itself with the official CLI")
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Diagnostics(errors)) }
}

/// Scripts run in the rendered folder as they do here. The one that comes before the bundle is read has run.
fn scripts(project: &TargetBundle, root: &mut Value) {
    for (hook, script) in project.hooks.iter().filter(|(hook, _)| *hook != Hook::PreInit) {
        root["experimental"]["scripts"][hook.as_str()] = script.content.to_json();
    }
    for script in &project.scripts {
        let mut written = json!({"content": script.content.to_json()});
        for (name, value) in &script.env {
            written["env"][name.as_str()] = value.to_json();
        }
        root["scripts"][script.name.as_str()] = written;
    }
}

/// The folder holds what is to be uploaded and nothing else, so all of it is, also where the repository around it is
/// told to ignore the folder. A dashboard that is uploaded as a file as well would be a second, broken dashboard.
fn sync(dashboards: &BTreeMap<String, String>) -> Value {
    let mut exclude = vec![".databricks/**".to_owned(), ".piq-rendered".to_owned()];
    exclude.extend(dashboards.values().filter(|file| !file.starts_with("dashboards/")).cloned());
    if dashboards.values().any(|file| file.starts_with("dashboards/")) {
        exclude.push("dashboards/**".to_owned());
    }
    json!({"include": ["*"], "exclude": exclude})
}

fn target(project: &TargetBundle) -> Value {
    let mut target = json!({"default": true, "workspace": workspace(project)});
    if let Some(mode) = project.mode {
        target["mode"] = json!(mode.as_str());
    }
    let presets = &project.presets;
    let mut shown = Map::new();
    let mut preset = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            shown.insert(name.to_owned(), value);
        }
    };
    preset("name_prefix", presets.name_prefix.as_ref().map(|p| json!(p)));
    preset("tags", (!presets.tags.is_empty()).then(|| json!(presets.tags)));
    preset("trigger_pause_status", presets.trigger_pause_status.as_ref().map(|s| json!(s)));
    preset("jobs_max_concurrent_runs", presets.jobs_max_concurrent_runs.map(|n| json!(n)));
    preset("source_linked_deployment", presets.source_linked_deployment.map(|b| json!(b)));
    preset("artifacts_dynamic_version", presets.artifacts_dynamic_version.then(|| json!(true)));
    if !shown.is_empty() {
        target["presets"] = Value::Object(shown);
    }
    for (key, node) in [("run_as", &project.run_as), ("permissions", &project.permissions)] {
        if let Some(node) = node {
            target[key] = node.to_json();
        }
    }
    target
}

fn workspace(project: &TargetBundle) -> Value {
    let w = &project.workspace;
    let mut workspace = Map::new();
    for (key, value) in [("host", &w.host), ("profile", &w.profile)] {
        if let Some(value) = value {
            workspace.insert(key.into(), json!(value));
        }
    }
    workspace.insert("root_path".into(), json!(w.root_path));
    for (key, value, folder) in [
        ("file_path", &w.file_path, "files"),
        ("state_path", &w.state_path, "state"),
        ("resource_path", &w.resource_path, "resources"),
        ("artifact_path", &w.artifact_path, "artifacts"),
    ] {
        // only what is not where it stands by itself
        if *value != format!("{}/{folder}", w.root_path) {
            workspace.insert(key.into(), json!(value));
        }
    }
    for (key, value) in &w.extra {
        let value = match value.as_str() {
            "true" => json!(true),
            "false" => json!(false),
            text => json!(text),
        };
        workspace.insert(key.clone(), value);
    }
    Value::Object(workspace)
}
