//! From a project with its rendered files to what the workspace shall hold.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::access::normal_grants;
use super::desired::content_hash;
use super::key::full_key;
use super::kinds::TEXT;
use super::libraries::Libraries;
use super::nulls::without_nulls;
use super::owner_tag;
use super::paths::Paths;
use super::rendered::Rendered;
use super::sync::LocalFiles;
use super::unset_references::leave_out_unset;
use super::uploads::Uploads;
use super::workspace_paths::LIBRARIES_TOKEN;
use super::{
    Desired, DesiredFile, DesiredResource, Metadata, Site, access_references, content, embedded_credentials,
    implied_dependencies,
};
use piq_bundle::{Mode, Resource, ResourceKind, TargetBundle};
use piq_databricks::workspace::{Content, Me};
use piq_diagnostics::Diagnostics;

/// Fields that piq itself acts on and the API does not know.
const NOT_SENT: [&str; 3] = ["permissions", "grants", "lifecycle"];

/// The text of a dashboard that has none: one empty page.
const BLANK: &str = r#"{"pages":[{"name":"page","displayName":"Untitled page"}]}"#;

/// Builds what is to be deployed. The project's identity and mode are applied already.
///
/// # Errors
/// Paths of jobs that lead to nothing, notebooks that are none, two files for one place in the workspace.
pub fn build(
    project: &TargetBundle,
    rendered: &Rendered,
    local: LocalFiles,
    libraries: &Libraries,
    me: &Me,
) -> Result<Desired, Diagnostics> {
    let Uploads { mut files, from, mut errors } = Uploads::of(project, rendered, &local);
    errors.extend(content::check(project, rendered));
    for (name, bytes) in &libraries.files {
        files.insert(format!("{LIBRARIES_TOKEN}/{name}"), DesiredFile::new(Content::File, bytes.clone()));
    }
    let release = (project.mode == Some(Mode::Production)).then(|| content_hash(&files));
    let files_root = match &release {
        Some(hash) => format!("{}/{hash}", project.workspace.file_path),
        None => project.workspace.file_path.clone(),
    };
    let site = Site::new(project, me);
    let mut paths = Paths {
        project,
        root: local.root,
        read: &local.files,
        files: &files,
        from: &from,
        libraries,
        errors: Vec::new(),
    };
    let mut resources = BTreeMap::new();
    for resource in &project.resources {
        let mut spec = without_nulls(&resource.spec.to_json());
        if resource.kind == ResourceKind::Job {
            paths.job(&resource.spec, &mut spec);
        }
        if resource.kind == ResourceKind::Dashboard {
            let file = rendered.dashboards.get(&resource.key).and_then(|path| rendered.files.get(path));
            if let (Some(file), Some(fields)) = (file, spec.as_object_mut()) {
                // the text of a file has no references of the bundle
                let text = String::from_utf8_lossy(file).replace("${", "$${");
                fields.insert(TEXT.to_owned(), json!(text));
            }
        }
        resources.insert(full_key(resource.kind, &resource.key), one(project, resource, spec, &site));
    }
    let unset = leave_out_unset(project, &mut resources);
    implied_dependencies::volumes_need_their_schemas(&mut resources);
    implied_dependencies::libraries_need_their_volume(&mut resources, &site);
    errors.extend(paths.errors);
    errors.extend(embedded_credentials::check(project, me));
    errors.extend(access_references::check(project));
    if !errors.is_empty() {
        return Err(Diagnostics(errors));
    }
    let folder_permissions = super::kinds::folder_permissions(project, me);
    Ok(Desired {
        site,
        files_root,
        release,
        files,
        resources,
        folder_permissions,
        commit: None,
        metadata: Some(Metadata::of(project)),
        in_place: false,
        warnings: local.warnings.into_iter().chain(unset).collect(),
    })
}

/// The resources of a project without their files: enough to find what was deployed.
pub fn build_resources(project: &TargetBundle, site: &Site) -> BTreeMap<String, DesiredResource> {
    let build = |r: &Resource| (full_key(r.kind, &r.key), one(project, r, without_nulls(&r.spec.to_json()), site));
    project.resources.iter().map(build).collect()
}

fn one(project: &TargetBundle, resource: &Resource, mut spec: Value, site: &Site) -> DesiredResource {
    let permissions = super::kinds::permissions(project, resource, &site.me);
    let grants = resource.spec.get("grants").map(|g| g.to_json());
    let grants = grants.as_ref().and_then(Value::as_array).map(|list| normal_grants(list));
    let prevent_destroy = resource.spec.get("lifecycle.prevent_destroy").and_then(|n| n.as_bool()) == Some(true);
    if let Some(fields) = spec.as_object_mut() {
        for field in NOT_SENT {
            fields.shift_remove(field);
        }
    }
    match resource.kind {
        ResourceKind::Job => {
            job_defaults(&mut spec, project);
            owner_tag::put(&mut spec, site, &resource.key);
        }
        ResourceKind::Dashboard => dashboard_defaults(&mut spec, site),
        ResourceKind::Schema => {
            if let Some(properties) = object_at(&mut spec, "properties") {
                properties
                    .extend(owner_tag::tags(site, &resource.key).map(|(name, value)| (name.to_owned(), json!(value))));
            }
        }
        ResourceKind::SqlWarehouse => warehouse_defaults(&mut spec, site, &resource.key),
        ResourceKind::Volume => defaults(&mut spec, &[("volume_type", json!("MANAGED"))]),
    }
    let name = spec.get(resource.kind.name_field()).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut needs: Vec<String> = resource.needs.iter().map(|n| n.resource.clone()).collect();
    needs.sort();
    needs.dedup();
    DesiredResource {
        kind: resource.kind,
        key: resource.key.clone(),
        name,
        spec,
        permissions,
        grants,
        needs,
        prevent_destroy,
    }
}

/// Sets fields that are not written. What is not a map stays as it is.
fn defaults(spec: &mut Value, values: &[(&str, Value)]) {
    let Some(fields) = spec.as_object_mut() else { return };
    for (field, value) in values {
        fields.entry(*field).or_insert_with(|| value.clone());
    }
}

/// The map at a key, made if it is missing; nothing where something else stands.
fn object_at<'a>(spec: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    spec.as_object_mut()?.entry(key).or_insert_with(|| json!({})).as_object_mut()
}

/// What the official CLI fills in, so that both deploy the same job.
fn job_defaults(spec: &mut Value, project: &TargetBundle) {
    defaults(
        spec,
        &[
            ("name", json!("Untitled")),
            ("max_concurrent_runs", json!(1)),
            ("queue", json!({"enabled": true})),
            ("format", json!("MULTI_TASK")),
            ("edit_mode", json!("UI_LOCKED")),
        ],
    );
    if let Some(run_as) = &project.run_as {
        defaults(spec, &[("run_as", without_nulls(&run_as.to_json()))]);
    }
    for started_by in ["schedule", "trigger", "continuous"] {
        if let Some(fields) = spec.get_mut(started_by) {
            defaults(fields, &[("pause_status", json!("UNPAUSED"))]);
        }
    }
    for entry in spec.get_mut("job_clusters").and_then(Value::as_array_mut).into_iter().flatten() {
        cluster(entry.get_mut("new_cluster"));
        if let Some(clients) = entry.pointer_mut("/new_cluster/workload_type/clients") {
            defaults(clients, &[("notebooks", json!(true)), ("jobs", json!(true))]);
        }
    }
    let from_git = spec.get("git_source").is_some();
    for task in spec.get_mut("tasks").and_then(Value::as_array_mut).into_iter().flatten() {
        cluster(task.get_mut("new_cluster"));
        cluster(task.pointer_mut("/for_each_task/task/new_cluster"));
        if from_git {
            python_from_git(task.get_mut("spark_python_task"));
            python_from_git(task.pointer_mut("/for_each_task/task/spark_python_task"));
        }
    }
}

/// A Python file of a repository says so: the API takes a file without a source for one of the workspace, and refuses a
/// relative path to it.
fn python_from_git(task: Option<&mut Value>) {
    let relative = |path: &str| !path.starts_with('/') && !path.contains(":/");
    if let Some(task) = task.filter(|t| t["python_file"].as_str().is_some_and(relative)) {
        defaults(task, &[("source", json!("GIT"))]);
    }
}

/// A cluster of a job as the official CLI sends it: one without autoscale has a number of workers unless its policy
/// says how many, and machines of a pool are as the pool has them; a driver has one only if the workers have.
fn cluster(spec: Option<&mut Value>) {
    let Some(fields) = spec.and_then(Value::as_object_mut) else { return };
    // a policy that sets the size is not overruled by a zero
    if !fields.contains_key("autoscale") && fields.get("apply_policy_default_values") != Some(&json!(true)) {
        fields.entry("num_workers").or_insert(json!(0));
    }
    if fields.get("instance_pool_id").is_none_or(|id| id == "") {
        fields.shift_remove("driver_instance_pool_id");
        return;
    }
    for of_the_pool in ["node_type_id", "driver_node_type_id", "enable_elastic_disk"] {
        fields.shift_remove(of_the_pool);
    }
    for (cloud, kept) in [
        ("aws_attributes", Some("instance_profile_arn")),
        ("azure_attributes", None),
        ("gcp_attributes", Some("google_service_account")),
    ] {
        if let Some(attributes) = fields.get_mut(cloud).and_then(Value::as_object_mut) {
            attributes.retain(|name, _| Some(name.as_str()) == kept);
        }
    }
}

/// What the official CLI fills in for a warehouse, and our marks.
fn warehouse_defaults(spec: &mut Value, site: &Site, key: &str) {
    defaults(
        spec,
        &[
            ("auto_stop_mins", json!(120)),
            ("enable_photon", json!(true)),
            ("max_num_clusters", json!(1)),
            ("spot_instance_policy", json!("COST_OPTIMIZED")),
        ],
    );
    let tags = object_at(spec, "tags").map(|tags| tags.entry("custom_tags").or_insert_with(|| json!([])));
    if let Some(Value::Array(tags)) = tags {
        tags.extend(owner_tag::tags(site, key).map(|(key, value)| json!({"key": key, "value": value})));
    }
}

/// What the official CLI fills in for a dashboard. Its text may stand in the bundle itself.
fn dashboard_defaults(spec: &mut Value, site: &Site) {
    let Some(fields) = spec.as_object_mut() else { return };
    if let Some(text) = fields.get(TEXT).filter(|t| t.is_object()).map(Value::to_string) {
        fields.insert(TEXT.to_owned(), json!(text));
    }
    fields.shift_remove("file_path");
    defaults(
        spec,
        &[(TEXT, json!(BLANK)), ("parent_path", json!(site.resource_dir)), ("embed_credentials", json!(false))],
    );
    let Some(fields) = spec.as_object_mut() else { return };
    let Some(path) = fields.get("parent_path").and_then(Value::as_str) else { return };
    // what is still a reference comes with it
    if path != "/Workspace" && !path.starts_with("/Workspace/") && !path.starts_with("${") {
        let full = format!("/Workspace/{}", path.trim_start_matches('/'));
        fields.insert("parent_path".to_owned(), json!(full.trim_end_matches('/')));
    }
}
