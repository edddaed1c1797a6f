//! The lock: waiting, taking over, letting go.

use std::sync::Arc;
use std::time::Duration;

use piq_databricks::workspace::{Files as _, Limits};
use piq_deploy::{Lock, LockOptions, Silent};
use piq_diagnostics::Failure;
use serde_json::json;

use super::lab::{Lab, holder, remote};
use super::rig::{Rig, counts, good, text};
use crate::kit::signal;

const DIR: &str = "/Workspace/Shared/state";

fn locking(pid: u32, alive: Option<bool>) -> LockOptions {
    let mut options = LockOptions::new(holder(pid), Duration::from_millis(50), Arc::new(move |_| alive));
    options.ttl = Duration::from_secs(1);
    options
}

#[tokio::test]
async fn a_lock_that_is_held_is_waited_for_and_its_holder_named() {
    let lab = Lab::new().await;
    let w = remote(&lab.server, Limits::default()).await;
    w.mkdirs(DIR).await.unwrap();
    let mut long = locking(1, Some(true));
    long.ttl = Duration::from_secs(60);
    let first = Lock::acquire(&w, DIR, &long, &Silent).await.unwrap();
    let error = Lock::acquire(&w, DIR, &locking(2, Some(true)), &Silent).await.unwrap_err();
    let failure = Failure::from(error);
    assert!(failure.message.contains("dana.local@example.com on laptop, process 1"), "{failure:?}");
    assert!(failure.hints.iter().any(|h| h.contains("--lock-timeout")), "{failure:?}");
    first.release(&w).await.unwrap();
    Lock::acquire(&w, DIR, &locking(2, Some(true)), &Silent).await.unwrap().release(&w).await.unwrap();
    lab.server.stop().await;
}

#[tokio::test]
async fn the_lock_of_a_dead_process_is_taken_over_at_once_and_one_that_lapsed_too() {
    let lab = Lab::new().await;
    let w = remote(&lab.server, Limits::default()).await;
    w.mkdirs(DIR).await.unwrap();
    let _dead = Lock::acquire(&w, DIR, &locking(1, None), &Silent).await.unwrap();
    let second = Lock::acquire(&w, DIR, &locking(2, Some(false)), &Silent).await.unwrap();
    // a process of which nothing is known counts for its time to live, by the workspace's clock
    let mut patient = locking(3, None);
    patient.timeout = Duration::from_secs(30);
    let third = Lock::acquire(&w, DIR, &patient, &Silent).await.unwrap();
    let lost = second.confirm(&w).await;
    assert!(lost.is_err() || lost.is_ok(), "confirming asks only after half the time to live");
    second.release(&w).await.unwrap();
    assert_eq!(w.list(DIR).await.unwrap().unwrap().len(), 1, "the new holder's lock is still there");
    third.release(&w).await.unwrap();
    assert_eq!(w.list(DIR).await.unwrap().unwrap().len(), 0);
    lab.server.stop().await;
}

#[tokio::test]
async fn of_many_that_want_a_dead_lock_one_at_a_time_has_it() {
    let lab = Lab::new().await;
    let w = remote(&lab.server, Limits::default()).await;
    w.mkdirs(DIR).await.unwrap();
    let _dead = Lock::acquire(&w, DIR, &locking(1, None), &Silent).await.unwrap();
    let inside = std::sync::atomic::AtomicUsize::new(0);
    let each = (2..10).map(|pid| {
        let (w, inside) = (&w, &inside);
        async move {
            let mut options = locking(pid, None);
            options.alive = Arc::new(|h| Some(h.pid != 1));
            options.ttl = Duration::from_secs(60);
            options.timeout = Duration::from_secs(60);
            let lock = Lock::acquire(w, DIR, &options, &Silent).await.unwrap();
            assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0, "two hold the lock");
            w.status(DIR).await.unwrap();
            inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
            lock.release(w).await.unwrap();
        }
    });
    futures_util::future::join_all(each).await;
    assert_eq!(w.list(DIR).await.unwrap().unwrap().len(), 0);
    lab.server.stop().await;
}

#[tokio::test]
async fn an_earlier_try_of_the_same_ci_job_does_not_stand_in_the_way() {
    let lab = Lab::new().await;
    let w = remote(&lab.server, Limits::default()).await;
    w.mkdirs(DIR).await.unwrap();
    let of_ci = |pid, host: &str| {
        let mut options = locking(pid, None);
        options.ttl = Duration::from_secs(60);
        options.holder.ci_run = Some("77/deploy".into());
        options.holder.host = host.into();
        options
    };
    let _first = Lock::acquire(&w, DIR, &of_ci(1, "runner-1"), &Silent).await.unwrap();
    Lock::acquire(&w, DIR, &of_ci(2, "runner-2"), &Silent).await.unwrap().release(&w).await.unwrap();
    lab.server.stop().await;
}

#[test]
fn two_deploys_at_once_do_the_work_once() {
    let rig = Rig::new();
    rig.faults(&json!([{"method": "POST", "path": "jobs/create", "action": {"delay": {"milliseconds": 700}}}]));
    let mut children: Vec<_> = (0..2)
        .map(|_| {
            let mut command = rig.command(&rig.project, &["deploy", "-o", "json"]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            command.spawn().expect("piq starts")
        })
        .collect();
    let mut created: Vec<u64> = Vec::new();
    for child in children.drain(..) {
        created.push(counts(&good(&child.wait_with_output().expect("piq ends")))[0]);
    }
    created.sort_unstable();
    assert_eq!(created, [0, 4]);
    assert_eq!(rig.jobs().len(), 1);
}

#[cfg(unix)]
#[test]
fn a_signal_gives_the_lock_back() {
    for name in ["-INT", "-TERM"] {
        let rig = Rig::new();
        rig.faults(&json!([{"method": "POST", "path": "jobs/create", "action": {"delay": {"milliseconds": 60_000}}}]));
        let mut command = rig.command(&rig.project, &["deploy"]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let child = command.spawn().expect("piq starts");
        rig.wait_for_fault();
        signal(name, child.id());
        let out = child.wait_with_output().expect("piq ends");
        assert_eq!(out.status.code(), Some(130), "{}", text(&out.stderr));
        rig.faults(&json!([]));
        rig.requests();
        assert_eq!(rig.deploy(&["--lock-timeout", "0s"])["changes"]["deleted"], 0);
        assert_eq!(rig.jobs().len(), 1);
    }
}
