//! Differences between what was recorded, what is wanted and what the workspace has, field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Fields by which the items of a list are known: their order does not count.
const IDENTITIES: [&str; 6] = ["task_key", "job_cluster_key", "environment_key", "name", "key", "principal"];

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

/// Says of a field that only the workspace has whether the workspace filled it in by itself.
pub(crate) type Filled = fn(path: &str, value: &Value) -> bool;

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
            (None, Some(r)) => o.is_none() && (empty(r) || filled(path, r)),
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
fn flat(value: &Value) -> BTreeMap<String, Value> {
    let mut leaves = BTreeMap::new();
    walk("", value, &mut leaves);
    leaves
}

fn walk(path: &str, value: &Value, leaves: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, inner) in map {
                let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(&at, inner, leaves);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let identity = IDENTITIES.into_iter().find(|field| {
                let names: BTreeSet<&str> = items.iter().filter_map(|i| i[*field].as_str()).collect();
                names.len() == items.len()
            });
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

    fn nothing(_: &str, _: &Value) -> bool {
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
        let changes = differences(Some(&spec), &spec, &remote, |path, _| path == "format");
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
    fn without_a_record_every_difference_is_named_as_such() {
        let changes = differences(None, &json!({"name": "a", "n": 5}), &json!({"name": "a", "n": "6"}), nothing);
        assert_eq!(paths(&changes), [("n", Reason::Unrecorded)]);
        assert_eq!(differences(None, &json!({"n": 5}), &json!({"n": "5"}), nothing), []);
    }
}
