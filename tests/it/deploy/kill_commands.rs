//! The crash rule for commands that are not a deploy: killed at every request, before it has its effect and after it, the
//! same command, run again, ends where it ends unharmed.

use serde_json::json;

use super::changes::{Change, before, difference, same_but_ids};
use super::kill::killed;
use super::lab::Lab;

/// A command, what is run before it, and whether it may say that it has nothing left to do.
struct Killed {
    args: &'static [&'static str],
    first: &'static [&'static str],
    done: Option<&'static str>,
}

const BIND: Killed =
    Killed { args: &["bind", "jobs.check"], first: &["unbind", "jobs.check", "-t", "dev"], done: None };
const UNBIND: Killed =
    Killed { args: &["unbind", "jobs.check"], first: &[], done: Some("no resource has the key `jobs.check`") };
const DESTROY: Killed = Killed { args: &["destroy", "--auto-approve"], first: &[], done: None };

/// The number of the job `check`, which a bind names.
async fn check_job(lab: &Lab) -> String {
    let jobs = lab.raw("GET", "/api/2.2/jobs/list?limit=100", &json!({})).await;
    let all = jobs["jobs"].as_array().cloned().unwrap_or_default();
    let check = all.iter().find(|j| j["settings"]["name"].as_str().is_some_and(|n| n.ends_with("check")));
    check.map(|job| job["job_id"].to_string()).unwrap_or_default()
}

/// Leaves the bundle deployed, and gives the arguments of the command.
async fn scene(lab: &Lab, command: &Killed) -> Vec<String> {
    before(lab, Change::File, "dev").await;
    let job = check_job(lab).await;
    if !command.first.is_empty() {
        let out = lab.piq(command.first).output().await.expect("piq starts");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
    let mut args: Vec<String> = command.args.iter().map(|a| (*a).to_owned()).collect();
    if command.args[0] == "bind" {
        args.push(job);
    }
    args.extend(["-t", "dev", "-q", "--lock-timeout", "0s"].map(str::to_owned));
    args
}

/// Runs the command, and tells whether it did something.
async fn run(lab: &Lab, args: &[String], done: Option<&str>, what: &str) -> bool {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let out = lab.piq(&args).output().await.expect("piq starts");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() || done.is_some_and(|done| said.contains(done)), "{what}: {said}");
    out.status.success()
}

async fn every_request(command: Killed) {
    let lab = Lab::new().await;
    let args = scene(&lab, &command).await;
    let desired = lab.desired("dev").await;
    run(&lab, &args, None, "unharmed").await;
    let unharmed = lab.picture(&desired).await;
    let mut points = 0;
    for (method, when) in [(None, "before"), (Some("POST"), "after"), (Some("DELETE"), "after"), (Some("PUT"), "after")]
    {
        for k in 1.. {
            let args = scene(&lab, &command).await;
            let fault = json!({"method": method, "nth": k, "when": when, "action": "stall"});
            let what = format!("{} at request {k} {method:?} {when}", args.join(" "));
            let given: Vec<&str> = args.iter().map(String::as_str).collect();
            if !killed(&lab, &given, fault).await {
                break;
            }
            points += 1;
            let did = run(&lab, &args, command.done, &what).await;
            let mut now = lab.picture(&desired).await;
            if !did {
                // the lock of the dead process is left to whoever needs it next
                now.as_object_mut().expect("a map").retain(|path, _| !path.ends_with("/piq.lock"));
            }
            assert!(same_but_ids(&now, &unharmed), "{what}: {}", difference(&now, &unharmed));
        }
    }
    // who am I, the state, the lock, the change, the lock again
    assert!(points > 5, "{points}");
    lab.server.stop().await;
}

#[tokio::test]
async fn a_bind_that_is_killed_at_any_request_is_done_by_the_next_one() {
    every_request(BIND).await;
}

#[tokio::test]
async fn an_unbind_that_is_killed_at_any_request_is_done_by_the_next_one() {
    every_request(UNBIND).await;
}

#[tokio::test]
async fn a_destroy_that_is_killed_at_any_request_is_done_by_the_next_one() {
    every_request(DESTROY).await;
}
