//! Keys that the dialect knows, from the published schema of `databricks.yml`.

use super::node::{Entry, Node, Value};
use super::yaml::Document;
use crate::diagnostic::{Diagnostic, Place, closest};

const ROOT: &[&str] = &[
    "artifacts",
    "bundle",
    "environments",
    "experimental",
    "include",
    "permissions",
    "presets",
    "python",
    "resources",
    "run_as",
    "scripts",
    "sync",
    "targets",
    "variables",
    "workspace",
];
const TARGET: &[&str] = &[
    "artifacts",
    "bundle",
    "cluster_id",
    "compute_id",
    "default",
    "git",
    "include",
    "mode",
    "permissions",
    "presets",
    "resources",
    "run_as",
    "sync",
    "variables",
    "workspace",
];
const BUNDLE: &[&str] =
    &["cluster_id", "compute_id", "databricks_cli_version", "deployment", "engine", "git", "name", "uuid"];
const GIT: &[&str] = &["branch", "origin_url"];
const PRESETS: &[&str] = &[
    "artifacts_dynamic_version",
    "jobs_max_concurrent_runs",
    "name_prefix",
    "pipelines_development",
    "source_linked_deployment",
    "tags",
    "trigger_pause_status",
];
const RUN_AS: &[&str] = &["group_name", "service_principal_name", "user_name"];
const SYNC: &[&str] = &["exclude", "include", "paths"];
/// Keys of a variable.
pub(super) const VARIABLE: &[&str] = &["default", "description", "lookup", "type"];
/// What a variable can look up by name.
pub(super) const LOOKUP: &[&str] = &[
    "alert",
    "cluster",
    "cluster_policy",
    "dashboard",
    "instance_pool",
    "job",
    "metastore",
    "notification_destination",
    "pipeline",
    "query",
    "service_principal",
    "warehouse",
];
/// Keys of `workspace`.
pub(super) const WORKSPACE: &[&str] = &[
    "account_id",
    "artifact_path",
    "auth_type",
    "azure_client_id",
    "azure_environment",
    "azure_login_app_id",
    "azure_tenant_id",
    "azure_use_msi",
    "azure_workspace_resource_id",
    "client_id",
    "experimental_is_unified_host",
    "file_path",
    "google_service_account",
    "host",
    "profile",
    "resource_path",
    "root_path",
    "state_path",
    "workspace_id",
];
const PERMISSION: &[&str] = &["group_name", "level", "service_principal_name", "user_name"];
/// Kinds of resources of the official dialect that piq does not deploy.
const OTHER_KINDS: &[&str] = &[
    "alerts",
    "apps",
    "catalogs",
    "clusters",
    "database_catalogs",
    "database_instances",
    "experiments",
    "external_locations",
    "genie_spaces",
    "instance_pools",
    "job_runs",
    "model_serving_endpoints",
    "models",
    "pipelines",
    "postgres_branches",
    "postgres_catalogs",
    "postgres_databases",
    "postgres_endpoints",
    "postgres_projects",
    "postgres_roles",
    "postgres_synced_tables",
    "quality_monitors",
    "registered_models",
    "secret_scopes",
    "secrets",
    "synced_database_tables",
    "vector_search_endpoints",
    "vector_search_indexes",
];
/// Kinds that piq deploys.
pub(super) const KINDS: &[&str] = &["jobs", "dashboards", "schemas", "volumes", "sql_warehouses"];

/// Checks the keys of one file.
pub(super) fn check(document: &Document, errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
    let mut check = Check { document, errors, warnings };
    let root = &document.root;
    check.keys(root, "the bundle", ROOT);
    check.section(root, "bundle", BUNDLE);
    if let Some(bundle) = root.get("bundle") {
        check.section(bundle, "git", GIT);
    }
    check.common(root);
    if let Some(variables) = check.map(root.get("variables"), "variables") {
        for (name, entry) in variables {
            check.variable(name, entry);
        }
    }
    for name in ["targets", "environments"] {
        let Some(targets) = check.map(root.get(name), name) else { continue };
        for (name, entry) in targets {
            check.target(name, entry);
        }
    }
}

struct Check<'a> {
    document: &'a Document,
    errors: &'a mut Vec<Diagnostic>,
    warnings: &'a mut Vec<Diagnostic>,
}

impl<'a> Check<'a> {
    fn target(&mut self, name: &str, entry: &'a Entry) {
        let node = &entry.value;
        self.keys(node, &format!("target `{name}`"), TARGET);
        self.section(node, "bundle", BUNDLE);
        self.section(node, "git", GIT);
        self.common(node);
        self.map(node.get("variables"), "variables");
        if let Some(mode) = node.get("mode").filter(|n| !n.is_null())
            && !matches!(mode.as_str(), Some("development" | "production"))
            && !mode.as_str().is_some_and(|m| m.contains("${"))
        {
            let found = mode.as_str().unwrap_or(mode.form());
            self.errors.push(one_of("mode", found, &["development", "production"], &mode.place));
        }
        if let Some(default) = node.get("default").filter(|n| !n.is_null() && n.as_bool().is_none()) {
            self.wrong_type("default", "true or false", default);
        }
    }

    /// Sections that the root and each target share.
    fn common(&mut self, node: &'a Node) {
        self.section(node, "workspace", WORKSPACE);
        self.section(node, "presets", PRESETS);
        self.section(node, "run_as", RUN_AS);
        self.section(node, "sync", SYNC);
        self.map(node.get("artifacts"), "artifacts");
        if let Some(permissions) = node.get("permissions").filter(|n| !n.is_null()) {
            match permissions.as_list() {
                Some(items) => items.iter().for_each(|i| self.keys(i, "a permission", PERMISSION)),
                None if permissions.as_str().is_some_and(|s| s.contains("${")) => {}
                None => self.wrong_type("permissions", "a list", permissions),
            }
        }
        let Some(kinds) = self.map(node.get("resources"), "resources") else { return };
        for (kind, entry) in kinds {
            if KINDS.contains(&kind.as_str()) {
                if let Some(resources) = self.map(Some(&entry.value), kind) {
                    for (key, resource) in resources {
                        self.resource(kind, key, resource);
                    }
                }
            } else if OTHER_KINDS.contains(&kind.as_str()) {
                self.errors.push(
                    Diagnostic::error("unsupported-resource", format!("piq does not deploy `{kind}`"))
                        .at(entry.key.clone())
                        .hint("the bundle that `piq render` writes can be deployed with the official CLI"),
                );
            } else {
                self.unknown(kind, "`resources`", &entry.key, KINDS.iter().chain(OTHER_KINDS).copied());
            }
        }
    }

    fn resource(&mut self, kind: &str, key: &str, entry: &'a Entry) {
        let node = &entry.value;
        if node.as_str().is_some_and(|s| s.contains("${")) || node.is_null() {
            return;
        }
        let Some(map) = self.map(Some(node), &format!("resources.{kind}.{key}")) else { return };
        let fields = super::fields::of(kind);
        for (name, field) in map {
            if fields.contains(&name.as_str()) {
                continue;
            }
            self.field(name, &format!("`{kind}.{key}`"), field, fields);
        }
        if kind == "jobs" {
            for task in node.get("tasks").and_then(Node::as_list).unwrap_or_default() {
                for (name, field) in task.as_map().into_iter().flatten() {
                    if !super::fields::TASK.contains(&name.as_str()) {
                        self.field(name, "a task", field, super::fields::TASK);
                    }
                }
            }
        }
    }

    /// A field of a resource: a slip is an error, a field newer than this program is passed on.
    fn field(&mut self, name: &str, parent: &str, entry: &Entry, fields: &[&'static str]) {
        if closest(name, fields.iter().copied()).is_some() {
            self.unknown(name, parent, &entry.key, fields.iter().copied());
        } else {
            self.warnings.push(
                Diagnostic::warning(
                    "unknown-field",
                    format!("unknown field `{name}` in {parent} is passed on as it is"),
                )
                .at(entry.key.clone()),
            );
        }
    }

    fn variable(&mut self, name: &str, entry: &'a Entry) {
        let Some(map) = self.map(Some(&entry.value), &format!("variable `{name}`")) else { return };
        self.keys(&entry.value, &format!("variable `{name}`"), VARIABLE);
        self.section(&entry.value, "lookup", LOOKUP);
        if let Some(kind) = map.get("type").filter(|e| e.value.as_str() != Some("complex") && !e.value.is_null()) {
            let found = kind.value.as_str().unwrap_or(kind.value.form());
            self.errors.push(one_of("type", found, &["complex"], &kind.value.place));
        }
        if let Some((default, lookup)) = map.get("default").zip(map.get("lookup")) {
            self.errors.push(
                Diagnostic::error("variable-source", format!("variable `{name}` has both `default` and `lookup`"))
                    .label(lookup.key.clone(), "a lookup")
                    .label(default.key.clone(), "a default"),
            );
        }
    }

    fn section(&mut self, node: &'a Node, name: &str, known: &[&'static str]) {
        if self.map(node.get(name), name).is_some()
            && let Some(section) = node.get(name)
        {
            self.keys(section, &format!("`{name}`"), known);
        }
    }

    /// The map at a place where a map must stand.
    fn map(&mut self, node: Option<&'a Node>, name: &str) -> Option<&'a super::node::Map> {
        let node = node?;
        match &node.value {
            Value::Map(map) => Some(map),
            Value::Null => None,
            Value::String(s) if s.contains("${") => None,
            _ => {
                self.wrong_type(name, "a map", node);
                None
            }
        }
    }

    fn wrong_type(&mut self, name: &str, wanted: &str, node: &Node) {
        let message = format!("`{name}` is {wanted}, not {}", node.form());
        self.errors.push(Diagnostic::error("wrong-type", message).at(node.place.clone()));
    }

    fn keys(&mut self, node: &Node, parent: &str, known: &[&'static str]) {
        let Some(map) = node.as_map() else {
            if !node.is_null() && !node.as_str().is_some_and(|s| s.contains("${")) {
                self.wrong_type(parent.trim_matches('`'), "a map", node);
            }
            return;
        };
        for (i, (key, entry)) in map.iter().enumerate() {
            let reuse = std::ptr::eq(known, ROOT) && self.kept_for_reuse(map, i);
            if !reuse && !known.contains(&key.as_str()) {
                self.unknown(key, parent, &entry.key, known.iter().copied());
            }
        }
    }

    /// Whether a top-level entry holds anchors: then it is there for its aliases.
    fn kept_for_reuse(&self, map: &super::node::Map, i: usize) -> bool {
        let Some((name, entry)) = map.get_index(i) else { return false };
        let start = entry.key.span.start;
        let end = map.get_index(i + 1).map_or(usize::MAX, |(_, next)| next.key.span.start);
        name.starts_with("x-")
            || name.starts_with('.')
            || self.document.anchors.iter().any(|a| (start..end).contains(a))
    }

    fn unknown(&mut self, key: &str, parent: &str, place: &Place, known: impl Iterator<Item = &'static str> + Clone) {
        let mut d = Diagnostic::error("unknown-key", format!("unknown key `{key}` in {parent}"))
            .label(place.clone(), format!("not a key of {parent}"));
        let names: Vec<&str> = known.clone().collect();
        match closest(key, known) {
            Some(name) => d = d.hint(format!("did you mean `{name}`?")),
            None if names.len() <= 8 => d = d.hint(format!("known keys: {}", names.join(", "))),
            None => {}
        }
        self.errors.push(d);
    }
}

/// A value that is none of the allowed ones.
pub(super) fn one_of(name: &str, found: &str, allowed: &[&'static str], place: &Place) -> Diagnostic {
    let list: Vec<String> = allowed.iter().map(|a| format!("`{a}`")).collect();
    let d = Diagnostic::error("bad-value", format!("`{name}` cannot be `{found}`")).at(place.clone());
    match closest(found, allowed.iter().copied()) {
        Some(name) => d.hint(format!("did you mean `{name}`?")),
        None => d.hint(format!("it is one of {}", list.join(", "))),
    }
}
