//! Ctrl-C while the engine works: the run goes on where the workspace does, and ends with it where it does not.

use std::process::{Child, Output, Stdio};

use serde_json::{Value, json};

use super::recovery::engine_process;
use super::{Lab, PATIENCE, Project, command};
use crate::kit::{send, signal, text};

const HANG: &str = r#"{"faults": [{"function": "ai_query", "nth": 1, "count": 1, "action": "hang"}]}"#;

fn spawn(project: &Project, args: &[&str]) -> Child {
    command(project, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("piq starts")
}

fn interrupt(child: Child) -> Output {
    signal("-INT", child.id());
    let out = child.wait_with_output().expect("piq ends");
    assert_eq!(out.status.code(), Some(130), "{}", String::from_utf8_lossy(&out.stderr));
    out
}

#[test]
fn engine_a_run_goes_on_in_a_workspace_that_stays_and_is_cancelled_by_the_command_that_piq_shows() {
    let lab = Lab::with_sample(4);
    lab.deploy();
    lab.faults(json!([{"function": "ai_query", "nth": 1, "count": 1, "action": "hang"}]));
    let child = spawn(&lab.project, &["run", "incremental_pipeline_job", "-t", "local"]);
    lab.until("the call that hangs", || (lab.gateway()["waiting"] == 1).then_some(()));
    let said = text(&interrupt(child).stderr);
    assert!(said.contains("continues in the workspace"), "{said}");
    let runs = || lab.get("/api/2.2/jobs/runs/list")["runs"][0].clone();
    assert_eq!(runs()["state"]["life_cycle_state"], "RUNNING");
    let shown = said.lines().find_map(|line| line.strip_prefix("to cancel it: piq ")).expect("a command");
    let cancelled = lab.succeed(&shown.split(' ').collect::<Vec<_>>());
    assert_eq!(cancelled, format!("cancelled run {}\n", runs()["run_id"]));
    let run = lab.finished(runs()["run_id"].as_u64().expect("a number"));
    assert_eq!(run["state"]["result_state"], "CANCELED");
}

/// What the workspace that a command has started says of itself.
fn record(project: &Project) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(project.path(".piq/workspace/server.json")).ok()?).ok()
}

/// Waits for something that another process brings about.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = std::time::Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn engine_an_interrupted_demo_leaves_no_process_and_the_next_one_goes_on() {
    let project = Project::empty();
    let child = spawn(&project, &["demo"]);
    let of = |record: &Value, name: &str| record[name].as_str().expect("a text").to_owned();
    let server = until("the workspace", || record(&project));
    let ask =
        |method: &str, path: &str, body: &str| send(&of(&server, "host"), &of(&server, "token"), method, path, body);
    ask("POST", "/piq/gateway/faults", HANG);
    until("the call that hangs", || (ask("GET", "/piq/gateway", "").1["waiting"] == 1).then_some(()));
    let engine = engine_process(child.id());
    let said = text(&interrupt(child).stderr);
    assert!(said.contains("is cancelled: the local workspace of this command ends with it"), "{said}");
    assert!(said.contains("run `piq demo` to continue"), "{said}");
    until("the end of the engine", || (!super::recovery::alive(engine)).then_some(()));
    assert_eq!(record(&project), None, "the workspace is stopped");
    let out = command(&project, &["demo", "-o", "json"]).output().expect("piq starts");
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let done: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let pipeline = &done["pipeline"];
    assert_eq!(done["result_state"], "SUCCESS");
    // this week's run: what changed since last week, without use cases of which only the date of the change is new
    let (merged, selected) = (pipeline["merged"].as_u64(), pipeline["selected"].as_u64());
    assert!(merged.is_some_and(|n| n > 20) && merged <= selected, "{pipeline}");
}
