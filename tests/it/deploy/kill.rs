//! The crash rule with a process that is killed: at every request, before it has its effect, and after it where it has
//! one. The workspace answers nothing from that request on, so that the point of death is known.

use serde_json::{Value, json};

use super::changes::{Change, before, difference, old_or_new, runnable, same_but_ids};
use super::lab::Lab;

/// Runs a command, and kills it when the fault has been reached; whether it was.
pub(super) async fn killed(lab: &Lab, args: &[&str], fault: Value) -> bool {
    lab.faults(json!([fault])).await;
    let mut child = lab.piq(args).spawn().expect("piq starts");
    let nothing = json!({});
    let reached = tokio::select! {
        _ = lab.raw("GET", "/piq/faults/stalled", &nothing) => true,
        ended = child.wait() => {
            assert!(ended.expect("it ended").success(), "{fault}");
            false
        }
    };
    if reached {
        // SIGKILL: nothing is tidied up
        child.kill().await.expect("killed");
    }
    lab.faults(json!([])).await;
    reached
}

fn deploy(target: &str) -> [&str; 5] {
    ["deploy", "-t", target, "-q", "--allow-delete"]
}

/// The next deploy: nobody helps, and nothing is waited for.
async fn next(lab: &Lab, target: &str, what: &str) {
    let args = [&deploy(target)[..], &["--lock-timeout", "0s"]].concat();
    let out = lab.piq(&args).output().await.expect("piq starts");
    assert!(out.status.success(), "{what}: {}", String::from_utf8_lossy(&out.stderr));
}

async fn every_request(change: Change, target: &str) {
    let lab = Lab::new().await;
    before(&lab, change, target).await;
    let desired = lab.desired(target).await;
    let old = lab.picture(&desired).await;
    next(&lab, target, "unharmed").await;
    let unharmed = lab.picture(&desired).await;
    let mut points = 0;
    for (method, when) in [
        (None, "before"),
        (Some("POST"), "after"),
        (Some("PUT"), "after"),
        (Some("PATCH"), "after"),
        (Some("DELETE"), "after"),
    ] {
        for k in 1.. {
            before(&lab, change, target).await;
            let fault = json!({"method": method, "nth": k, "when": when, "action": "stall"});
            let what = format!("request {k} {method:?} {when}");
            if !killed(&lab, &deploy(target), fault).await {
                break;
            }
            points += 1;
            let between = lab.picture(&desired).await;
            if target == "prod" {
                runnable(&between);
                old_or_new(&between, &old, &unharmed);
            }
            next(&lab, target, &what).await;
            let now = lab.picture(&desired).await;
            assert!(same_but_ids(&now, &unharmed), "{what}: {}", difference(&now, &unharmed));
        }
    }
    // who am I, the state, the lock, the change, the state again, the lock again
    assert!(points > 8, "{points}");
    lab.server.stop().await;
}

macro_rules! every_request {
    ($($name:ident: $change:ident, $target:literal;)*) => {
        $(#[tokio::test]
        async fn $name() {
            every_request(Change::$change, $target).await;
        })*
    };
}

every_request! {
    first_deploy_in_development: First, "dev";
    first_deploy_in_production: First, "prod";
    changed_file_in_development: File, "dev";
    changed_file_in_production: File, "prod";
    changed_job_in_development: Job, "dev";
    changed_job_in_production: Job, "prod";
    renamed_job_in_development: Renamed, "dev";
    renamed_job_in_production: Renamed, "prod";
    removed_job_in_development: Removed, "dev";
    removed_job_in_production: Removed, "prod";
    changed_permissions_in_development: Permissions, "dev";
    changed_permissions_in_production: Permissions, "prod";
}

#[tokio::test]
async fn a_dashboard_that_was_updated_and_not_published_is_published_by_the_next_deploy() {
    for target in ["dev", "prod"] {
        let lab = Lab::new().await;
        before(&lab, Change::File, target).await;
        let desired = lab.desired(target).await;
        let fault = json!({"method": "POST", "path": "/published", "action": "stall"});
        assert!(killed(&lab, &deploy(target), fault).await);
        let sales = |picture: &Value| {
            let dashboards =
                picture.as_object().expect("a map").iter().find(|(path, _)| path.ends_with(".lvdash.json"));
            dashboards.expect("a dashboard").1.clone()
        };
        let between = sales(&lab.picture(&desired).await);
        assert!(between[0].as_str().expect("a draft").contains(r#""q""#), "the draft is the new one: {between}");
        assert_eq!(between[2], false, "what is published is the old one");
        next(&lab, target, "publish").await;
        let after = sales(&lab.picture(&desired).await);
        assert_eq!((&after[0], &after[2]), (&between[0], &json!(true)));
        lab.server.stop().await;
    }
}
