//! Checks that concern several resources, or every kind of them.

use std::collections::{HashMap, HashSet};

use super::node::{TreeEntry, TreeNode, TreeValue};
use super::resource::{Resource, ResourceKind};
use super::schema::{SET_BY_DEPLOY, of_resource, typed, unknown_fields, without_empty};
use super::unknown_keys;
use piq_diagnostics::{Diagnostic, Severity, Span};

/// Brings every resource into the types of its kind and checks it.
///
/// `shared` are the permissions of the bundle.
pub(super) fn check(
    resources: &mut [Resource],
    shared: Option<&TreeNode>,
    errors: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) {
    let mut found = Vec::new();
    for resource in resources.iter_mut() {
        let Some(shape) = of_resource(resource.kind.as_str()) else { continue };
        let title = format!("`{}.{}`", resource.kind.as_str(), resource.key);
        // a value that came by a reference has not been looked at yet
        unknown_fields(&resource.spec, shape, &title, errors, warnings);
        if let Some(map) = resource.spec.as_map_mut().filter(|_| resource.kind == ResourceKind::Job) {
            map.shift_remove(SET_BY_DEPLOY);
        }
        if let Some(grants) = resource.spec.as_map_mut().and_then(|m| m.get_mut("grants")) {
            privileges(&mut grants.value);
        }
        if let Some(permissions) = resource.spec.get("permissions") {
            principals(permissions, "a permission", &mut found);
        }
        if let Some(run_as) = resource.spec.get("run_as") {
            one_principal(run_as, "`run_as`", &run_as.place, &mut found);
        }
        resource.spec = without_empty(&resource.spec, shape);
        resource.spec = typed(&resource.spec, shape, &title, &resource.place, &mut found);
        if let Some(permissions) = resource.spec.get("permissions") {
            given_already(resource, permissions, shared, &mut found);
        }
        if resource.kind == ResourceKind::Dashboard {
            dashboard(resource, &mut found);
        }
        if resource.kind == ResourceKind::SqlWarehouse {
            warehouse(resource, &mut found);
        }
        if matches!(resource.kind, ResourceKind::Schema | ResourceKind::Volume) {
            catalog_name(resource, &mut found);
        }
        lifecycle(resource, &mut found);
    }
    for d in found {
        if d.severity == Severity::Error { errors.push(d) } else { warnings.push(d) }
    }
}

/// Privileges as the API writes them: `use schema` is `USE_SCHEMA`, as in the official CLI.
fn privileges(grants: &mut TreeNode) {
    let TreeValue::List(grants) = &mut grants.value else { return };
    for grant in grants {
        let list = grant.as_map_mut().and_then(|m| m.get_mut("privileges"));
        let Some(TreeValue::List(privileges)) = list.map(|entry| &mut entry.value.value) else { continue };
        for privilege in privileges {
            if let Some(text) = privilege.as_str().filter(|text| !text.contains("${")) {
                let written = text.trim().to_uppercase().replace(' ', "_");
                *privilege = TreeNode::string(written, privilege.place.clone());
            }
        }
    }
}

/// One section in its types; what does not fit is reported when all sections are checked.
pub(super) fn section(node: &TreeNode, name: &str, shape: &'static str) -> TreeNode {
    if node.is_null() {
        return node.clone();
    }
    typed(node, shape, name, &node.place, &mut Vec::new())
}

/// Brings the sections beside the resources into their types and checks them.
pub(super) fn sections(root: &TreeNode, errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) -> TreeNode {
    let mut root = root.clone();
    let mut found = Vec::new();
    for (name, shape) in [
        ("bundle", "Bundle"),
        ("workspace", "Workspace"),
        ("presets", "Presets"),
        ("run_as", "RunAs"),
        ("sync", "Sync"),
    ] {
        if let Some(TreeEntry { key, value }) = root.entry(name).filter(|e| !e.value.is_null()).cloned() {
            let value = if name == "presets" { without_empty(&value, shape) } else { value };
            root.set(name, typed(&value, shape, &format!("`{name}`"), &key, &mut found));
        }
    }
    if let Some(run_as) = root.get("run_as").filter(|r| !r.is_null()) {
        one_principal(run_as, "`run_as`", &run_as.place, &mut found);
    }
    if let Some(permissions) = root.get("permissions") {
        principals(permissions, "a permission", &mut found);
        for permission in permissions.as_list().unwrap_or_default() {
            typed(permission, "BundlePermission", "a permission", &permission.place, &mut found);
        }
    }
    for d in found {
        if d.severity == Severity::Error { errors.push(d) } else { warnings.push(d) }
    }
    root
}

/// Resources of a kind that piq does not deploy: an error, or a warning where they are only handed on.
pub(super) fn other_kind(
    kind: &str,
    place: &Span,
    handed_on: bool,
    errors: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) {
    let d = if unknown_keys::OTHER_KINDS.contains(&kind) {
        Diagnostic::error("unsupported-resource", format!("piq does not deploy `{kind}`"))
            .at(place.clone())
            .hint("the bundle that `piq render` writes can be deployed with the official CLI")
    } else {
        Diagnostic::error("unknown-key", format!("unknown key `{kind}` in `resources`"))
            .label(place.clone(), "not a kind of resource that piq knows")
            .hint("`piq render` passes it on to the official CLI; remove it to deploy with piq")
    };
    if handed_on {
        warnings.push(Diagnostic { severity: Severity::Warning, ..d });
    } else {
        errors.push(d);
    }
}

/// Each warning of a place once: only the name of what holds it may differ.
pub(super) fn distinct(warnings: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    warnings.retain(|w| {
        let places = w.labels.iter().map(|l| (l.place.source.path.clone(), l.place.span.clone())).collect::<Vec<_>>();
        seen.insert((w.code, places, if w.labels.is_empty() { w.message.clone() } else { String::new() }))
    });
}

/// Every entry of a list of permissions names one principal.
pub(super) fn principals(permissions: &TreeNode, title: &str, found: &mut Vec<Diagnostic>) {
    for permission in permissions.as_list().unwrap_or_default() {
        let place = permission.as_map().and_then(|m| m.first()).map_or(&permission.place, |(_, e)| &e.key);
        one_principal(permission, title, place, found);
    }
}

/// Only warehouses start and stop, and piq leaves that to people.
fn lifecycle(resource: &Resource, found: &mut Vec<Diagnostic>) {
    let Some(started) = resource.spec.get("lifecycle.started").filter(|n| !n.is_null()) else { return };
    let title = format!("`{}.{}`", resource.kind.as_str(), resource.key);
    found.push(match resource.kind {
        ResourceKind::SqlWarehouse => Diagnostic::warning(
            "no-effect",
            format!("`lifecycle.started` of {title} has no effect: piq neither starts nor stops a warehouse"),
        )
        .at(started.place.clone())
        .hint("start or stop it in the workspace; `auto_stop_mins` stops one that nobody uses"),
        _ => Diagnostic::error("unsupported-field", format!("{title} cannot have `lifecycle.started`"))
            .at(started.place.clone()),
    });
}

/// Whoever a resource names in its own permissions does not get those of the bundle too.
fn given_already(resource: &Resource, own: &TreeNode, shared: Option<&TreeNode>, found: &mut Vec<Diagnostic>) {
    let list = |node: &TreeNode| node.as_list().unwrap_or_default().to_vec();
    for permission in list(own) {
        for who in ["user_name", "group_name", "service_principal_name"] {
            let Some(entry) = permission.entry(who) else { continue };
            let Some(name) = entry.value.as_str().filter(|name| !name.is_empty()) else { continue };
            let again = shared.map(list).unwrap_or_default().into_iter();
            let Some(other) = again.filter_map(|p| p.entry(who).cloned()).find(|e| e.value.as_str() == Some(name))
            else {
                continue;
            };
            let title = format!("`{}.{}`", resource.kind.as_str(), resource.key);
            found.push(
                Diagnostic::warning("permission-twice", format!("{title} has a permission of its own for `{name}`"))
                    .label(entry.value.place.clone(), "this one counts")
                    .label(other.value.place.clone(), "this one does not, for it"),
            );
        }
    }
}

/// Who is meant must be one user, group or service principal.
pub(super) fn one_principal(node: &TreeNode, title: &str, at: &Span, found: &mut Vec<Diagnostic>) {
    let Some(map) = node.as_map() else { return };
    let names = ["user_name", "group_name", "service_principal_name"];
    let empty = |node: &TreeNode| node.is_null() || node.as_str().is_some_and(|t| t.trim().is_empty());
    let given: Vec<_> = map.iter().filter(|(k, e)| names.contains(&k.as_str()) && !empty(&e.value)).collect();
    match given.as_slice() {
        [_] => {}
        [] => {
            let blank = map.iter().find(|(k, e)| names.contains(&k.as_str()) && !e.value.is_null());
            let message = match blank {
                Some((key, _)) => format!("`{key}` of {title} is empty"),
                None => format!("{title} needs `user_name`, `group_name` or `service_principal_name`"),
            };
            found.push(
                Diagnostic::error("missing-field", message)
                    .at(blank.map_or(at, |(_, e)| &e.value.place).clone())
                    .hint("exactly one identity must be named"),
            );
        }
        [(a, first), (b, second), ..] => found.push(
            Diagnostic::error("exclusive-fields", format!("{title} has both `{a}` and `{b}`"))
                .label(second.key.clone(), "the second")
                .label(first.key.clone(), "the first"),
        ),
    }
}

/// Names in a catalog have no period, blank, slash or control character (Unity Catalog's naming constraints).
fn catalog_name(resource: &Resource, found: &mut Vec<Diagnostic>) {
    for field in ["catalog_name", "schema_name"] {
        let Some(node) = resource.spec.get(field) else { continue };
        if node.as_str().is_some_and(|name| name.contains(|c: char| c.is_ascii_control())) {
            let what = format!("`{field}` of `{}.{}`", resource.kind.as_str(), resource.key);
            found.push(
                Diagnostic::error("bad-value", format!("{what} cannot hold control characters")).at(node.place.clone()),
            );
        }
    }
    let Some(node) = resource.spec.get("name") else { return };
    let Some(name) = node.as_str().filter(|name| !name.contains("${")) else { return };
    if let Some(c) = name.chars().find(|c| c.is_ascii_control() || matches!(c, '.' | ' ' | '/')) {
        let message = format!("`name` of `{}.{}` cannot hold {c:?}", resource.kind.as_str(), resource.key);
        found.push(
            Diagnostic::error("bad-value", message)
                .at(node.place.clone())
                .hint("a name in a catalog has no periods, blanks, slashes or control characters"),
        );
    }
}

fn dashboard(resource: &Resource, found: &mut Vec<Diagnostic>) {
    let has = |name: &str| resource.spec.entry(name).filter(|e| !e.value.is_null());
    match (has("file_path"), has("serialized_dashboard")) {
        (None, None) => found.push(
            Diagnostic::warning("no-content", format!("dashboard `{}` has no content", resource.key))
                .at(resource.place.clone())
                .hint("give it `file_path: ../dashboards/NAME.lvdash.json`"),
        ),
        (Some(file), Some(inline)) => found.push(
            Diagnostic::error(
                "exclusive-fields",
                format!("dashboard `{}` has both `file_path` and `serialized_dashboard`", resource.key),
            )
            .label(inline.key.clone(), "the second")
            .label(file.key.clone(), "the first"),
        ),
        _ => {}
    }
    if has("display_name").is_none() {
        found.push(
            Diagnostic::error("missing-field", format!("dashboard `{}` has no `display_name`", resource.key))
                .at(resource.place.clone()),
        );
    }
}

/// The API makes no warehouse without a name.
fn warehouse(resource: &Resource, found: &mut Vec<Diagnostic>) {
    if resource.spec.get("name").is_none_or(|n| n.is_null() || n.as_str() == Some("")) {
        let message = format!("warehouse `{}` has no `name`", resource.key);
        found.push(Diagnostic::error("missing-field", message).at(resource.place.clone()));
    }
}

/// Two resources with one key: the official CLI names them by their keys alone.
pub(super) fn same_keys(resources: &[Resource], warnings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<&str, &Resource> = HashMap::new();
    for resource in resources {
        if let Some(first) = seen.insert(&resource.key, resource) {
            let (a, b) = (first.kind.as_str(), resource.kind.as_str());
            let message =
                format!("`{a}` and `{b}` both have the key `{}`: the official CLI refuses that", resource.key);
            warnings.push(
                Diagnostic::warning("same-key", message)
                    .label(resource.place.clone(), "used again")
                    .label(first.place.clone(), "first used here"),
            );
        }
    }
}

/// Two resources of one kind and one name: most cannot both exist, and two jobs cannot be told apart by people.
pub(super) fn same_names(resources: &[Resource], errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<(ResourceKind, String), &TreeNode> = HashMap::new();
    for resource in resources {
        let field = resource.kind.name_field();
        let Some(node) = resource.spec.get(field) else { continue };
        let part = |name: &str| resource.spec.str_at(name).unwrap_or_default().to_lowercase();
        let name = match resource.kind {
            ResourceKind::Schema => format!("{}.{}", part("catalog_name"), part("name")),
            ResourceKind::Volume => format!("{}.{}.{}", part("catalog_name"), part("schema_name"), part("name")),
            ResourceKind::Dashboard => format!("{}/{}", part("parent_path"), part("display_name")),
            ResourceKind::Job | ResourceKind::SqlWarehouse => node.as_str().unwrap_or_default().to_owned(),
        };
        match seen.get(&(resource.kind, name.clone())) {
            Some(first) => {
                let shown = node.as_str().unwrap_or_default();
                let message = format!("two `{}` are named `{shown}`", resource.kind.as_str());
                let (d, found) = match resource.kind {
                    ResourceKind::Job => (Diagnostic::warning("same-name", message), &mut *warnings),
                    _ => (Diagnostic::error("same-name", message), &mut *errors),
                };
                found.push(d.label(node.place.clone(), "named again").label(first.place.clone(), "first named here"));
            }
            None => {
                seen.insert((resource.kind, name), node);
            }
        }
    }
}
