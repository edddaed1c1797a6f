//! Many jobs and files, and a network that fails again and again.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::lab::Lab;

/// A bundle of `jobs` jobs that share `files` notebooks. The first `changed` of both are as they are later.
fn write(lab: &Lab, jobs: usize, files: usize, changed: usize) {
    for n in 0..files {
        let value = if n < changed { n + files } else { n };
        lab.write(&format!("bundle/src/n{n}.sql"), &format!("-- Databricks notebook source\nSELECT {value}\n"));
    }
    let job = |n: usize| {
        let path = format!("./src/n{}.sql", n % files);
        let limit = if n < changed { 60 } else { 0 };
        let task = json!({"task_key": "t", "notebook_task": {"notebook_path": path}});
        json!({"name": format!("job {n}"), "timeout_seconds": limit, "tasks": [task]})
    };
    let all: Map<String, Value> = (0..jobs).map(|n| (format!("j{n}"), job(n))).collect();
    lab.resources(&json!({"jobs": all}));
}

#[tokio::test]
async fn a_thousand_jobs_get_through_a_network_where_every_twentieth_request_fails() {
    let lab = Lab::new().await;
    write(&lab, 1000, 1, 0);
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
async fn a_thousand_jobs_are_looked_for_in_one_list() {
    let lab = Lab::new().await;
    write(&lab, 1000, 1, 0);
    let desired = lab.desired("dev").await;
    let mut costs = Vec::new();
    for _ in 0..2 {
        let before = lab.stats().requests;
        lab.deploy(&desired, 1).await.expect("deployed");
        costs.push(lab.stats().requests - before);
    }
    assert!(costs[0] <= 1_100, "{costs:?}");
    // ten pages of a hundred jobs, the state, its folder and that of the files
    assert_eq!(costs[1], 13);
    lab.server.stop().await;
}

#[tokio::test]
async fn jobs_are_found_among_those_of_others() {
    let lab = Lab::new().await;
    write(&lab, 40, 1, 0);
    let desired = lab.desired("dev").await;
    lab.deploy(&desired, 1).await.expect("deployed");
    for n in 0..120 {
        lab.raw("POST", "/api/2.2/jobs/create", &json!({"name": format!("other {n}"), "tasks": []})).await;
    }
    // the first page of the list holds none of the forty
    let again = lab.deploy(&desired, 1).await.expect("deployed");
    assert_eq!((again.changes.unchanged, again.changes.created), (41, 0));
    lab.server.stop().await;
}

#[tokio::test]
async fn round_trips_do_not_grow_and_requests_grow_by_one_for_each_thing() {
    let mut all = Vec::new();
    for n in [10, 100] {
        let lab = Lab::new().await;
        let mut costs = Vec::new();
        for changed in [0, 0, 1, 7] {
            write(&lab, n, n, changed);
            let desired = lab.desired("dev").await;
            let before = lab.stats();
            lab.deploy(&desired, 1).await.expect("deployed");
            let after = lab.stats();
            costs.push((after.requests - before.requests, after.round_trips - before.round_trips));
        }
        lab.server.stop().await;
        all.push(costs);
    }
    let [few, many] = all.as_slice() else { panic!("two sizes") };
    let (few, many) = (few.as_slice(), many.as_slice());
    let round_trips = |costs: &[(u64, u64)]| costs.iter().map(|c| c.1).collect::<Vec<_>>();
    assert_eq!(round_trips(few), round_trips(many));
    assert_eq!(few[2].1, few[3].1, "round trips of one change and of more");
    // ten jobs are looked for one by one, a hundred in one list; ninety jobs more are created, ninety files uploaded
    assert_eq!(many[0].0 + 10, few[0].0 + 1 + 90 * 2);
    // nothing changed: the same look
    assert_eq!(many[1].0 + 10, few[1].0 + 1);
    // what a change costs does not hang on how much there is
    assert_eq!(many[2].0 - many[1].0, few[2].0 - few[1].0);
    // six jobs and six files instead of one each
    assert_eq!(many[3].0 - many[2].0, 10);
}
