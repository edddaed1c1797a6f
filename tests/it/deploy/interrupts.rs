//! Ctrl-C: it is heard at once, says what becomes of the work, and leaves nothing behind.

use std::process::{Child, Output, Stdio};

use serde_json::json;

use super::rig::{Rig, counts, good, text};
use crate::kit::signal;

/// Starts piq, waits until the fault holds it, and interrupts it.
fn interrupted(rig: &Rig, args: &[&str], fault: &serde_json::Value) -> Output {
    rig.faults(&json!([fault]));
    let mut command = rig.command(&rig.project, args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("piq starts");
    rig.wait_for_fault();
    interrupt(&child);
    let out = child.wait_with_output().expect("piq ends");
    rig.faults(&json!([]));
    assert_eq!(out.status.code(), Some(130), "{fault}: {}", text(&out.stderr));
    assert!(text(&out.stderr).contains("interrupted"), "{}", text(&out.stderr));
    out
}

fn interrupt(child: &Child) {
    signal("-INT", child.id());
}

#[test]
fn a_deploy_is_left_off_wherever_it_is_also_when_the_workspace_does_not_answer() {
    let rig = Rig::new();
    for (method, path) in [
        ("GET", "/scim/v2/Me"),
        ("GET", "/workspace/export"),
        ("POST", "/workspace/mkdirs"),
        ("POST", "piq.lock"),
        ("POST", "/workspace/import"),
        ("POST", "/jobs/create"),
    ] {
        let fault = json!({"method": method, "path": path, "when": "after", "action": "stall"});
        interrupted(&rig, &["deploy"], &fault);
        // the lock that could not be given back is that of a dead process
        let report = rig.deploy(&["--lock-timeout", "0s"]);
        assert_eq!(counts(&report)[2], 0, "{path}");
        assert_eq!(rig.jobs().len(), 1, "{path}");
        assert_eq!(counts(&rig.deploy(&[])), [0, 0, 0, 4], "{path}");
        good(&rig.piq(&["destroy", "--auto-approve", "-o", "json"]));
    }
}

#[test]
fn a_destroy_that_waits_for_the_lock_or_deletes_is_left_off_too() {
    let rig = Rig::new();
    rig.deploy(&[]);
    for path in ["/workspace/export", "piq.lock", "/jobs/delete"] {
        let fault = json!({"path": path, "action": "stall"});
        interrupted(&rig, &["destroy", "--auto-approve"], &fault);
    }
    good(&rig.piq(&["destroy", "--auto-approve", "-o", "json", "--lock-timeout", "0s"]));
    assert_eq!(rig.jobs().len(), 0);
}

#[test]
fn a_run_that_is_no_longer_watched_goes_on_and_piq_says_how_to_cancel_it() {
    let rig = Rig::new();
    rig.deploy(&[]);
    let fault = json!({"path": "/runs/get?", "action": "stall"});
    let out = interrupted(&rig, &["run", "load"], &fault);
    let said = text(&out.stderr);
    assert!(said.contains("continues in the workspace: http://"), "{said}");
    let command = said.lines().find_map(|line| line.strip_prefix("to cancel it: piq ")).expect("the command");
    assert_eq!(command, "run load --cancel -t dev");
    let args: Vec<&str> = command.split(' ').collect();
    let id: u64 = said.split("run ").nth(1).and_then(|s| s.split(' ').next()).and_then(|s| s.parse().ok()).expect("id");
    let run = rig.workspace.get(&format!("/api/2.2/jobs/runs/get?run_id={id}"));
    assert_ne!(run["state"]["result_state"], "CANCELED");
    let out = rig.piq(&args);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let out = rig.piq(&[&args[..], &["-o", "json"]].concat());
    assert_eq!(good(&out), json!({"cancelled": []}), "nothing runs any more");
}

#[test]
fn whether_a_run_was_started_is_not_claimed_when_it_is_not_known() {
    let rig = Rig::new();
    rig.deploy(&[]);
    let out = interrupted(&rig, &["run", "load"], &json!({"path": "/run-now", "action": "stall"}));
    assert!(text(&out.stderr).contains("the run may have started"), "{}", text(&out.stderr));
    // who it is was asked before
    std::fs::remove_dir_all(rig.project.path(".piq")).expect("removed");
    let out = interrupted(&rig, &["run", "load"], &json!({"path": "/scim/v2/Me", "action": "stall"}));
    assert!(!text(&out.stderr).contains("not known"), "{}", text(&out.stderr));
}
