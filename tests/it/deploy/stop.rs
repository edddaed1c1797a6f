//! A command that is stopped at any request (a laptop that sleeps, a container that is frozen) while another takes its
//! lock over, deploys and finishes. When it goes on, it writes nothing, unless it takes the lock again.

use std::time::Duration;

use piq_databricks::workspace::{Limits, Remote};
use piq_deploy::{DeployError, Options};
use serde_json::{Value, json};

use super::changes::Change;
use super::chaos::{Command, Scene, run, scene};
use super::lab::{Lab, options, remote};

const TARGET: &str = "prod";

/// What a stopped process holds against its lock: a fifth of this.
const HEARTBEAT: Duration = Duration::from_millis(500);

fn of(pid: u32) -> Options {
    let mut options = options(pid);
    options.lock.heartbeat = HEARTBEAT;
    options
}

/// Whether a request of the log writes something that the lock protects. Folders are made before the lock is taken.
fn writes(request: &Value) -> bool {
    let path = request["path"].as_str().expect("a path");
    request["method"] != "GET" && !path.contains("piq.lock") && !path.contains("/workspace/mkdirs")
}

/// Whether a request takes the lock.
fn takes_lock(request: &Value) -> bool {
    let path = request["path"].as_str().expect("a path");
    request["method"] == "POST"
        && path.contains("piq.lock")
        && path.contains("overwrite=false")
        && request["status"] == 200
}

/// What the stopped command did wrong after it went on.
pub(super) fn unprotected(log: &Value) -> Option<String> {
    let mut requests = log["requests"].as_array().expect("a list").iter().take_while(|r| !takes_lock(r));
    requests.find(|r| writes(r)).map(|r| format!("it writes without the lock: {r}"))
}

/// Stops the command at a request, lets another deploy finish, and lets the command go on. Nothing if it has no such
/// request; else what is wrong.
async fn stopped(lab: &Lab, command: Command, fault: &Value) -> Option<Result<(), String>> {
    let there = scene(lab, command).await;
    let workspace = remote(&lab.server, Limits::default()).await;
    lab.faults(json!([fault])).await;
    let mut first = Box::pin(attempt(&workspace, command, &there));
    let nothing = json!({});
    tokio::select! {
        _ = &mut first => {
            lab.faults(json!([])).await;
            return None;
        }
        _ = lab.raw("GET", "/piq/faults/stalled", &nothing) => {}
    }
    // nobody polls the first from here on: it is stopped, and its connection is cut
    lab.faults(json!([])).await;
    lab.write("bundle/src/a.sql", "-- Databricks notebook source\nSELECT 9\n");
    let other = lab.desired(TARGET).await;
    lab.requests().await;
    let trashed = match lab.deploy(&other, 3).await {
        Ok(_) => false,
        // a person decides whether a dashboard that is half destroyed keeps its address
        Err(e) if matches!(command, Command::Destroy) && e.to_string().contains("is in the trash") => true,
        Err(e) => return Some(Err(format!("the other deploy fails: {e}"))),
    };
    let log = lab.raw("GET", "/piq/requests", &json!({})).await;
    let taken = log["requests"].as_array().is_some_and(|all| all.iter().any(takes_lock));
    assert!(taken || trashed, "a deploy that changes something takes the lock: {log}");
    let finished = lab.picture(&other).await;
    tokio::time::sleep(HEARTBEAT / 4).await;
    lab.requests().await;
    let ended = first.await;
    let log = lab.raw("GET", "/piq/requests", &json!({})).await;
    // a deploy that is refused before it takes the lock leaves it to the first
    if let Some(wrong) = unprotected(&log).filter(|_| taken) {
        return Some(Err(wrong));
    }
    let has_lock = log["requests"].as_array().is_some_and(|all| all.iter().any(takes_lock));
    let now = lab.picture(&other).await;
    if taken && !has_lock && now != finished {
        return Some(Err(format!("{ended:?} changed what the other left")));
    }
    // whatever it was, the next deploy needs nobody; nor does the next destroy
    let next = match trashed {
        false => lab.deploy(&other, 4).await.map(drop),
        true => attempt(&remote(&lab.server, Limits::default()).await, command, &there).await,
    };
    Some(next.map_err(|e| format!("the next command fails: {e}")))
}

async fn attempt(workspace: &Remote, command: Command, scene: &Scene) -> Result<(), DeployError> {
    run(workspace, command, scene, of(2)).await
}

async fn every_request(command: Command) {
    let lab = Lab::new().await;
    let (mut wrong, mut points) = (Vec::new(), 0);
    for when in ["before", "after"] {
        for nth in 1.. {
            let fault = json!({"nth": nth, "when": when, "action": "stall"});
            match stopped(&lab, command, &fault).await {
                None => break,
                Some(Ok(())) => {}
                Some(Err(why)) => wrong.push(format!("{when} {nth}: {why}")),
            }
            points += 1;
        }
    }
    assert!(points > 6, "{command:?}: {points} points");
    assert!(wrong.is_empty(), "{command:?}: {} of {points} wrong\n{}", wrong.len(), wrong.join("\n"));
    lab.server.stop().await;
}

macro_rules! table {
    ($($(#[$tier:meta])? $name:ident: $command:expr;)*) => {
        $(#[tokio::test]
        $(#[$tier])?
        async fn $name() {
            every_request($command).await;
        })*
    };
}

table! {
    a_changed_notebook_and_dashboard: Command::Deploy(Change::File);
    an_unbind: Command::Unbind;
    #[ignore = "chaos tier: minutes"]
    a_first_deploy: Command::Deploy(Change::First);
    #[ignore = "chaos tier: minutes"]
    a_renamed_job: Command::Deploy(Change::Renamed);
    #[ignore = "chaos tier: minutes"]
    a_rollback: Command::Rollback;
    #[ignore = "chaos tier: minutes"]
    a_destroy: Command::Destroy;
    #[ignore = "chaos tier: minutes"]
    a_bind: Command::Bind;
}

/// The same with processes and signals, where the lock is taken by force.
#[cfg(unix)]
mod process {
    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::super::changes::{Change, before};
    use super::super::lab::Lab;
    use super::{TARGET, unprotected};
    use crate::kit::signal;

    /// For so long a process does not run that asks for its lock again.
    const STOPPED: Duration = Duration::from_millis(4_500);

    async fn stopped(nth: usize) -> Result<(), String> {
        let lab = Lab::new().await;
        before(&lab, Change::File, TARGET).await;
        lab.faults(json!([{"nth": nth, "when": "after", "action": "stall"}])).await;
        let args = ["deploy", "-t", TARGET, "-q", "--allow-delete"];
        let child = lab.piq(&args).spawn().expect("piq starts");
        lab.raw("GET", "/piq/faults/stalled", &json!({})).await;
        let pid = child.id().expect("it runs");
        signal("-STOP", pid);
        let start = Instant::now();
        lab.faults(json!([])).await;
        lab.write("bundle/src/a.sql", "-- Databricks notebook source\nSELECT 9\n");
        let out = lab.piq(&[&args[..], &["--force-lock"]].concat()).output().await.expect("piq starts");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let other = lab.desired(TARGET).await;
        let finished = lab.picture(&other).await;
        tokio::time::sleep(STOPPED.saturating_sub(start.elapsed())).await;
        lab.requests().await;
        signal("-CONT", pid);
        let out = child.wait_with_output().await.expect("piq ends");
        let log = lab.raw("GET", "/piq/requests", &json!({})).await;
        if let Some(wrong) = unprotected(&log) {
            return Err(format!("{nth}: {wrong}: {}", String::from_utf8_lossy(&out.stderr)));
        }
        let has_lock = log["requests"].as_array().is_some_and(|all| all.iter().any(super::takes_lock));
        if !has_lock && lab.picture(&other).await != finished {
            return Err(format!("{nth}: it changed what the other left"));
        }
        lab.server.stop().await;
        Ok(())
    }

    #[tokio::test]
    #[ignore = "chaos tier: minutes"]
    async fn a_process_that_goes_on_after_its_lock_was_taken_writes_nothing() {
        // a changed notebook and dashboard take so many requests at least
        let all = futures_util::future::join_all((1..=12).map(stopped)).await;
        let wrong: Vec<String> = all.into_iter().filter_map(Result::err).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
