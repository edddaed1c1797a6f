//! Sets permissions and grants of a resource.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::kinds::{self, owner_only};
use super::state::ResourceRecord;
use super::{DesiredResource, ResourceChange};
use piq_databricks::workspace::{Grant, Me, Workspace, WorkspaceError};

/// Sets what the plan says.
pub(super) async fn set_access(
    workspace: &dyn Workspace,
    me: &Me,
    change: &ResourceChange,
    wanted: &DesiredResource,
    record: Option<&ResourceRecord>,
    id: &str,
) -> Result<(), WorkspaceError> {
    let kind = kinds::of(wanted.kind);
    if change.permissions
        && let Some(object) = kind.permission_object()
    {
        let list = wanted.permissions.clone().unwrap_or_else(|| owner_only(wanted.kind, me));
        workspace.set_permissions(object, id, &list).await?;
    }
    if change.grants
        && let Some(securable) = kind.securable()
    {
        let there = workspace.grants(securable, id).await?;
        let changes = match &wanted.grants {
            Some(list) => changes(&there, &read(list)),
            // the bundle no longer sets any: only what it set goes
            None => changes(&read(record.and_then(|r| r.grants.as_deref()).unwrap_or_default()), &[]),
        };
        if changes.as_array().is_some_and(|c| !c.is_empty()) {
            workspace.change_grants(securable, id, &changes).await?;
        }
    }
    Ok(())
}

/// Grants by principal, each with its privileges in order: neither order nor repetition says anything, and a privilege is
/// written with a blank or with `_`.
fn read(list: &[Value]) -> Vec<Grant> {
    let mut grants: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for entry in list {
        let names = entry["privileges"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let privileges = names.map(|name| name.replace(' ', "_"));
        grants.entry(entry["principal"].as_str().unwrap_or_default()).or_default().extend(privileges);
    }
    let grant = |(principal, privileges): (&str, BTreeSet<String>)| Grant {
        principal: principal.to_owned(),
        privileges: privileges.into_iter().collect(),
    };
    grants.into_iter().map(grant).filter(|grant| !grant.privileges.is_empty()).collect()
}

/// Grants in the form in which they are planned, recorded and compared.
pub(super) fn normal_grants(list: &[Value]) -> Vec<Value> {
    read(list).iter().map(|grant| json!(grant)).collect()
}

/// Whether two lists grant the same.
pub(super) fn same_grants(a: &[Value], b: &[Value]) -> bool {
    read(a) == read(b)
}

/// What to add and to remove so that exactly `wanted` is granted.
fn changes(there: &[Grant], wanted: &[Grant]) -> Value {
    let of = |grants: &[Grant], principal: &str| -> BTreeSet<String> {
        grants.iter().filter(|g| g.principal == principal).flat_map(|g| g.privileges.clone()).collect()
    };
    let principals: BTreeSet<&str> = there.iter().chain(wanted).map(|g| g.principal.as_str()).collect();
    let mut list = Vec::new();
    for principal in principals {
        let (has, shall) = (of(there, principal), of(wanted, principal));
        let add: Vec<&String> = shall.difference(&has).collect();
        let remove: Vec<&String> = has.difference(&shall).collect();
        if !add.is_empty() || !remove.is_empty() {
            list.push(json!({"principal": principal, "add": add, "remove": remove}));
        }
    }
    json!(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_difference_is_granted_and_revoked() {
        let there = read(&[
            json!({"principal": "a", "privileges": ["SELECT", "MODIFY"]}),
            json!({"principal": "b", "privileges": ["SELECT"]}),
        ]);
        let wanted = read(&[json!({"principal": "a", "privileges": ["SELECT", "USE_SCHEMA"]})]);
        assert_eq!(
            changes(&there, &wanted),
            json!([
                {"principal": "a", "add": ["USE_SCHEMA"], "remove": ["MODIFY"]},
                {"principal": "b", "add": [], "remove": ["SELECT"]},
            ])
        );
        assert_eq!(changes(&wanted, &wanted), json!([]));
    }

    #[test]
    fn order_repetition_and_blanks_of_grants_say_nothing() {
        let said = [
            json!({"principal": "b", "privileges": ["USE SCHEMA", "SELECT", "SELECT"]}),
            json!({"principal": "a", "privileges": ["SELECT"]}),
            json!({"principal": "b", "privileges": ["MODIFY"]}),
            json!({"principal": "c", "privileges": []}),
        ];
        let normal = [
            json!({"principal": "a", "privileges": ["SELECT"]}),
            json!({"principal": "b", "privileges": ["MODIFY", "SELECT", "USE_SCHEMA"]}),
        ];
        assert_eq!(normal_grants(&said), normal);
        assert_eq!(normal_grants(&normal), normal);
        assert!(same_grants(&said, &normal) && !same_grants(&said, &normal[..1]) && same_grants(&[], &said[3..]));
    }
}
