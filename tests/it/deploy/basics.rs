//! The plain course of things.

use serde_json::json;

use super::rig::{Rig, counts, good, text};
use crate::kit::Project;

#[test]
fn a_first_deploy_creates_and_a_second_changes_nothing_also_from_another_clone() {
    let rig = Rig::new();
    assert_eq!(counts(&rig.deploy(&[])), [4, 0, 0, 0]);
    let jobs = rig.jobs();
    assert_eq!(jobs.len(), 1);
    let settings = &jobs[0]["settings"];
    assert_eq!(settings["name"], "[dev dana_local] load");
    assert_eq!(settings["max_concurrent_runs"], 4);
    assert_eq!(settings["schedule"]["pause_status"], "PAUSED");
    assert_eq!(settings["deployment"]["kind"], "BUNDLE");
    assert_eq!(settings["edit_mode"], "UI_LOCKED");
    assert_eq!(settings["queue"]["enabled"], true);
    let tags =
        json!({"team": "sales", "dev": "dana_local", "piq_bundle": "shop", "piq_target": "dev", "piq_key": "load"});
    assert_eq!(settings["tags"], tags);
    let root = "/Workspace/Users/dana.local@example.com/.bundle/shop/dev";
    assert_eq!(settings["tasks"][0]["notebook_task"]["notebook_path"], format!("{root}/files/src/first"));
    assert_eq!(settings["tasks"][1]["notebook_task"]["notebook_path"], format!("{root}/files/src/second"));

    assert_eq!(counts(&rig.deploy(&[])), [0, 0, 0, 4]);
    let clone = Project::empty();
    rig.clone_into(&clone);
    let out = rig.command(&clone, &["deploy", "-o", "json"]).output().expect("piq starts");
    assert_eq!(counts(&good(&out)), [0, 0, 0, 4]);
}

#[test]
fn debug_shows_every_request_and_no_secret() {
    let rig = Rig::new();
    rig.faults(&json!([{"method": "GET", "path": "/api/2.0/preview/scim/v2/Me", "count": 1, "action": "drop"}]));
    let out = rig.piq(&["deploy", "--debug", "--stats"]);
    let said = text(&out.stderr);
    assert!(out.status.success(), "{said}");
    let lines: Vec<&str> = said.lines().filter(|l| l.starts_with("debug: ")).collect();
    assert!(lines[0].ends_with("authenticated with pat"), "{said}");
    assert!(lines.iter().any(|l| l.contains("GET /api/2.0/preview/scim/v2/Me -> no answer")), "{said}");
    assert!(lines.iter().any(|l| l.contains("POST /api/2.2/jobs/create (") && l.contains("-> 200 (")), "{said}");
    // one line for each request that is counted
    let counted = text(&out.stdout);
    assert!(counted.contains(&format!("{} requests", lines.len() - 1)), "{counted}{said}");
    assert!(!said.contains(rig.workspace.token()), "{said}");
}

#[test]
fn destroy_leaves_nothing_and_asks_first() {
    let rig = Rig::new();
    rig.deploy(&[]);
    let out = rig.piq(&["destroy"]);
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
    assert_eq!(rig.jobs().len(), 1);
    good(&rig.piq(&["destroy", "--auto-approve", "-o", "json"]));
    assert_eq!(rig.jobs().len(), 0);
    let (status, _) = rig.workspace.send(
        "GET",
        "/api/2.0/workspace/get-status?path=/Users/dana.local@example.com/.bundle/shop/dev",
        "",
    );
    assert_eq!(status, 404);
    let again = good(&rig.piq(&["destroy", "--auto-approve", "-o", "json"]));
    assert_eq!(again["deleted"], json!([]));
}

#[test]
fn a_failed_run_shows_the_cell_and_exits_with_1() {
    let rig = Rig::new();
    let out = rig.piq(&["run"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("not deployed"), "{}", text(&out.stderr));
    rig.deploy(&[]);
    // a Python notebook is nothing that this workspace runs
    let out = rig.piq(&["run", "load", "--only", "second", "-o", "json"]);
    assert_eq!(out.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(report["result_state"], "FAILED");
    assert_eq!(report["tasks"][0]["task_key"], "second");
    assert_eq!(report["tasks"][0]["state"], "FAILED");
    assert!(text(&out.stderr).contains("SQL notebooks only"), "{}", text(&out.stderr));
    let out = rig.piq(&["run", "loads"]);
    assert!(text(&out.stderr).contains("did you mean `load`?"), "{}", text(&out.stderr));
}

#[test]
fn status_shows_ids_and_addresses() {
    let rig = Rig::new();
    let before = good(&rig.piq(&["status", "-o", "json"]));
    assert_eq!(before["resources"][0]["id"], json!(null));
    rig.deploy(&[]);
    let after = good(&rig.piq(&["status", "-o", "json"]));
    let id = after["resources"][0]["id"].as_str().expect("an id");
    assert_eq!(after["resources"][0]["url"], format!("{}/jobs/{id}", rig.workspace.host()));
}

#[test]
fn without_a_token_the_exit_code_is_4_and_nothing_is_asked() {
    let rig = Rig::new();
    let mut command = rig.command(&rig.project, &["deploy"]);
    let out = command.env_remove("DATABRICKS_TOKEN").output().expect("piq starts");
    assert_eq!(out.status.code(), Some(4), "{}", text(&out.stderr));
    assert!(text(&out.stderr).contains("pat"), "{}", text(&out.stderr));
}

#[test]
fn a_path_that_leads_to_nothing_is_one_diagnostic_and_nothing_is_written() {
    let rig = Rig::new();
    rig.project.edit("resources/load.yml", "../src/first.sql", "../src/frist.sql");
    let out = rig.piq(&["deploy", "-o", "json"]);
    assert_eq!(out.status.code(), Some(1));
    let lines: Vec<serde_json::Value> =
        text(&out.stderr).lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["file"], "resources/load.yml");
    assert_eq!(lines[0]["line"], 10);
    assert!(rig.requests().iter().all(|r| r.starts_with("GET ")));
}

#[test]
fn a_create_whose_answer_is_lost_leaves_one_job() {
    let rig = Rig::new();
    rig.faults(&json!([{"method": "POST", "path": "/jobs/create", "when": "after", "action": "drop"}]));
    rig.deploy(&[]);
    assert_eq!(rig.jobs().len(), 1);
    assert_eq!(counts(&rig.deploy(&[])), [0, 0, 0, 4]);
}

#[test]
fn production_puts_files_into_a_folder_that_their_content_names() {
    let rig = Rig::new();
    let report = good(&rig.as_principal(&["deploy", "-t", "prod", "-o", "json"]));
    let release = report["release"].as_str().expect("a release").to_owned();
    let path = rig.jobs()[0]["settings"]["tasks"][0]["notebook_task"]["notebook_path"].clone();
    assert_eq!(path, format!("/Workspace/Shared/.bundle/shop/prod/files/{release}/src/first"));
    rig.project.write("src/first.sql", "-- Databricks notebook source\nSELECT 2\n");
    let next = good(&rig.as_principal(&["deploy", "-t", "prod", "-o", "json"]));
    assert_ne!(next["release"], report["release"]);
    assert_eq!(counts(&next), [0, 2, 0, 2]);
    let out = rig.piq(&["deploy", "-t", "prod"]);
    assert!(text(&out.stderr).contains("run_as"), "{}", text(&out.stderr));
}
