//! Many jobs and files, and a network that fails again and again.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::lab::Lab;

/// A bundle of `jobs` jobs that share `files` notebooks.
fn write(lab: &Lab, jobs: usize, files: usize) {
    for n in 0..files {
        lab.write(&format!("bundle/src/n{n}.sql"), &format!("-- Databricks notebook source\nSELECT {n}\n"));
    }
    let job = |n: usize| {
        let path = format!("./src/n{}.sql", n % files);
        json!({"name": format!("job {n}"), "tasks": [{"task_key": "t", "notebook_task": {"notebook_path": path}}]})
    };
    let all: Map<String, Value> = (0..jobs).map(|n| (format!("j{n}"), job(n))).collect();
    lab.resources(&json!({"jobs": all}));
}

#[tokio::test]
async fn a_thousand_jobs_get_through_a_network_where_every_twentieth_request_fails() {
    let lab = Lab::new().await;
    write(&lab, 1000, 1);
    let desired = lab.desired("dev").await;
    let often = |nth: u64, when: &str, action: Value| json!({"nth": nth, "every": 60, "count": 1_000_000, "when": when, "action": action});
    lab.faults(json!([
        often(7, "before", json!({"fail": {"status": 429, "retry_after": 1}})),
        often(27, "before", json!({"fail": {"status": 503, "retry_after": 0}})),
        often(37, "after", json!({"fail": {"status": 503}})),
        often(47, "after", json!("drop")),
    ]))
    .await;
    let report = lab.deploy(&desired, 1).await.expect("deployed");
    assert_eq!(report.changes.created, 1001);
    lab.faults(json!([])).await;
    let mut names = BTreeSet::new();
    let mut count = 0;
    let mut token = String::new();
    loop {
        let page = lab.raw("GET", &format!("/api/2.2/jobs/list?limit=100{token}"), &json!({})).await;
        for job in page["jobs"].as_array().into_iter().flatten() {
            count += 1;
            names.insert(job["settings"]["name"].as_str().expect("a name").to_owned());
        }
        match page["next_page_token"].as_str() {
            Some(next) => token = format!("&page_token={next}"),
            None => break,
        }
    }
    assert_eq!((count, names.len()), (1000, 1000), "no job is there twice");
    let again = lab.deploy(&desired, 2).await.expect("deployed");
    assert_eq!((again.changes.unchanged, again.changes.updated), (1001, 0));
    lab.server.stop().await;
}

#[tokio::test]
async fn round_trips_do_not_grow_and_requests_grow_by_one_for_each_thing() {
    let mut first = Vec::new();
    let mut again = Vec::new();
    for n in [10, 100] {
        let lab = Lab::new().await;
        write(&lab, n, n);
        let desired = lab.desired("dev").await;
        for counts in [&mut first, &mut again] {
            let before = lab.stats();
            lab.deploy(&desired, 1).await.expect("deployed");
            let after = lab.stats();
            counts.push((after.requests - before.requests, after.round_trips - before.round_trips));
        }
        lab.server.stop().await;
    }
    assert_eq!(first[0].1, first[1].1, "round trips of a first deploy");
    assert_eq!(again[0].1, again[1].1, "round trips when nothing changed");
    // ninety jobs more: looked for and created; ninety files more: uploaded
    assert_eq!(first[1].0 - first[0].0, 90 * 3);
    assert_eq!(again[1].0 - again[0].0, 90);
}
