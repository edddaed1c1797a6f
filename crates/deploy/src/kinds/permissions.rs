//! Permissions: from the dialect's words to the API's, per kind.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::state::canonical;
use piq_bundle::{Resource, ResourceKind, TargetBundle, TreeNode};
use piq_databricks::workspace::{Me, Permission, PermissionLevel, Principal};

/// A level of the bundle's own `permissions`, in the word of a kind, as the official CLI translates it; none where the kind
/// has no such level.
fn level_for(kind: Option<ResourceKind>, level: &str) -> Option<&str> {
    Some(match (kind, level) {
        (Some(ResourceKind::Job), "CAN_RUN") => "CAN_MANAGE_RUN",
        (Some(ResourceKind::Dashboard), "CAN_RUN") => return None,
        (Some(ResourceKind::Dashboard) | None, "CAN_VIEW") => "CAN_READ",
        (Some(ResourceKind::SqlWarehouse), "CAN_RUN") => "CAN_MONITOR",
        _ => level,
    })
}

fn entries(node: &TreeNode, kind: Option<ResourceKind>, translate: bool) -> Vec<Permission> {
    let entry = |item: &TreeNode| {
        let level = item.str_at("level")?;
        let name = |field| item.str_at(field).map(str::to_owned);
        let principal = name("user_name")
            .map(Principal::User)
            .or_else(|| name("group_name").map(Principal::Group))
            .or_else(|| name("service_principal_name").map(Principal::ServicePrincipal))?;
        let level = if translate { level_for(kind, level)? } else { level };
        Some(Permission { principal, level: PermissionLevel::of_word(level) })
    };
    node.as_list().unwrap_or_default().iter().filter_map(entry).collect()
}

/// One entry for each principal, with its highest level: the API refuses a principal that is named twice.
fn merged(all: impl IntoIterator<Item = Permission>) -> Vec<Permission> {
    let mut list: Vec<Permission> = Vec::new();
    for entry in all {
        match list.iter_mut().find(|known| known.principal == entry.principal) {
            Some(known) => known.level = known.level.clone().max(entry.level),
            None => list.push(entry),
        }
    }
    list
}

/// Raises a principal to a level.
fn grant(list: &mut Vec<Permission>, principal: Principal, level: PermissionLevel) {
    match list.iter_mut().find(|known| known.principal == principal) {
        Some(known) => known.level = known.level.clone().max(level),
        None => list.push(Permission { principal, level }),
    }
}

fn to_json(list: &[Permission]) -> Vec<Value> {
    list.iter().map(Permission::to_json).collect()
}

/// Permissions of a resource as the bundle says them: its own, and those of the bundle for whoever has none among them.
/// Nothing if there are none.
fn said(project: &TargetBundle, resource: &Resource) -> Option<Vec<Permission>> {
    if matches!(resource.kind, ResourceKind::Schema | ResourceKind::Volume) {
        return None;
    }
    let own = resource.spec.get("permissions").map(|n| entries(n, Some(resource.kind), false)).unwrap_or_default();
    let mut list = merged(own);
    let has = list.iter().map(|entry| entry.principal.clone()).collect::<Vec<_>>();
    let shared = project.permissions.iter().flat_map(|n| entries(n, Some(resource.kind), true));
    list.extend(merged(shared.filter(|entry| !has.contains(&entry.principal))));
    Some(list).filter(|list| !list.is_empty())
}

/// The same, in the dialect's words.
pub(crate) fn said_permissions(project: &TargetBundle, resource: &Resource) -> Option<Vec<Value>> {
    let entry = |permission: &Permission| {
        let mut entry = permission.to_json();
        let level = entry.as_object_mut().and_then(|fields| fields.shift_remove("permission_level"));
        entry["level"] = level.unwrap_or_default();
        entry
    };
    Some(said(project, resource)?.iter().map(entry).collect())
}

/// Permissions of a resource. Whoever deploys keeps the right to deploy again, and a job has exactly one owner. Nothing
/// if the bundle sets none.
pub(crate) fn permissions(project: &TargetBundle, resource: &Resource, me: &Me) -> Option<Vec<Value>> {
    Some(to_json(&for_deployer(said(project, resource)?, Some(resource.kind), me)))
}

fn for_deployer(mut list: Vec<Permission>, kind: Option<ResourceKind>, me: &Me) -> Vec<Permission> {
    let mut owners = list.iter_mut().filter(|entry| entry.level == PermissionLevel::IsOwner);
    let owned = owners.next().is_some();
    owners.for_each(|entry| entry.level = PermissionLevel::CanManage);
    let owns = kind == Some(ResourceKind::Job) && !owned;
    grant(&mut list, Principal::of(me), if owns { PermissionLevel::IsOwner } else { PermissionLevel::CanManage });
    list
}

/// Permissions of the bundle's folder, if the bundle sets any. Whoever deploys keeps the right to.
pub(crate) fn folder_permissions(project: &TargetBundle, me: &Me) -> Option<Vec<Value>> {
    let list = merged(entries(project.permissions.as_ref()?, None, true));
    Some(to_json(&for_deployer(list, None, me)))
}

/// Whether two lists allow the same.
pub(crate) fn same_permissions(a: &[Value], b: &[Value]) -> bool {
    let set = |list: &[Value]| list.iter().map(canonical).collect::<BTreeSet<_>>();
    set(a) == set(b)
}

/// The permissions of what nobody else may use: what is left when the bundle no longer sets any.
pub(crate) fn owner_only(kind: ResourceKind, me: &Me) -> Vec<Value> {
    to_json(&for_deployer(Vec::new(), Some(kind), me))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &[(&str, &str)]) -> Vec<Permission> {
        let entry = |(name, level): &(&str, &str)| Permission {
            principal: Principal::User((*name).to_owned()),
            level: PermissionLevel::of_word(level),
        };
        words.iter().map(entry).collect()
    }

    #[test]
    fn whoever_deploys_keeps_the_right_to_and_a_job_has_one_owner() {
        let me = Me { user_name: "me".into(), display_name: "me".into(), service_principal: false, fields: [].into() };
        let job = |words: &[(&str, &str)]| for_deployer(merged(list(words)), Some(ResourceKind::Job), &me);
        assert_eq!(job(&[("a", "CAN_VIEW")]), list(&[("a", "CAN_VIEW"), ("me", "IS_OWNER")]));
        assert_eq!(job(&[("a", "IS_OWNER")]), list(&[("a", "IS_OWNER"), ("me", "CAN_MANAGE")]));
        assert_eq!(job(&[("me", "IS_OWNER"), ("me", "CAN_VIEW")]), list(&[("me", "IS_OWNER")]));
        let two = [("a", "IS_OWNER"), ("b", "IS_OWNER"), ("me", "CAN_VIEW")];
        assert_eq!(job(&two), list(&[("a", "IS_OWNER"), ("b", "CAN_MANAGE"), ("me", "CAN_MANAGE")]));
        for kind in [ResourceKind::Dashboard, ResourceKind::SqlWarehouse] {
            let list_of = for_deployer(list(&[("a", "CAN_READ")]), Some(kind), &me);
            assert_eq!(list_of, list(&[("a", "CAN_READ"), ("me", "CAN_MANAGE")]));
        }
    }

    #[test]
    fn a_principal_that_is_named_twice_has_the_highest_level() {
        let all = list(&[("a", "CAN_VIEW"), ("b", "CAN_MANAGE"), ("a", "CAN_MANAGE_RUN"), ("a", "CAN_RUN")]);
        assert_eq!(merged(all), list(&[("a", "CAN_MANAGE_RUN"), ("b", "CAN_MANAGE")]));
    }
}
