//! What `mode` and `presets` do to resources, and what they ask of a target.

use super::bundle::{Project, Resource, ResourceKind};
use super::facts::CurrentUser;
use super::node::{Node, Value};
use super::settings::{Mode, Presets};
use piq_diagnostics::{Diagnostic, Place};

/// Concurrent runs of a job in development that sets no number of its own.
const DEVELOPMENT_RUNS: i64 = 4;

/// The name of a job without one.
pub(super) const UNTITLED: &str = "Untitled";

/// What a target puts before the names of its resources.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prefix {
    text: String,
    schemas: bool,
}

impl Prefix {
    /// The prefix of filled-in presets; none if it is empty.
    pub(crate) fn of(presets: &Presets) -> Option<Self> {
        let text = presets.name_prefix.clone().filter(|p| !p.is_empty())?;
        Some(Self { text, schemas: !presets.skip_schema_prefix })
    }
}

/// A name of a kind of resource with the prefix of the target.
pub(super) fn prefixed(kind: &str, name: &str, prefix: Option<&Prefix>) -> String {
    match (kind, prefix) {
        // a volume stands in a schema, which has the prefix
        (_, None) | ("volumes", _) => name.to_owned(),
        ("schemas", Some(prefix)) if !prefix.schemas => name.to_owned(),
        ("schemas", Some(prefix)) => identifier(&prefix.text) + name,
        (_, Some(prefix)) => format!("{}{name}", prefix.text),
    }
}

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

/// Does to a resource what the presets of its target say.
pub(super) fn apply(resource: &mut Resource, presets: &Presets, cluster_id: Option<&str>) {
    let field = resource.kind.name_field();
    let place = resource.place.clone();
    if resource.kind == ResourceKind::Job && resource.spec.get(field).is_none_or(Node::is_null) {
        resource.spec.set(field, Node::string(UNTITLED, place.clone()));
    }
    if let Some(Node { value: Value::String(name), .. }) =
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

impl Project {
    /// What speaks against deploying as `user`: in development, paths and names that other users would share; in
    /// production, jobs that would run as a person, or files in a person's folder.
    pub fn check_mode(&self, user: &CurrentUser, service_principal: bool) -> Vec<Diagnostic> {
        let mine = |text: &str| text.contains(&user.user_name) || text.contains(&user.short_name);
        let mut found = Vec::new();
        match self.mode {
            Some(Mode::Development) => {
                let w = &self.workspace;
                for (key, path) in
                    [("root_path", &w.root_path), ("file_path", &w.file_path), ("state_path", &w.state_path)]
                {
                    if !mine(path) {
                        found.push(
                            Diagnostic::error("shared-path", format!("`{key}` of a development target is `{path}`, which all users share"))
                                .hint("put `${workspace.current_user.short_name}` into `workspace.root_path`, or leave it out"),
                        );
                        break;
                    }
                }
                if let Some(prefix) = self.presets.name_prefix.as_deref().filter(|p| !p.is_empty() && !mine(p)) {
                    found.push(
                        Diagnostic::error(
                            "shared-prefix",
                            format!("`name_prefix` of a development target is `{prefix}`, which all users share"),
                        )
                        .hint("put `${workspace.current_user.short_name}` into `presets.name_prefix`"),
                    );
                }
            }
            Some(Mode::Production) if !service_principal => {
                if self.run_as.is_none()
                    && self.resources.iter().any(|r| r.kind == ResourceKind::Job && r.spec.get("run_as").is_none())
                {
                    found.push(
                        Diagnostic::error("no-run-as", "a production target deployed by a person needs `run_as`").hint(
                            "add `run_as: {service_principal_name: …}` to the target, or deploy as a service principal",
                        ),
                    );
                }
                if self.workspace.root_path.starts_with("/Workspace/Users/") && mine(&self.workspace.root_path) {
                    found.push(
                        Diagnostic::error("personal-path", format!("a production target would stand in `{}`, a person's folder", self.workspace.root_path))
                            .hint("set `workspace.root_path` of the target, such as `/Workspace/Apps/${bundle.name}/${bundle.target}`"),
                    );
                }
            }
            _ => {}
        }
        found
    }
}

/// `[dev ada] ` as the start of an identifier, as the official CLI writes it: `dev_ada_`, and `stg_` is `stg`.
fn identifier(prefix: &str) -> String {
    let prefix = prefix.replace('[', "");
    let end = if prefix.trim_matches(' ').ends_with(']') { "_" } else { "" };
    let lower = prefix.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.join("_") + end
}

/// The tags of the presets on a warehouse, where it does not set them itself.
fn warehouse(spec: &mut Node, presets: &Presets) {
    let place = spec.place.clone();
    let mut list = spec.get("tags.custom_tags").and_then(Node::as_list).unwrap_or_default().to_vec();
    let own: Vec<String> = list.iter().filter_map(|t| t.str_at("key").map(str::to_owned)).collect();
    let missing = presets.tags.iter().filter(|(name, _)| !own.contains(name)).map(|(name, value)| {
        let mut tag = Node::map(place.clone());
        tag.set("key", Node::string(name, place.clone()));
        tag.set("value", Node::string(value, place.clone()));
        tag
    });
    list.extend(missing);
    if !list.is_empty() {
        let mut tags =
            spec.get("tags").filter(|n| n.as_map().is_some()).cloned().unwrap_or_else(|| Node::map(place.clone()));
        tags.set("custom_tags", Node::new(Value::List(list), place));
        spec.set("tags", tags);
    }
}

fn job(spec: &mut Node, presets: &Presets) {
    let place = spec.place.clone();
    if !presets.tags.is_empty() {
        let mut tags =
            spec.get("tags").filter(|n| n.as_map().is_some()).cloned().unwrap_or_else(|| Node::map(place.clone()));
        for (name, value) in &presets.tags {
            if tags.entry(name).is_none() {
                tags.set(name, Node::string(value, place.clone()));
            }
        }
        spec.set("tags", tags);
    }
    if let Some(runs) = presets.jobs_max_concurrent_runs
        && spec.get("max_concurrent_runs").is_none_or(Node::is_null)
    {
        spec.set("max_concurrent_runs", Node::new(Value::Int(runs), place.clone()));
    }
    if let Some(status) = &presets.trigger_pause_status {
        for section in ["schedule", "trigger", "continuous"] {
            pause(spec, section, status, &place);
        }
    }
}

/// Lets every task that asks for a cluster run on one that is there.
fn override_cluster(job: &mut Node, cluster: &str) {
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
            task.set("existing_cluster_id", Node::string(cluster, place));
        }
    }
}

fn pause(spec: &mut Node, section: &str, status: &str, place: &Place) {
    let Some(entry) = spec.as_map_mut().and_then(|m| m.get_mut(section)) else { return };
    if entry.value.as_map().is_some() && entry.value.get("pause_status").is_none_or(Node::is_null) {
        entry.value.set("pause_status", Node::string(status, place.clone()));
    }
}
