//! Differences between what was recorded, what is wanted and what the workspace has, field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Fields by which the items of a list are known: their order does not count.
const IDENTITIES: [&str; 9] =
    ["task_key", "job_cluster_key", "environment_key", "name", "key", "principal", "id", "destination_id", "user_name"];

/// Why a field is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The bundle says something else than at the last deploy.
    Bundle,
    /// Somebody changed it in the workspace.
    Drift,
    /// Nothing is recorded: the workspace has something else than the bundle says.
    Unrecorded,
}

impl Reason {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            Self::Bundle => "changed in the bundle",
            Self::Drift => "changed in the workspace",
            Self::Unrecorded => "differs in the workspace",
        }
    }
}

/// One field that is changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Where it is, such as `tasks[load].timeout_seconds`.
    pub path: String,
    /// What was recorded at the last deploy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What the bundle says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
    /// What the workspace has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<Value>,
    /// Why it is changed.
    pub reason: Reason,
}

/// Values by their paths, such as `tasks[load].timeout_seconds`.
pub(crate) type Leaves = BTreeMap<String, Value>;

/// Says of a field that only the workspace has whether the workspace filled it in by itself, beside what is wanted.
pub(crate) type Filled = fn(path: &str, value: &Value, wanted: &Leaves) -> bool;

/// The fields to change so that the workspace has what is wanted.
pub(crate) fn differences(
    recorded: Option<&Value>,
    wanted: &Value,
    remote: &Value,
    filled: Filled,
) -> Vec<FieldChange> {
    let old = recorded.map(flat).unwrap_or_default();
    let new = flat(wanted);
    let there = flat(remote);
    let paths: BTreeSet<&String> = new.keys().chain(there.keys()).collect();
    let mut changes = Vec::new();
    for path in paths {
        let (o, n, r) = (old.get(path), new.get(path), there.get(path));
        let same = match (n, r) {
            (Some(n), Some(r)) => equal(n, r),
            // the workspace does not give back what means nothing
            (Some(n), None) => empty(n),
            (None, Some(r)) => o.is_none() && (empty(r) || filled(path, r, &new)),
            (None, None) => true,
        };
        if same {
            continue;
        }
        let reason = match (recorded, o, n) {
            (None, ..) => Reason::Unrecorded,
            (_, Some(o), Some(n)) if equal(o, n) => Reason::Drift,
            (_, None, None) => Reason::Drift,
            _ => Reason::Bundle,
        };
        let change = FieldChange { path: path.clone(), old: o.cloned(), new: n.cloned(), remote: r.cloned(), reason };
        changes.push(change);
    }
    changes
}

/// The leaves of a value by their paths. Empty lists and maps are leaves.
fn flat(value: &Value) -> Leaves {
    let mut leaves = Leaves::new();
    walk("", value, &mut leaves);
    leaves
}

/// The field by which the items of a list are known, if each has another value of it.
fn identity(items: &[Value]) -> Option<&'static str> {
    IDENTITIES.into_iter().find(|field| {
        let names: BTreeSet<&str> = items.iter().filter_map(|i| i[*field].as_str()).collect();
        names.len() == items.len()
    })
}

/// Puts fields that the API takes and never gives back into what it gives: they count as they were recorded, where the map
/// that they belong to is still there. A field is named by its path without the items of lists, such as
/// `tasks.new_cluster.policy_id`.
pub(crate) fn fill_input_only(there: &mut Value, recorded: &Value, fields: &[&str]) {
    for field in fields {
        let steps: Vec<&str> = field.split('.').collect();
        fill(there, recorded, &steps);
    }
}

fn fill(there: &mut Value, recorded: &Value, steps: &[&str]) {
    match (there, recorded, steps) {
        (Value::Array(there), Value::Array(recorded), _) => {
            let identity = identity(recorded);
            for (i, item) in there.iter_mut().enumerate() {
                let known = match identity {
                    Some(field) => recorded.iter().find(|r| r[field] == item[field]),
                    None => recorded.get(i),
                };
                if let Some(known) = known {
                    fill(item, known, steps);
                }
            }
        }
        (Value::Object(there), Value::Object(recorded), [field]) => {
            if let Some(value) = recorded.get(*field)
                && there.get(*field).is_none_or(Value::is_null)
            {
                there.insert((*field).to_owned(), value.clone());
            }
        }
        (Value::Object(there), Value::Object(recorded), [first, rest @ ..]) => {
            if let (Some(there), Some(recorded)) = (there.get_mut(*first), recorded.get(*first)) {
                fill(there, recorded, rest);
            }
        }
        _ => {}
    }
}

fn walk(path: &str, value: &Value, leaves: &mut Leaves) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, inner) in map {
                let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(&at, inner, leaves);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let identity = identity(items);
            for (i, item) in items.iter().enumerate() {
                match identity.and_then(|field| item[field].as_str()) {
                    Some(name) => walk(&format!("{path}[{name}]"), item, leaves),
                    None => walk(&format!("{path}[{i}]"), item, leaves),
                }
            }
        }
        Value::Null => {}
        leaf => {
            leaves.insert(path.to_owned(), leaf.clone());
        }
    }
}

/// Whether a value says no more than that nothing is set.
fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(b) => !b,
        Value::Number(n) => n.as_f64() == Some(0.0),
        Value::String(s) => s.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// The API gives numbers and truth values in maps of texts back as texts.
fn equal(a: &Value, b: &Value) -> bool {
    let text = |v: &Value| match v {
        Value::String(s) => Some(s.clone()),
        Value::Number(_) | Value::Bool(_) => Some(v.to_string()),
        _ => None,
    };
    a == b || (text(a).is_some() && text(a) == text(b)) || (empty(a) && empty(b))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nothing(_: &str, _: &Value, _: &Leaves) -> bool {
        false
    }

    fn paths(changes: &[FieldChange]) -> Vec<(&str, Reason)> {
        changes.iter().map(|c| (c.path.as_str(), c.reason)).collect()
    }

    #[test]
    fn a_change_in_the_bundle_and_one_in_the_workspace_are_told_apart() {
        let old = json!({"name": "a", "timeout_seconds": 10, "tasks": [{"task_key": "x", "n": 1}, {"task_key": "y", "n": 1}]});
        let new = json!({"name": "b", "timeout_seconds": 10, "tasks": [{"task_key": "x", "n": 1}, {"task_key": "y", "n": 2}]});
        let remote = json!({"name": "a", "timeout_seconds": 99, "tasks": [{"task_key": "y", "n": 1}, {"task_key": "x", "n": 1}]});
        let changes = differences(Some(&old), &new, &remote, nothing);
        assert_eq!(
            paths(&changes),
            [("name", Reason::Bundle), ("tasks[y].n", Reason::Bundle), ("timeout_seconds", Reason::Drift)]
        );
        assert_eq!(changes[2].remote, Some(json!(99)));
    }

    #[test]
    fn what_the_workspace_fills_in_is_no_drift_but_what_a_person_adds_is() {
        let spec = json!({"name": "a", "tags": {}});
        let remote = json!({"name": "a", "email_notifications": {}, "timeout_seconds": 0, "format": "MULTI_TASK", "description": "hi"});
        let changes = differences(Some(&spec), &spec, &remote, |path, _, _| path == "format");
        assert_eq!(paths(&changes), [("description", Reason::Drift)]);
    }

    #[test]
    fn what_the_bundle_no_longer_says_is_removed() {
        let old = json!({"name": "a", "schedule": {"cron": "x"}});
        let new = json!({"name": "a"});
        assert_eq!(paths(&differences(Some(&old), &new, &old, nothing)), [("schedule.cron", Reason::Bundle)]);
        assert_eq!(differences(Some(&new), &new, &new, nothing), []);
    }

    #[test]
    fn the_order_of_webhooks_and_subscribers_does_not_count() {
        let list = |ids: [&str; 2]| {
            json!({"webhook_notifications": {"on_failure": [{"id": ids[0]}, {"id": ids[1]}]},
                "subscribers": [{"user_name": ids[0]}, {"user_name": ids[1]}],
                "subscriptions": [{"destination_id": ids[0]}, {"destination_id": ids[1]}]})
        };
        let (one, other) = (list(["a", "b"]), list(["b", "a"]));
        assert_eq!(differences(Some(&one), &one, &other, nothing), []);
        assert_eq!(differences(Some(&one), &one, &list(["a", "c"]), nothing).len(), 6);
    }

    #[test]
    fn fields_that_are_never_given_back_count_as_recorded() {
        const FIELDS: [&str; 2] = ["trigger.table_update.condition", "tasks.new_cluster.defaults"];
        let task = |key: &str, cluster: Value| json!({"task_key": key, "new_cluster": cluster});
        let recorded = json!({"trigger": {"table_update": {"condition": "ALL", "table_names": ["t"]}},
            "tasks": [task("a", json!({"defaults": true})), task("b", json!({"size": 1}))]});
        let answer = json!({"trigger": {"table_update": {"table_names": ["t"]}},
            "tasks": [task("b", json!({"size": 1})), task("a", json!({"kind": "x"}))]});
        let mut there = answer.clone();
        fill_input_only(&mut there, &recorded, &FIELDS);
        assert_eq!(there["trigger"]["table_update"]["condition"], "ALL");
        assert_eq!(
            (&there["tasks"][1]["new_cluster"]["defaults"], &there["tasks"][0]["new_cluster"]),
            (&json!(true), &json!({"size": 1}))
        );
        let mut wanted = recorded.clone();
        wanted["trigger"]["table_update"]["condition"] = json!("ANY");
        let changes = differences(Some(&recorded), &wanted, &there, |path, _, _| path.ends_with("kind"));
        assert_eq!(paths(&changes), [("trigger.table_update.condition", Reason::Bundle)]);
        // the trigger as a whole was removed in the workspace
        let mut removed = json!({"tasks": answer["tasks"]});
        fill_input_only(&mut removed, &recorded, &FIELDS);
        assert_eq!(removed.get("trigger"), None);
        fill_input_only(&mut removed, &Value::Null, &FIELDS);
    }

    #[test]
    fn without_a_record_every_difference_is_named_as_such() {
        let changes = differences(None, &json!({"name": "a", "n": 5}), &json!({"name": "a", "n": "6"}), nothing);
        assert_eq!(paths(&changes), [("n", Reason::Unrecorded)]);
        assert_eq!(differences(None, &json!({"n": 5}), &json!({"n": "5"}), nothing), []);
    }
}
