//! A deploy as far as it is known without the workspace: what it would refuse without asking, and what it would send.

use serde_json::{Map, Value, json};

use super::artifacts::{Built, declared};
use super::key::full_key;
use super::kinds::{TEXT, said_permissions};
use super::libraries::{read_libraries, unbuilt};
use super::owner_tag;
use super::rendered::Rendered;
use super::sync::scan;
use super::{Desired, build};
use piq_bundle::{ResourceKind, TargetBundle, relative};
use piq_databricks::workspace::Me;
use piq_diagnostics::Diagnostics;

/// What is wanted of a target whose deployer is not known. Artifacts are not built: what they make is taken for made.
///
/// # Errors
/// All that [`build`] refuses.
pub fn build_offline(project: &TargetBundle, rendered: &Rendered) -> Result<Desired, Diagnostics> {
    let name = "${workspace.current_user.userName}".to_owned();
    let me = Me { display_name: name.clone(), user_name: name, service_principal: false, fields: [].into() };
    let (local, mut errors) = scan(project)?;
    let libraries = match declared(project) {
        Err(found) => {
            errors.extend(found);
            None
        }
        Ok(true) => Some(unbuilt(project)),
        Ok(false) => match read_libraries(project, &Built::default()) {
            Ok(found) => Some(found),
            Err(found) => {
                errors.extend(found.0);
                None
            }
        },
    };
    let built = build(project, rendered, local, &libraries.unwrap_or_else(|| unbuilt(project)), &me);
    match built {
        Ok(desired) if errors.is_empty() => Ok(desired),
        Ok(_) => Err(Diagnostics(errors)),
        Err(found) => Err(Diagnostics([errors, found.0].concat())),
    }
}

/// The resolved bundle in the form of the official CLI's `bundle validate -o json`.
pub fn resolved(project: &TargetBundle, desired: &Desired) -> Value {
    let mut root = project.sections.to_json();
    let workspace = &project.workspace;
    for (key, value) in [
        ("root_path", &workspace.root_path),
        ("file_path", &workspace.file_path),
        ("state_path", &workspace.state_path),
        ("resource_path", &workspace.resource_path),
        ("artifact_path", &workspace.artifact_path),
    ] {
        root["workspace"][key] = json!(value);
    }
    root["presets"] = presets(project);
    let include =
        project.sources.iter().skip(1).map(|s| relative(&project.project_dir.join(&s.path), &project.bundle_dir));
    root["include"] = include.collect();
    if root["sync"].get("paths").is_none() {
        root["sync"]["paths"] = json!(["."]);
    }
    let mut resources = Map::new();
    for resource in &project.resources {
        let Some(wanted) = desired.resources.get(&full_key(resource.kind, &resource.key)) else { continue };
        let mut spec = desired.site.placed(&wanted.spec, &workspace.file_path);
        owner_tag::leave_out(&mut spec);
        let Some(fields) = spec.as_object_mut() else { continue };
        if let Some(file) = resource.spec.get("file_path") {
            fields.shift_remove(TEXT);
            fields.insert("file_path".into(), file.to_json());
        }
        fields.extend(said_permissions(project, resource).map(|list| ("permissions".to_owned(), json!(list))));
        for field in ["grants", "lifecycle"] {
            if let Some(node) = resource.spec.get(field).filter(|n| !n.is_null()) {
                fields.insert(field.into(), node.to_json());
            }
        }
        if resource.kind == ResourceKind::Job {
            let path = owner_tag::metadata_path(&workspace.state_path);
            fields.insert("deployment".into(), json!({"kind": "BUNDLE", "metadata_file_path": path}));
        }
        let kind = resources.entry(resource.kind.as_str()).or_insert_with(|| json!({}));
        kind[resource.key.as_str()] = spec;
    }
    root["resources"] = Value::Object(resources);
    root
}

fn presets(project: &TargetBundle) -> Value {
    let presets = &project.presets;
    let mut all = Map::new();
    let mut add = |name: &str, value: Option<Value>| all.extend(value.map(|value| (name.to_owned(), value)));
    add("name_prefix", presets.name_prefix.as_ref().map(|p| json!(p)));
    add("tags", (!presets.tags.is_empty()).then(|| json!(presets.tags)));
    add("trigger_pause_status", presets.trigger_pause_status.as_ref().map(|s| json!(s)));
    add("jobs_max_concurrent_runs", presets.jobs_max_concurrent_runs.map(|n| json!(n)));
    add("source_linked_deployment", presets.source_linked_deployment.map(|b| json!(b)));
    add("artifacts_dynamic_version", presets.artifacts_dynamic_version.then(|| json!(true)));
    Value::Object(all)
}
