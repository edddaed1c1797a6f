//! What `mode` and `presets` do to resources.

use super::node::{TreeNode, TreeValue};
use super::prefix::{Prefix, UNTITLED, prefixed};
use super::resource::{Resource, ResourceKind};
use super::settings::{Mode, Presets};
use piq_diagnostics::{Diagnostic, Span};

/// Concurrent runs of a job in development that sets no number of its own.
const DEVELOPMENT_RUNS: i64 = 4;

/// Adds to the presets what a mode sets: in `mode: development` names start with `[dev <short name>] ` (schemas with
/// `dev_<short name>_`), jobs have the tag `dev`, schedules and triggers that say nothing themselves are paused, and jobs
/// run up to four at a time; each preset of the target overrides its part.
pub(super) fn presets(presets: &mut Presets, mode: Option<Mode>, short_name: &str) {
    if mode == Some(Mode::Development) {
        presets.name_prefix.get_or_insert_with(|| format!("[dev {short_name}] "));
        presets.tags.entry("dev".to_owned()).or_insert_with(|| short_name.to_owned());
        presets.trigger_pause_status.get_or_insert_with(|| "PAUSED".to_owned());
        presets.jobs_max_concurrent_runs.get_or_insert(DEVELOPMENT_RUNS);
    }
}

/// What a mode and the presets of its target cannot both mean.
pub(super) fn check(root: &TreeNode, mode: Option<Mode>, errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
    let empty = root.get("presets.name_prefix").filter(|n| n.as_str() == Some(""));
    if let Some(prefix) = empty.filter(|_| mode == Some(Mode::Development)) {
        warnings.push(
            Diagnostic::warning("no-effect", "an empty `name_prefix` is as good as unset: names start with `[dev …] `")
                .at(prefix.place.clone())
                .hint("a target without `mode: development` has no prefix; `presets` can pause its triggers"),
        );
    }
    let status = root.get("presets.trigger_pause_status").filter(|n| n.as_str() == Some("UNPAUSED"));
    if let Some(status) = status.filter(|_| mode == Some(Mode::Development)) {
        errors.push(
            Diagnostic::error("mode-preset", "a target in `mode: development` pauses triggers and schedules")
                .at(status.place.clone())
                .hint("set `pause_status: UNPAUSED` on the schedule of the job that must run"),
        );
    }
}

/// Does to a resource what the presets of its target say.
pub(super) fn apply(resource: &mut Resource, presets: &Presets, cluster_id: Option<&str>) {
    let field = resource.kind.name_field();
    let place = resource.place.clone();
    if resource.kind == ResourceKind::Job && resource.spec.get(field).is_none_or(TreeNode::is_null) {
        resource.spec.set(field, TreeNode::string(UNTITLED, place.clone()));
    }
    if let Some(TreeNode { value: TreeValue::String(name), .. }) =
        resource.spec.as_map_mut().and_then(|m| m.get_mut(field)).map(|e| &mut e.value)
    {
        *name = prefixed(resource.kind.as_str(), name, Prefix::of(presets).as_ref());
    }
    match resource.kind {
        ResourceKind::Job => {
            job(&mut resource.spec, presets);
            if let Some(cluster) = cluster_id {
                override_cluster(&mut resource.spec, cluster);
            }
        }
        ResourceKind::SqlWarehouse => warehouse(&mut resource.spec, presets),
        _ => {}
    }
}

/// The tags of the presets on a warehouse, where it does not set them itself.
fn warehouse(spec: &mut TreeNode, presets: &Presets) {
    let place = spec.place.clone();
    let mut list = spec.get("tags.custom_tags").and_then(TreeNode::as_list).unwrap_or_default().to_vec();
    let own: Vec<String> = list.iter().filter_map(|t| t.str_at("key").map(str::to_owned)).collect();
    let missing = presets.tags.iter().filter(|(name, _)| !own.contains(name)).map(|(name, value)| {
        let mut tag = TreeNode::map(place.clone());
        tag.set("key", TreeNode::string(name, place.clone()));
        tag.set("value", TreeNode::string(value, place.clone()));
        tag
    });
    list.extend(missing);
    if !list.is_empty() {
        let mut tags =
            spec.get("tags").filter(|n| n.as_map().is_some()).cloned().unwrap_or_else(|| TreeNode::map(place.clone()));
        tags.set("custom_tags", TreeNode::new(TreeValue::List(list), place));
        spec.set("tags", tags);
    }
}

fn job(spec: &mut TreeNode, presets: &Presets) {
    let place = spec.place.clone();
    if !presets.tags.is_empty() {
        let mut tags =
            spec.get("tags").filter(|n| n.as_map().is_some()).cloned().unwrap_or_else(|| TreeNode::map(place.clone()));
        for (name, value) in &presets.tags {
            if tags.entry(name).is_none_or(|e| e.value.as_str() == Some("")) {
                tags.set(name, TreeNode::string(value, place.clone()));
            }
        }
        spec.set("tags", tags);
    }
    if let Some(runs) = presets.jobs_max_concurrent_runs
        && spec.get("max_concurrent_runs").is_none_or(|n| n.is_null() || n.as_i64() == Some(0))
    {
        spec.set("max_concurrent_runs", TreeNode::new(TreeValue::Int(runs), place.clone()));
    }
    if let Some(status) = &presets.trigger_pause_status {
        for section in ["schedule", "trigger", "continuous"] {
            pause(spec, section, status, &place);
        }
    }
}

/// Lets every task that asks for a cluster run on one that is there.
fn override_cluster(job: &mut TreeNode, cluster: &str) {
    let tasks = job.as_map_mut().and_then(|m| m.get_mut("tasks")).and_then(|e| e.value.as_list_mut());
    for task in tasks.into_iter().flatten() {
        let inner = task.get("for_each_task.task").is_some();
        let task = match task.as_map_mut().filter(|_| inner).and_then(|m| m.get_mut("for_each_task")) {
            Some(each) => each.value.as_map_mut().and_then(|m| m.get_mut("task")).map(|e| &mut e.value),
            None => Some(task),
        };
        let Some(task) = task else { continue };
        let asks = ["new_cluster", "job_cluster_key", "environment_key", "existing_cluster_id"];
        let place = task.place.clone();
        let Some(map) = task.as_map_mut() else { continue };
        let before = map.len();
        map.retain(|key, _| !asks.contains(&key.as_str()));
        if map.len() < before {
            task.set("existing_cluster_id", TreeNode::string(cluster, place));
        }
    }
}

fn pause(spec: &mut TreeNode, section: &str, status: &str, place: &Span) {
    let Some(entry) = spec.as_map_mut().and_then(|m| m.get_mut(section)) else { return };
    if entry.value.as_map().is_some() && entry.value.get("pause_status").is_none_or(TreeNode::is_null) {
        entry.value.set("pause_status", TreeNode::string(status, place.clone()));
    }
}
