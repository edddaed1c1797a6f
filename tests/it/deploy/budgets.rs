//! What a deploy may cost, in requests and sequential round trips.

use serde_json::{Value, json};

use super::rig::{Rig, counts, good};

/// One job with four notebook tasks, two dashboards, eight files.
fn shop() -> Rig {
    let rig = Rig::new();
    let p = &rig.project;
    p.write("databricks.yml", &super::rig::BUNDLE.replace("resources/*.yml", "resources.yml"));
    std::fs::remove_dir_all(p.path("resources")).expect("removed");
    std::fs::remove_dir_all(p.path("src")).expect("removed");
    let mut tasks = Vec::new();
    for n in 1..=4 {
        p.write(&format!("notebooks/n{n}.sql"), "-- Databricks notebook source\nSELECT 1\n");
        tasks.push(
            json!({"task_key": format!("t{n}"), "notebook_task": {"notebook_path": format!("./notebooks/n{n}.sql")}}),
        );
    }
    for name in ["one", "two"] {
        p.write(
            &format!("dashboards/{name}.lvdash.json"),
            r#"{"datasets":[],"pages":[{"name":"p","displayName":"P"}]}"#,
        );
    }
    let dashboard = |name: &str| json!({"display_name": name, "file_path": format!("./dashboards/{name}.lvdash.json"), "warehouse_id": rig.workspace.record["warehouse_id"]});
    let resources = json!({"resources": {
        "jobs": {"load": {"name": "load", "tasks": tasks}},
        "dashboards": {"one": dashboard("one"), "two": dashboard("two")},
    }});
    p.write("resources.yml", &resources.to_string());
    rig
}

/// Requests and round trips, and that the server counted as many requests.
fn cost(rig: &Rig, report: &Value) -> (u64, u64) {
    let stats = &report["stats"];
    let requests = stats["requests"].as_u64().expect("a number");
    let seen = rig.requests().into_iter().filter(|r| !r.contains("/oidc/") && !r.contains("/.well-known/")).count();
    assert_eq!(requests, seen as u64);
    (requests, stats["round_trips"].as_u64().expect("a number"))
}

fn within(what: &str, cost: (u64, u64), requests: u64, round_trips: u64) {
    assert!(cost.0 <= requests && cost.1 <= round_trips, "{what}: {cost:?}, allowed are {requests} and {round_trips}");
}

/// Runs piq for one target and gives what it cost.
fn run(rig: &Rig, target: &str, args: &[&str]) -> (Value, (u64, u64)) {
    rig.requests();
    let mut all = args.to_vec();
    all.extend(["-t", target, "-o", "json"]);
    let out = if target == "prod" { rig.as_principal(&all) } else { rig.piq(&all) };
    let report = good(&out);
    let cost = cost(rig, &report);
    (report, cost)
}

fn budgets(target: &str) {
    let rig = shop();
    let (report, first) = run(&rig, target, &["deploy"]);
    assert_eq!(counts(&report), [7, 0, 0, 0]);
    within("first deploy", first, 20, 9);

    let (report, again) = run(&rig, target, &["deploy"]);
    assert_eq!(counts(&report), [0, 0, 0, 7]);
    // two of them for each dashboard: its draft, and what is published
    within("no-op", again, 8, 2);

    // a runner that has not deployed before asks who it is; the path of a production target does not hang on that
    std::fs::remove_dir_all(rig.project.path(".piq")).expect("removed");
    let (_, fresh) = run(&rig, target, &["deploy"]);
    within("no-op, fresh runner", fresh, 9, if target == "prod" { 2 } else { 3 });

    rig.project.write("notebooks/n2.sql", "-- Databricks notebook source\nSELECT 2\n");
    let (made, plan) = run(&rig, target, &["plan"]);
    assert_eq!(made["changes"]["updated"], if target == "prod" { 2 } else { 1 });
    within("plan", plan, 8, 2);

    let (_, one) = run(&rig, target, &["deploy"]);
    within("one notebook changed", one, 14, 6);

    rig.project.edit("dashboards/one.lvdash.json", r#""P""#, r#""Q""#);
    let (report, dashboard) = run(&rig, target, &["deploy"]);
    assert_eq!(counts(&report), [0, 1, 0, 6]);
    within("one dashboard changed", dashboard, 14, 7);

    let (_, gone) = run(&rig, target, &["destroy", "--auto-approve"]);
    within("destroy", gone, 8, 5);
}

#[test]
fn a_person_in_development_stays_within_the_budget() {
    budgets("dev");
}

#[test]
fn a_service_principal_in_production_stays_within_the_budget() {
    budgets("prod");
}

#[test]
fn render_and_validate_ask_nothing() {
    let rig = shop();
    rig.requests();
    for args in [["validate", "-t", "dev"], ["render", "-t", "dev"]] {
        let out = rig.piq(&args);
        assert_eq!(out.status.code(), Some(0));
    }
    assert_eq!(rig.requests(), Vec::<String>::new());
}
