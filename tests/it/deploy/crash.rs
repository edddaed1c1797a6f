//! The crash rule: whatever request a deploy dies at, the workspace runs the old or the new, the next deploy needs
//! nobody, and it ends where an unharmed one ends.

use serde_json::{Value, json};

use super::lab::Lab;

/// One change of a bundle.
#[derive(Clone, Copy)]
enum Change {
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
async fn before(lab: &Lab, change: Change, target: &str) {
    lab.clear().await;
    if !matches!(change, Change::First) {
        write(lab, change, false);
        let desired = lab.desired(target).await;
        lab.deploy(&desired, 1).await.expect("deployed");
    }
    write(lab, change, true);
}

/// Every notebook that a job names is there.
fn runnable(picture: &Value) {
    for job in picture["jobs"].as_array().expect("a list") {
        for task in job[0]["tasks"].as_array().into_iter().flatten() {
            if let Some(path) = task["notebook_task"]["notebook_path"].as_str() {
                let path = path.trim_start_matches("/Workspace");
                assert!(picture.get(path).is_some(), "{path} is not there: {picture}");
            }
        }
    }
}

async fn every_request(change: Change, target: &str) {
    let lab = Lab::new().await;
    before(&lab, change, target).await;
    let desired = lab.desired(target).await;
    let old = lab.picture(&desired).await;
    lab.requests().await;
    lab.deploy(&desired, 2).await.expect("deployed");
    let total = lab.requests().await;
    let unharmed = lab.picture(&desired).await;
    assert!(total > 5, "{total}");
    for k in 1..=total {
        for when in ["before", "after"] {
            before(&lab, change, target).await;
            let desired = lab.desired(target).await;
            lab.faults(json!([
                {"nth": k, "count": 1, "when": when, "action": "drop"},
                {"nth": k, "count": 1_000_000, "action": "drop"},
            ]))
            .await;
            let died = lab.deploy_once(&desired, 2).await;
            assert!(died.is_err(), "request {k} {when}: the deploy does not notice");
            lab.faults(json!([])).await;
            let between = lab.picture(&desired).await;
            if target == "prod" {
                runnable(&between);
                for job in between["jobs"].as_array().expect("a list") {
                    let of = |picture: &Value| {
                        picture["jobs"]
                            .as_array()
                            .expect("a list")
                            .iter()
                            .any(|j| j[0] == job[0] || same_but_ids(&j[0], &job[0]))
                    };
                    assert!(of(&old) || of(&unharmed), "request {k} {when}: neither old nor new: {job}");
                }
            }
            let again = lab.deploy(&desired, 3).await;
            if let Err(e) = again {
                panic!("request {k} of {total} {when}: the next deploy fails: {e}");
            }
            let now = lab.picture(&desired).await;
            assert!(same_but_ids(&now, &unharmed), "request {k} of {total} {when}: {}", difference(&now, &unharmed));
        }
    }
    lab.server.stop().await;
}

/// The entries of two pictures that differ.
fn difference(now: &Value, wanted: &Value) -> String {
    let keys: std::collections::BTreeSet<&String> =
        now.as_object().into_iter().chain(wanted.as_object()).flat_map(|m| m.keys()).collect();
    let differing = keys.into_iter().filter(|k| !same_but_ids(&now[k.as_str()], &wanted[k.as_str()]));
    differing.map(|k| format!("{k}: {} instead of {}\n", now[k.as_str()], wanted[k.as_str()])).collect()
}

/// The same, but for the numbers of jobs.
fn same_but_ids(a: &Value, b: &Value) -> bool {
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

#[tokio::test]
async fn a_first_deploy_in_development_survives_a_death_at_every_request() {
    every_request(Change::First, "dev").await;
}

#[tokio::test]
async fn a_first_deploy_in_production_survives_a_death_at_every_request() {
    every_request(Change::First, "prod").await;
}

#[tokio::test]
async fn a_changed_file_survives_a_death_at_every_request() {
    every_request(Change::File, "dev").await;
    every_request(Change::File, "prod").await;
}

#[tokio::test]
async fn a_changed_job_survives_a_death_at_every_request() {
    every_request(Change::Job, "prod").await;
}

#[tokio::test]
async fn a_renamed_job_survives_a_death_at_every_request() {
    every_request(Change::Renamed, "prod").await;
}

#[tokio::test]
async fn a_removed_job_survives_a_death_at_every_request() {
    every_request(Change::Removed, "prod").await;
}

#[tokio::test]
async fn changed_permissions_survive_a_death_at_every_request() {
    every_request(Change::Permissions, "prod").await;
}
