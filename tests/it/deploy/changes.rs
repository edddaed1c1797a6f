//! A bundle and what may change in it, for tests that interrupt the deploy of the change.

use serde_json::{Value, json};

use super::lab::Lab;

/// One change of a bundle.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    First,
    File,
    Job,
    Renamed,
    Removed,
    Permissions,
}

fn resources() -> Value {
    json!({
        "jobs": {
            "load": {
                "name": "load",
                "permissions": [{"level": "CAN_VIEW", "group_name": "users"}],
                "tasks": [
                    {"task_key": "a", "notebook_task": {"notebook_path": "./src/a.sql"}},
                    {"task_key": "b", "notebook_task": {"notebook_path": "./src/b.sql"}},
                ],
            },
            "check": {"name": "check", "tasks": [{"task_key": "a", "run_job_task": {"job_id": "${resources.jobs.load.id}"}}]},
        },
        "dashboards": {"sales": {"display_name": "Sales", "file_path": "../dashboards/sales.lvdash.json", "warehouse_id": "0123456789abcdef"}},
        "schemas": {"raw": {"name": "raw", "catalog_name": "main", "comment": "as it comes"}},
    })
}

/// Writes the bundle, before or after the change.
fn write(lab: &Lab, change: Change, after: bool) {
    let mut all = resources();
    let (mut a, mut page) = ("SELECT 1", "p");
    if after {
        match change {
            Change::First => {}
            Change::File => (a, page) = ("SELECT 2", "q"),
            Change::Job => all["jobs"]["load"]["timeout_seconds"] = json!(60),
            Change::Renamed => all["jobs"]["load"]["name"] = json!("load everything"),
            Change::Removed => {
                all["jobs"].as_object_mut().expect("a map").remove("check");
            }
            Change::Permissions => all["jobs"]["load"]["permissions"][0]["level"] = json!("CAN_MANAGE_RUN"),
        }
    }
    lab.write("bundle/src/a.sql", &format!("-- Databricks notebook source\n{a}\n"));
    lab.write("bundle/src/b.sql", "-- Databricks notebook source\nSELECT 3\n");
    lab.write("dashboards/sales.lvdash.json", &format!(r#"{{"datasets":[],"pages":[{{"name":"{page}"}}]}}"#));
    lab.resources(&all);
}

/// Leaves the workspace with the bundle as it was before the change, and the bundle as it is after it.
pub(super) async fn before(lab: &Lab, change: Change, target: &str) {
    lab.clear().await;
    if !matches!(change, Change::First) {
        write(lab, change, false);
        let desired = lab.desired(target).await;
        lab.deploy(&desired, 1).await.expect("deployed");
    }
    write(lab, change, true);
}

/// Every notebook that a job names is there.
pub(super) fn runnable(picture: &Value) {
    for job in picture["jobs"].as_array().expect("a list") {
        for task in job[0]["tasks"].as_array().into_iter().flatten() {
            if let Some(path) = task["notebook_task"]["notebook_path"].as_str() {
                let path = path.trim_start_matches("/Workspace");
                assert!(picture.get(path).is_some(), "{path} is not there: {picture}");
            }
        }
    }
}

/// Every job is as it was before the deploy or as an unharmed deploy leaves it.
pub(super) fn old_or_new(between: &Value, old: &Value, unharmed: &Value) {
    let jobs = |picture: &Value| picture["jobs"].as_array().cloned().expect("a list");
    for job in jobs(between) {
        let of = |picture: &Value| jobs(picture).iter().any(|j| same_but_ids(&j[0], &job[0]));
        assert!(of(old) || of(unharmed), "neither old nor new: {job}");
    }
}

/// The entries of two pictures that differ.
pub(super) fn difference(now: &Value, wanted: &Value) -> String {
    let keys: std::collections::BTreeSet<&String> =
        now.as_object().into_iter().chain(wanted.as_object()).flat_map(|m| m.keys()).collect();
    let differing = keys.into_iter().filter(|k| !same_but_ids(&now[k.as_str()], &wanted[k.as_str()]));
    differing.map(|k| format!("{k}: {} instead of {}\n", now[k.as_str()], wanted[k.as_str()])).collect()
}

/// The same, but for the numbers of jobs.
pub(super) fn same_but_ids(a: &Value, b: &Value) -> bool {
    let strip = |v: &Value| -> Value {
        fn walk(v: &Value) -> Value {
            match v {
                Value::Object(map) => map
                    .iter()
                    .map(|(k, v)| (k.clone(), if k == "job_id" { json!(0) } else { walk(v) }))
                    .collect::<serde_json::Map<_, _>>()
                    .into(),
                Value::Array(items) => items.iter().map(walk).collect(),
                other => other.clone(),
            }
        }
        walk(v)
    };
    strip(a) == strip(b)
}
