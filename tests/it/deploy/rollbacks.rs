//! Rollback: what a release was comes back with its dashboards, also when the rollback is killed at any request.

use serde_json::{Value, json};

use super::changes::{difference, same_but_ids};
use super::kill::killed;
use super::lab::Lab;
use super::rig::{JOB, Rig, good};

fn dashboard(page: &str) -> String {
    format!(r#"{{"datasets":[],"pages":[{{"name":"{page}"}}]}}"#)
}

/// Writes one of two releases that differ in a file, a job's settings and both dashboards.
fn write(lab: &Lab, n: u32) {
    lab.write("bundle/src/a.sql", &format!("-- Databricks notebook source\nSELECT {n}\n"));
    lab.write("dashboards/one.lvdash.json", &dashboard(&format!("p{n}")));
    lab.write("dashboards/two.lvdash.json", &dashboard(&format!("q{n}")));
    let shown = |key: &str| {
        json!({"display_name": key, "file_path": format!("../dashboards/{key}.lvdash.json"),
            "warehouse_id": "0123456789abcdef"})
    };
    let task = json!({"task_key": "a", "notebook_task": {"notebook_path": "./src/a.sql"}});
    lab.resources(&json!({
        "jobs": {"load": {"name": "load", "timeout_seconds": n, "tasks": [task]}},
        "dashboards": {"one": shown("one"), "two": shown("two")},
    }));
}

/// Deploys the first release and then the second, and gives the first one's id and what the workspace then held.
async fn two_releases(lab: &Lab) -> (String, Value) {
    lab.clear().await;
    write(lab, 1);
    let first = lab.desired("prod").await;
    let release = lab.deploy(&first, 1).await.expect("deployed").release.expect("a release");
    let picture = lab.picture(&first).await;
    write(lab, 2);
    lab.deploy(&lab.desired("prod").await, 1).await.expect("deployed");
    (release, picture)
}

async fn rollback(lab: &Lab, release: &str, what: &str) {
    let args = ["rollback", "-t", "prod", "-q", "--lock-timeout", "0s", release];
    let out = lab.piq(&args).output().await.expect("piq starts");
    assert!(out.status.success(), "{what}: {}", String::from_utf8_lossy(&out.stderr));
}

/// What runs and what is shown.
fn in_force(picture: &Value) -> Value {
    let all = picture.as_object().expect("a map").iter();
    all.filter(|(key, _)| *key == "jobs" || key.ends_with(".lvdash.json"))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

#[tokio::test]
async fn a_rollback_that_is_killed_at_any_request_is_done_by_the_next_one() {
    let lab = Lab::new().await;
    let (release, first) = two_releases(&lab).await;
    let desired = lab.desired("prod").await;
    rollback(&lab, &release, "unharmed").await;
    let unharmed = lab.picture(&desired).await;
    let (now, wanted) = (in_force(&unharmed), in_force(&first));
    assert!(same_but_ids(&now, &wanted), "{}", difference(&now, &wanted));
    assert_eq!(wanted.as_object().map(|m| m.len()), Some(3), "{wanted}");
    let mut points = 0;
    for (method, when) in [(None, "before"), (Some("POST"), "after"), (Some("PATCH"), "after")] {
        for k in 1.. {
            two_releases(&lab).await;
            let fault = json!({"method": method, "nth": k, "when": when, "action": "stall"});
            let what = format!("request {k} {method:?} {when}");
            if !killed(&lab, &["rollback", "-t", "prod", "-q", &release], fault).await {
                break;
            }
            points += 1;
            rollback(&lab, &release, &what).await;
            let now = lab.picture(&desired).await;
            assert!(same_but_ids(&now, &unharmed), "{what}: {}", difference(&now, &unharmed));
        }
    }
    assert!(points > 15, "{points}");
    lab.server.stop().await;
}

fn timeout(rig: &Rig) -> Value {
    rig.jobs()[0]["settings"]["timeout_seconds"].clone()
}

fn page(rig: &Rig, key: &str) -> String {
    let path = format!("/api/2.0/workspace/get-status?path=/Shared/.bundle/shop/prod/resources/{key}.lvdash.json");
    let id = rig.workspace.get(&path)["resource_id"].as_str().expect("an id").to_owned();
    let draft = rig.workspace.get(&format!("/api/2.0/lakeview/dashboards/{id}"));
    let published = rig.workspace.get(&format!("/api/2.0/lakeview/dashboards/{id}/published"));
    assert!(published["revision_create_time"].as_str() >= draft["update_time"].as_str(), "{key} is published again");
    let content: Value = serde_json::from_str(draft["serialized_dashboard"].as_str().expect("a text")).expect("JSON");
    content["pages"][0]["name"].as_str().expect("a name").to_owned()
}

#[test]
fn each_change_of_settings_or_of_a_dashboard_is_a_release_of_its_own() {
    let rig = Rig::new();
    let settings = |n: u32| {
        let shown = "{display_name: KEY, file_path: ../dashboards/KEY.lvdash.json, warehouse_id: 0123456789abcdef}";
        let [one, two] = ["one", "two"].map(|key| shown.replace("KEY", key));
        rig.project
            .write("resources/more.yml", &format!("resources:\n  dashboards:\n    one: {one}\n    two: {two}\n"));
        let named = "name: load\n";
        rig.project
            .write("resources/load.yml", &JOB.replacen(named, &format!("{named}      timeout_seconds: {n}\n"), 1));
    };
    let deploy = || {
        let report = good(&rig.as_principal(&["deploy", "-t", "prod", "-o", "json"]));
        report["release"].as_str().expect("a release").to_owned()
    };
    rig.project.write("dashboards/one.lvdash.json", &dashboard("p1"));
    rig.project.write("dashboards/two.lvdash.json", &dashboard("q1"));
    settings(10);
    let first = deploy();
    settings(20);
    let second = deploy();
    rig.project.write("dashboards/two.lvdash.json", &dashboard("q2"));
    let third = deploy();
    assert_eq!([second.as_str(), third.as_str()], [format!("{first}.2"), format!("{first}.3")]);
    assert_eq!(deploy(), third, "nothing changed");

    let back = |to: &[&str]| {
        let mut args = vec!["rollback", "-t", "prod", "-o", "json"];
        args.extend(to);
        good(&rig.as_principal(&args))["release"].clone()
    };
    let held = || (timeout(&rig), page(&rig, "one"), page(&rig, "two"));
    assert_eq!(back(&[]), second.as_str());
    assert_eq!(held(), (json!(20), "p1".into(), "q1".into()));
    assert_eq!(back(&[]), first.as_str());
    assert_eq!(held(), (json!(10), "p1".into(), "q1".into()));
    assert_eq!(back(&[&third]), third.as_str());
    assert_eq!(held(), (json!(20), "p1".into(), "q2".into()));

    // what was removed comes back, what is new stays
    std::fs::remove_file(rig.project.path("resources/more.yml")).expect("removed");
    rig.project.write("resources/late.yml", "resources:\n  jobs:\n    late: {name: late, tasks: [{task_key: a, notebook_task: {notebook_path: ../src/first.sql}}]}\n");
    let report = good(&rig.as_principal(&["deploy", "-t", "prod", "-o", "json", "--allow-delete"]));
    assert_eq!(report["changes"]["deleted"], 2);
    let out = rig.as_principal(&["rollback", "-t", "prod", &first, "-o", "json"]);
    good(&out);
    assert!(
        super::rig::text(&out.stderr).contains("`jobs.late` is newer than release"),
        "{}",
        super::rig::text(&out.stderr)
    );
    assert_eq!((page(&rig, "one"), page(&rig, "two"), rig.jobs().len()), ("p1".into(), "q1".into(), 2));
}
