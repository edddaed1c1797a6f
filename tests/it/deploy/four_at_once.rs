//! Four deploys at once, again and again: one after the other does its work, and nothing is there twice.

use std::process::Stdio;

use serde_json::json;

use super::changes::{difference, same_but_ids};
use super::lab::Lab;

const ROUNDS: u32 = 20;

/// The bundle of a round: a file, a job and its name, permissions and a dashboard that are new, and a job that comes and goes.
fn write(lab: &Lab, round: u32) {
    lab.write("bundle/src/a.sql", &format!("-- Databricks notebook source\nSELECT {round}\n"));
    lab.write("dashboards/sales.lvdash.json", &format!(r#"{{"datasets":[],"pages":[{{"name":"p{round}"}}]}}"#));
    let task = json!({"task_key": "a", "notebook_task": {"notebook_path": "./src/a.sql"}});
    let level = if round.is_multiple_of(2) { "CAN_VIEW" } else { "CAN_MANAGE_RUN" };
    let mut jobs = json!({"load": {"name": format!("load {round}"), "tasks": [task.clone()],
        "permissions": [{"level": level, "group_name": "users"}]}});
    if round.is_multiple_of(2) {
        jobs["check"] = json!({"name": "check", "tasks": [task]});
    }
    lab.resources(&json!({
        "jobs": jobs,
        "dashboards": {"sales": {"display_name": "Sales", "file_path": "../dashboards/sales.lvdash.json",
            "warehouse_id": "0123456789abcdef"}},
    }));
}

#[tokio::test]
async fn twenty_rounds_of_four_deploys_at_once_do_each_change_once() {
    let lab = Lab::new().await;
    for round in 1..=ROUNDS {
        write(&lab, round);
        let args = ["deploy", "-t", "prod", "--allow-delete", "-o", "json"];
        let children: Vec<_> = (0..4)
            .map(|_| lab.piq(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("piq starts"))
            .collect();
        let outs = futures_util::future::join_all(children.into_iter().map(|c| c.wait_with_output())).await;
        let mut changed = 0;
        let verbs = ["create", "update"].map(|verb| format!("{verb} jobs.load"));
        for out in outs {
            let out = out.expect("piq ends");
            let said = String::from_utf8_lossy(&out.stderr);
            assert!(out.status.success(), "round {round}: {said}");
            assert!(!said.contains("found several"), "round {round}: {said}");
            changed += said.lines().filter(|line| verbs.iter().any(|verb| line == verb)).count();
        }
        assert_eq!(changed, 1, "round {round}: one of the four changes the job");
        let jobs = lab.raw("GET", "/api/2.2/jobs/list?limit=100", &json!({})).await;
        let mut names: Vec<_> = jobs["jobs"].as_array().expect("jobs").iter().map(|j| &j["settings"]["name"]).collect();
        names.sort_by_key(|name| name.to_string());
        let load = json!(format!("load {round}"));
        let check = json!("check");
        assert_eq!(names, if round.is_multiple_of(2) { vec![&check, &load] } else { vec![&load] });
        let dashboards = lab.raw("GET", "/api/2.0/lakeview/dashboards", &json!({})).await;
        assert_eq!(dashboards["dashboards"].as_array().map(Vec::len), Some(1));
    }
    // the same as a deploy of the last bundle by itself
    let desired = lab.desired("prod").await;
    let together = lab.picture(&desired).await;
    lab.clear().await;
    lab.deploy(&desired, 1).await.expect("deployed");
    let alone = lab.picture(&desired).await;
    let current = |picture: &serde_json::Value| {
        let all = picture.as_object().expect("a map").iter();
        all.filter(|(path, _)| *path == "jobs" || path.ends_with(".lvdash.json"))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<serde_json::Value>()
    };
    let (together, alone) = (current(&together), current(&alone));
    assert!(same_but_ids(&together, &alone), "{}", difference(&together, &alone));
    lab.server.stop().await;
}
