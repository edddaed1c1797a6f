//! The keys of one file against the schemas, before anything is merged: so that a target that is not chosen is checked
//! too, and every fault stands where it was written.

use super::node::{Map, TreeEntry, TreeNode, TreeValue};
use super::schema::{self, one_of, unknown_fields};
use super::yaml::Document;
use piq_diagnostics::{Diagnostic, Span, closest};

/// Kinds of resources of the official dialect that piq does not deploy.
pub(super) const OTHER_KINDS: &[&str] = &[
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
const KINDS: &[&str] = &["jobs", "dashboards", "schemas", "volumes", "sql_warehouses"];

/// All kinds of resources of the official dialect.
fn kinds_of_resources() -> impl Iterator<Item = &'static str> + Clone {
    KINDS.iter().chain(OTHER_KINDS).copied()
}

/// Sections of the root and of a target whose fields the schemas know.
const SECTIONS: &[(&str, &str)] = &[
    ("bundle", "Bundle"),
    ("git", "Git"),
    ("workspace", "Workspace"),
    ("presets", "Presets"),
    ("run_as", "RunAs"),
    ("sync", "Sync"),
    ("experimental", "Experimental"),
    ("python", "Python"),
];

/// Keys of `bundle` that the chosen target sets, whatever is written.
const SET_BY_TARGET: [&str; 4] = ["target", "environment", "mode", "terraform"];

/// Whether a schema has a field.
pub(super) fn has(schema: &str, name: &str) -> bool {
    schema::fields(schema).iter().any(|f| f.name == name)
}

/// Checks the keys of one file.
pub(super) fn check(document: &Document, errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
    let mut check = KnownKeysCheck { document, errors, warnings };
    let root = &document.root;
    check.keys(root, "the bundle", "Root");
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

/// What is wrong with the mode of a target.
pub(super) fn mode_fault(target: &TreeNode) -> Option<Diagnostic> {
    let mode = target.get("mode").filter(|n| !n.is_null())?;
    let known = mode.as_str().is_some_and(|m| matches!(m, "development" | "production") || m.contains("${"));
    let found = mode.as_str().unwrap_or(mode.form());
    (!known).then(|| one_of("mode", found, &["development", "production"], &mode.place))
}

struct KnownKeysCheck<'a> {
    document: &'a Document,
    errors: &'a mut Vec<Diagnostic>,
    warnings: &'a mut Vec<Diagnostic>,
}

impl<'a> KnownKeysCheck<'a> {
    fn target(&mut self, name: &str, entry: &'a TreeEntry) {
        let node = &entry.value;
        self.keys(node, &format!("target `{name}`"), "Target");
        self.common(node);
        self.map(node.get("variables"), "variables");
        if let Some(default) = node.get("default").filter(|n| !n.is_null() && n.as_bool().is_none()) {
            self.wrong_type("default", "true or false", default);
        }
    }

    /// Sections that the root and each target share.
    fn common(&mut self, node: &'a TreeNode) {
        for (name, schema) in SECTIONS {
            self.section(node, name, schema);
        }
        for name in ["artifacts", "scripts"] {
            self.map(node.get(name), name);
        }
        if let Some(permissions) = node.get("permissions").filter(|n| !n.is_null()) {
            match permissions.as_list() {
                Some(items) => items.iter().for_each(|i| self.keys(i, "a permission", "BundlePermission")),
                None if permissions.as_str().is_some_and(|s| s.contains("${")) => {}
                None => self.wrong_type("permissions", "a list", permissions),
            }
        }
        let Some(kinds) = self.map(node.get("resources"), "resources") else { return };
        for (kind, entry) in kinds {
            if let Some(schema) = schema::of_resource(kind) {
                for (key, resource) in self.map(Some(&entry.value), kind).into_iter().flatten() {
                    self.resource(kind, key, resource, schema);
                }
            } else if !OTHER_KINDS.contains(&kind.as_str()) && closest(kind, kinds_of_resources()).is_some() {
                // any other may be newer than piq: whether it can pass depends on the command
                self.unknown(kind, "`resources`", &entry.key, kinds_of_resources(), true);
            }
        }
    }

    fn resource(&mut self, kind: &str, key: &str, entry: &'a TreeEntry, schema: &'static str) {
        if self.map(Some(&entry.value), &format!("resources.{kind}.{key}")).is_some() {
            unknown_fields(&entry.value, schema, &format!("`{kind}.{key}`"), self.errors, self.warnings);
        }
    }

    fn variable(&mut self, name: &str, entry: &'a TreeEntry) {
        let Some(map) = self.map(Some(&entry.value), &format!("variable `{name}`")) else { return };
        self.keys(&entry.value, &format!("variable `{name}`"), "Variable");
        self.section(&entry.value, "lookup", "Lookup");
        if let Some(kind) = map.get("type").filter(|e| !e.value.is_null()) {
            let found = kind.value.as_str().unwrap_or(kind.value.form());
            // the second is not in the schema, but written and taken
            if !["complex", "string", ""].contains(&found) {
                self.errors.push(one_of("type", found, &["complex", "string"], &kind.value.place));
            }
        }
        if let Some((default, lookup)) = map.get("default").zip(map.get("lookup")) {
            self.errors.push(
                Diagnostic::error("variable-source", format!("variable `{name}` has both `default` and `lookup`"))
                    .label(lookup.key.clone(), "a lookup")
                    .label(default.key.clone(), "a default"),
            );
        }
    }

    fn section(&mut self, node: &'a TreeNode, name: &str, schema: &'static str) {
        if self.map(node.get(name), name).is_some()
            && let Some(section) = node.get(name)
        {
            self.keys(section, &format!("`{name}`"), schema);
            if name == "bundle" {
                self.section(section, "git", "Git");
                self.section(section, "deployment", "Deployment");
            }
        }
    }

    /// The map at a place where a map must stand.
    fn map(&mut self, node: Option<&'a TreeNode>, name: &str) -> Option<&'a Map> {
        let node = node?;
        match &node.value {
            TreeValue::Map(map) => Some(map),
            TreeValue::Null => None,
            TreeValue::String(s) if s.contains("${") => None,
            _ => {
                self.wrong_type(name, "a map", node);
                None
            }
        }
    }

    fn wrong_type(&mut self, name: &str, wanted: &str, node: &TreeNode) {
        let message = format!("expected {wanted} for `{name}`, found {}", node.form());
        self.errors.push(Diagnostic::error("wrong-type", message).at(node.place.clone()));
    }

    fn keys(&mut self, node: &TreeNode, parent: &str, schema: &'static str) {
        let Some(map) = node.as_map() else {
            if !node.is_null() && !node.as_str().is_some_and(|s| s.contains("${")) {
                self.wrong_type(parent.trim_matches('`'), "a map", node);
            }
            return;
        };
        for (i, (key, entry)) in map.iter().enumerate() {
            let reuse = schema == "Root" && self.kept_for_reuse(map, i);
            let read_only = schema == "Bundle" && SET_BY_TARGET.contains(&key.as_str());
            if !reuse && !read_only && !has(schema, key) {
                let known = schema::fields(schema).iter().map(|f| f.name);
                // a look-up that finds nothing leaves a variable without a value
                self.unknown(key, parent, &entry.key, known, schema == "Lookup");
            }
        }
    }

    /// Whether a top-level entry holds anchors: then it is there for its aliases.
    fn kept_for_reuse(&self, map: &Map, i: usize) -> bool {
        let Some((name, entry)) = map.get_index(i) else { return false };
        let start = entry.key.span.start;
        let end = map.get_index(i + 1).map_or(usize::MAX, |(_, next)| next.key.span.start);
        name.starts_with("x-")
            || name.starts_with(['.', '_'])
            // anchors are in the order of the file
            || self.document.anchors.get(self.document.anchors.partition_point(|a| *a < start)).is_some_and(|a| *a < end)
    }

    /// A key like one that is known is a slip, and an error; any other has no effect, as in the official CLI, unless it
    /// `counts`.
    fn unknown(
        &mut self,
        key: &str,
        parent: &str,
        place: &Span,
        known: impl Iterator<Item = &'static str> + Clone,
        counts: bool,
    ) {
        let near = closest(key, known.clone());
        let message = format!("unknown key `{key}` in {parent}");
        let is_error = counts || near.is_some();
        let d = match is_error {
            true => Diagnostic::error("unknown-key", message),
            false => Diagnostic::warning("unknown-key", format!("{message} has no effect")),
        };
        let d = d.label(place.clone(), format!("not a key of {parent}"));
        let names: Vec<&str> = known.collect();
        let d = match near {
            Some(name) => d.hint(format!("did you mean `{name}`?")),
            None if names.len() <= 8 => d.hint(format!("known keys: {}", names.join(", "))),
            None => d,
        };
        if is_error { self.errors.push(d) } else { self.warnings.push(d) }
    }
}
