//! The crash rule: whatever request a deploy dies at, the workspace runs the old or the new, the next deploy needs
//! nobody, and it ends where an unharmed one ends. Here the network dies, before or after the request has its effect.

use serde_json::json;

use super::changes::{Change, before, difference, old_or_new, runnable, same_but_ids};
use super::lab::Lab;

async fn every_request(change: Change, target: &str) {
    let lab = Lab::new().await;
    before(&lab, change, target).await;
    let desired = lab.desired(target).await;
    let old = lab.picture(&desired).await;
    lab.requests().await;
    lab.deploy(&desired, 2).await.expect("deployed");
    let total = lab.requests().await;
    let unharmed = lab.picture(&desired).await;
    assert!(total > 5, "{total}");
    for k in 1..=total {
        for when in ["before", "after"] {
            before(&lab, change, target).await;
            let desired = lab.desired(target).await;
            lab.faults(json!([
                {"nth": k, "count": 1, "when": when, "action": "drop"},
                {"nth": k, "count": 1_000_000, "action": "drop"},
            ]))
            .await;
            let died = lab.deploy_once(&desired, 2).await;
            assert!(died.is_err(), "request {k} {when}: the deploy does not notice");
            lab.faults(json!([])).await;
            let between = lab.picture(&desired).await;
            if target == "prod" {
                runnable(&between);
                old_or_new(&between, &old, &unharmed);
            }
            let again = lab.deploy(&desired, 3).await;
            if let Err(e) = again {
                panic!("request {k} of {total} {when}: the next deploy fails: {e}");
            }
            let now = lab.picture(&desired).await;
            assert!(same_but_ids(&now, &unharmed), "request {k} of {total} {when}: {}", difference(&now, &unharmed));
        }
    }
    lab.server.stop().await;
}

#[tokio::test]
async fn a_first_deploy_in_development_survives_a_death_at_every_request() {
    every_request(Change::First, "dev").await;
}

#[tokio::test]
async fn a_first_deploy_in_production_survives_a_death_at_every_request() {
    every_request(Change::First, "prod").await;
}

#[tokio::test]
async fn a_changed_file_survives_a_death_at_every_request() {
    every_request(Change::File, "dev").await;
    every_request(Change::File, "prod").await;
}

#[tokio::test]
async fn a_changed_job_survives_a_death_at_every_request() {
    every_request(Change::Job, "prod").await;
}

#[tokio::test]
async fn a_renamed_job_survives_a_death_at_every_request() {
    every_request(Change::Renamed, "prod").await;
}

#[tokio::test]
async fn a_removed_job_survives_a_death_at_every_request() {
    every_request(Change::Removed, "prod").await;
}

#[tokio::test]
async fn changed_permissions_survive_a_death_at_every_request() {
    every_request(Change::Permissions, "prod").await;
}
