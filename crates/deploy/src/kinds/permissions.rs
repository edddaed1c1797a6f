//! Permissions: from the dialect's words to the API's, per kind.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::state::canonical;
use piq_bundle::{Node, Project, Resource, ResourceKind};
use piq_databricks::workspace::Me;

const WHO: [&str; 3] = ["user_name", "group_name", "service_principal_name"];

/// A level of the bundle's own `permissions`, in the word of a kind.
fn level_for(kind: Option<ResourceKind>, level: &str) -> &str {
    match (kind, level) {
        (Some(ResourceKind::Job), "CAN_RUN") => "CAN_MANAGE_RUN",
        (Some(ResourceKind::Dashboard) | None, "CAN_VIEW") => "CAN_READ",
        (Some(ResourceKind::SqlWarehouse), "CAN_RUN") => "CAN_USE",
        _ => level,
    }
}

fn entries(node: &Node, kind: Option<ResourceKind>, translate: bool) -> Vec<Value> {
    let mut list = Vec::new();
    for item in node.as_list().unwrap_or_default() {
        let Some(level) = item.str_at("level") else { continue };
        let mut entry = json!({});
        for who in WHO {
            if let Some(name) = item.str_at(who) {
                entry[who] = json!(name);
            }
        }
        entry["permission_level"] = json!(if translate { level_for(kind, level) } else { level });
        list.push(entry);
    }
    list
}

fn mine(me: &Me) -> (&'static str, &str) {
    let who = if me.service_principal { "service_principal_name" } else { "user_name" };
    (who, &me.user_name)
}

/// Permissions of a resource: its own and the bundle's, where the higher entry of the resource wins. None if neither
/// says anything.
pub(crate) fn permissions(project: &Project, resource: &Resource, me: &Me) -> Option<Vec<Value>> {
    if matches!(resource.kind, ResourceKind::Schema | ResourceKind::Volume) {
        return None;
    }
    let own = resource.spec.get("permissions").filter(|n| !n.is_null());
    if own.is_none() && project.permissions.is_none() {
        return None;
    }
    let mut list = own.map(|n| entries(n, Some(resource.kind), false)).unwrap_or_default();
    for entry in project.permissions.iter().flat_map(|n| entries(n, Some(resource.kind), true)) {
        let same = |other: &Value| WHO.iter().all(|who| other[*who] == entry[*who]);
        if !list.iter().any(same) {
            list.push(entry);
        }
    }
    let (who, name) = mine(me);
    // a job has one owner, and a list without one is refused
    if resource.kind == ResourceKind::Job && !list.iter().any(|e| e["permission_level"] == "IS_OWNER") {
        list.retain(|e| e[who] != name);
        let owner = json!({who: name, "permission_level": "IS_OWNER"});
        list.insert(0, owner);
    }
    Some(list)
}

/// Permissions of the bundle's folder, if the bundle sets any. Whoever deploys keeps the right to.
pub(crate) fn folder_permissions(project: &Project, me: &Me) -> Option<Vec<Value>> {
    let mut list = entries(project.permissions.as_ref()?, None, true);
    let (who, name) = mine(me);
    list.retain(|e| e[who] != name);
    list.push(json!({who: name, "permission_level": "CAN_MANAGE"}));
    Some(list)
}

/// Whether two lists allow the same.
pub(crate) fn same_permissions(a: &[Value], b: &[Value]) -> bool {
    let set = |list: &[Value]| list.iter().map(canonical).collect::<BTreeSet<_>>();
    set(a) == set(b)
}

/// The permissions of what nobody else may use: what is left when the bundle no longer sets any.
pub(crate) fn owner_only(kind: ResourceKind, me: &Me) -> Vec<Value> {
    let (who, name) = mine(me);
    let level = if kind == ResourceKind::Job { "IS_OWNER" } else { "CAN_MANAGE" };
    vec![json!({who: name, "permission_level": level})]
}
