//! The first contact with a workspace that has nothing but a catalog and the source: what is missing is said before
//! anything starts, and what is there is enough.

use serde_json::{Value, json};

use crate::engine::Lab;
use crate::kit::{Project, code, ended_well, good, send, text};

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
fn a_first_run_needs_the_catalog_and_the_source_and_says_before_it_starts_what_is_missing() {
    let lab = Lab::with_sample(12);
    let w = &lab.workspace;
    let plan = || good(&dev(&lab, &["plan", "-o", "json", "--no-estimate"]));
    let without_catalog = missing(&plan()["needs"], "missing");
    assert_eq!(without_catalog, ["catalog: catalog `users` does not exist"]);
    // the catalog is somebody else's: an owner has every right
    let admin = w.post("/piq/users", &json!({"user_name": "olga@example.com"}));
    let admin = admin["token"].as_str().expect("a token");
    let made = send(w.host(), admin, "POST", "/api/2.1/unity-catalog/catalogs", r#"{"name": "users"}"#);
    assert_eq!(made.0, 200, "{}", made.1);
    w.send("DELETE", "/piq/requests", "");
    let denied = |privilege: &str, on: &str| json!({"denied": [{"privilege": privilege, "on": on}]});
    for (rules, expected) in [
        (
            denied("CREATE_SCHEMA", "users"),
            "schema: schema `users.dana_local` does not exist, and dana.local@example.com may not create it",
        ),
        (denied("USE_CATALOG", "users"), "catalog: dana.local@example.com has no USE CATALOG on `users`"),
        (
            denied("SELECT", "main.gtm_silver.use_case_detail"),
            "source: dana.local@example.com has no SELECT on `main.gtm_silver.use_case_detail`",
        ),
        (
            json!({"retired": ["databricks-gpt-oss-120b"]}),
            "model: endpoint `databricks-gpt-oss-120b` does not exist: it may have been retired",
        ),
        (
            json!({"unity_gateway": true}),
            "model: endpoint `databricks-gpt-oss-120b` is disabled: the workspace serves models through Unity Gateway",
        ),
        (
            json!({"no_serverless": true}),
            "serverless: the job runs on serverless compute, which the workspace does not offer",
        ),
    ] {
        w.post("/piq/restrictions", &rules);
        assert_eq!(missing(&plan()["needs"], "missing"), [expected]);
    }
    let doctor = dev(&lab, &["doctor", "-o", "json"]);
    assert_eq!(code(&doctor), 1);
    let found = missing(&serde_json::from_slice::<Value>(&doctor.stdout).expect("JSON")["checks"], "error");
    assert_eq!(found, ["serverless: the job runs on serverless compute, which the workspace does not offer"]);
    let said = text(&dev(&lab, &["plan", "--no-estimate"]).stdout);
    assert!(said.contains("Before the next run:\n  serverless (missing)"), "{said}");
    assert!(said.contains("`job_warehouse_id`"), "{said}");
    let log = w.get("/piq/requests");
    let written: Vec<&Value> =
        log["requests"].as_array().expect("a list").iter().filter(|r| r["method"] != "GET").collect();
    assert!(
        written.iter().all(|r| r["path"].as_str().expect("a path").starts_with("/api/2.0/sql/statements")),
        "{written:?}"
    );
    w.post("/piq/restrictions", &json!({}));
    assert_eq!(missing(&plan()["needs"], "missing"), [""; 0]);

    // the run makes its schema; a workspace that denies that fails where it is made
    good(&dev(&lab, &["deploy", "-o", "json"]));
    w.post("/piq/restrictions", &denied("CREATE_SCHEMA", "users"));
    let out = dev(&lab, &["run"]);
    assert_eq!(code(&out), 1);
    assert!(text(&out.stderr).contains("does not have CREATE SCHEMA on 'users'"), "{}", text(&out.stderr));
    w.post("/piq/restrictions", &json!({}));
    let out = dev(&lab, &["run"]);
    assert_eq!(code(&out), 0, "{}", text(&out.stderr));
    // once it is there, nobody has to be allowed to make it
    w.post("/piq/restrictions", &denied("CREATE_SCHEMA", "users"));
    assert_eq!(missing(&plan()["needs"], "missing"), [""; 0]);
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

#[test]
fn a_project_that_init_writes_runs_on_a_workspace_that_has_the_catalog_and_the_source_only() {
    let lab = Lab::with_sample(6);
    let w = &lab.workspace;
    let admin = w.post("/piq/users", &json!({"user_name": "olga@example.com"}));
    let admin = admin["token"].as_str().expect("a token");
    let made = send(w.host(), admin, "POST", "/api/2.1/unity-catalog/catalogs", r#"{"name": "users"}"#);
    assert_eq!(made.0, 200, "{}", made.1);
    let fresh = Project::empty();
    ended_well(&mut fresh.command(&["init", ".", "--no-input"]));
    for command in ["deploy", "run"] {
        ended_well(&mut w.command(&fresh, &[command, "-t", "dev"]));
    }
    let rows = lab.sql("SELECT count(*) FROM users.dana_local.pipelineiq");
    assert_ne!(rows, [[json!("0")]]);
}
