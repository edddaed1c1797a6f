//! What is looked at before the pipeline's next run.

use serde_json::{Value, json};

use crate::engine::Lab;
use crate::kit::good;

fn dev(lab: &Lab, args: &[&str]) -> std::process::Output {
    lab.workspace.command(&lab.project, &[args, &["-t", "dev"]].concat()).output().expect("piq starts")
}

/// What a command finds missing, by name.
fn missing(list: &Value, status: &str) -> Vec<String> {
    let all = list.as_array().expect("a list").iter().filter(|need| need["status"] == status);
    all.map(|need| format!("{}: {}", need["name"].as_str().expect("a name"), need["found"].as_str().expect("a text")))
        .collect()
}

#[test]
fn a_warehouse_that_nobody_named_is_not_started() {
    let lab = Lab::new();
    let w = &lab.workspace;
    let id = w.record["warehouse_id"].as_str().expect("an id");
    let at = format!("/api/2.0/sql/warehouses/{id}");
    w.post(&format!("{at}/stop"), &json!({}));
    let plan = good(&dev(&lab, &["plan", "-o", "json"]));
    assert_eq!(plan["pipeline"]["unknown"], "no SQL warehouse is named, and none is running");
    assert_eq!(w.get(&at)["state"], "STOPPED");
    let found = missing(
        &good(&dev(&lab, &["plan", "-o", "json", "--no-estimate", "--var", "job_warehouse_id=nowhere"]))["needs"],
        "missing",
    );
    assert!(found.contains(&"warehouse: SQL warehouse `nowhere` does not exist".to_owned()), "{found:?}");
    // one that is named is started
    good(&dev(&lab, &["plan", "-o", "json", "--var", &format!("job_warehouse_id={id}")]));
    assert_eq!(w.get(&at)["state"], "RUNNING");
}
