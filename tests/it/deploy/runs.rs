//! Runs and deploys by the flags that users of the official CLI know.

use serde_json::{Value, json};

use super::rig::{JOB, Rig, counts, good, text};

/// A job of Python tasks, and one with parameters of its own.
const JOBS: &str = "
resources:
  jobs:
    plain:
      name: plain
      tasks:
        - task_key: one
          existing_cluster_id: c
          spark_python_task: {python_file: ../src/second.py}
    own:
      name: own
      parameters: [{name: day, default: today}]
      tasks: [{task_key: one, notebook_task: {notebook_path: ../src/first.sql}}]
    notebooks:
      name: notebooks
      tasks: [{task_key: one, notebook_task: {notebook_path: ../src/first.sql}}]
";

fn rig() -> Rig {
    let rig = Rig::new();
    rig.project.write("resources/load.yml", JOBS);
    rig.project.write("src/second.py", "print(2)\n");
    rig.deploy(&[]);
    rig
}

/// What a run that was started with these arguments overrides.
fn overriding(rig: &Rig, args: &[&str]) -> Value {
    let run = good(&rig.piq(&[&["run", "--no-wait", "-o", "json"], args].concat()));
    let run = rig.workspace.get(&format!("/api/2.2/jobs/runs/get?run_id={}", run["run_id"]));
    run["overriding_parameters"].clone()
}

#[test]
fn parameters_are_given_as_to_the_official_cli() {
    let rig = rig();
    assert_eq!(overriding(&rig, &["plain", "--python-params", "a,b"]), json!({"python_params": ["a", "b"]}));
    assert_eq!(overriding(&rig, &["plain", "--", "a", "--b"]), json!({"python_params": ["a", "--b"]}));
    let named = ["plain", "--python-named-params", "x=1,y=2"];
    assert_eq!(overriding(&rig, &named), json!({"python_named_params": {"x": "1", "y": "2"}}));
    let monday = json!({"job_parameters": {"day": "monday"}});
    for args in [&["--params", "day=monday"][..], &["--param", "day=monday"], &["--", "--day", "monday"]] {
        assert_eq!(overriding(&rig, &[&["own"], args].concat()), monday, "{args:?}");
    }
    // the local workspace takes parameters of notebooks as those of the job
    assert_eq!(overriding(&rig, &["notebooks", "--", "--day=monday"]), monday);
    for (args, part) in [
        (&["run", "plain", "--params", "day=x"][..], "job `plain` has no job parameters"),
        (&["run", "own", "--python-params", "x"], "job `own` has job parameters\nhint: set them with `--params"),
        (&["run", "own", "--params", "monday"], "expected NAME=VALUE for `--params`, found `monday`"),
        (&["run", "own", "--", "monday"], "expected `--NAME VALUE` after `--`"),
    ] {
        let out = rig.piq(args);
        assert_eq!(out.status.code(), Some(2), "{args:?}: {}", text(&out.stderr));
        assert!(text(&out.stderr).contains(part), "{args:?}: {}", text(&out.stderr));
    }
}

#[test]
fn a_deploy_may_ask_for_jobs_that_do_not_run() {
    let rig = Rig::new();
    rig.deploy(&[]);
    let id = rig.jobs()[0]["job_id"].clone();
    // a job without a place for a run keeps it waiting
    rig.workspace.post("/api/2.2/jobs/update", &json!({"job_id": id, "new_settings": {"max_concurrent_runs": 0}}));
    rig.workspace.post("/api/2.2/jobs/run-now", &json!({"job_id": id}));
    rig.project.write("src/data.csv", "a,b\n3,4\n");
    let out = rig.piq(&["deploy", "-t", "dev", "--fail-on-active-runs"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("of job `load` is in progress; nothing was changed"), "{}", text(&out.stderr));
    let written = |yes| format!("name: shop\n  deployment: {{fail_on_active_runs: {yes}}}\n");
    rig.project.edit("databricks.yml", "name: shop\n", &written(true));
    let out = rig.piq(&["deploy", "-t", "dev"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("of job `load` is in progress; nothing was changed"), "{}", text(&out.stderr));
    rig.project.edit("databricks.yml", &written(true), &written(false));
    assert_eq!(counts(&rig.deploy(&[]))[1], 2, "the file, and the job that was changed by hand");
}

#[test]
fn the_cluster_of_the_command_line_replaces_those_of_the_tasks() {
    let rig = Rig::new();
    rig.project.write(
        "resources/load.yml",
        &JOB.replace("          timeout_seconds: 60\n", "          existing_cluster_id: a\n"),
    );
    rig.deploy(&["-c", "0101-mine"]);
    let tasks = rig.jobs()[0]["settings"]["tasks"].clone();
    assert_eq!(
        (&tasks[0]["existing_cluster_id"], &tasks[1]["existing_cluster_id"]),
        (&Value::Null, &json!("0101-mine"))
    );
}

#[test]
fn a_lock_is_taken_over_by_force() {
    let rig = Rig::new();
    rig.deploy(&[]);
    rig.project.write("src/data.csv", "a,b\n3,4\n");
    // a lock that somebody on another machine holds, and renewed just now
    let root = "/Workspace/Users/dana.local@example.com/.bundle/shop/dev/state/piq.lock";
    let lock = json!({
        "nonce": "n", "user": "mo@example.com", "host": "elsewhere", "pid": 7, "process_start": "x", "ci_run": null,
        "ttl_seconds": 600, "renewals": 0, "since": "2026-01-01T00:00:00Z",
    });
    let path = format!("/api/2.0/workspace-files/import-file{root}?overwrite=true");
    assert_eq!(rig.workspace.send("POST", &path, &lock.to_string()).0, 200);
    let out = rig.piq(&["deploy", "-t", "dev", "--lock-timeout", "0s"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("mo@example.com on elsewhere"), "{}", text(&out.stderr));
    let out = rig.piq(&["deploy", "-t", "dev", "--lock-timeout", "0s", "--force-lock"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert!(text(&out.stderr).contains("took over the lock of mo@example.com"), "{}", text(&out.stderr));
}
