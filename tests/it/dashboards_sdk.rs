//! The official Python SDK as the judge of the local workspace's dashboards.

use std::process::Command;

use serde_json::{Value, json};

use super::venv::python;
use super::workspace::Workspace;

#[test]
fn the_official_client_finds_the_dashboards_api_as_it_knows_it() {
    let workspace = Workspace::start();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/sdk_dashboards.py");
    let out = Command::new(python("sdk", "databricks-sdk==0.156.0\n"))
        .args(["-I", script])
        .env_clear()
        .env("DATABRICKS_HOST", workspace.host())
        .env("DATABRICKS_TOKEN", workspace.token())
        .output()
        .expect("python starts");
    let said = String::from_utf8_lossy(&out.stderr);
    let seen: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {said}"));
    let errors: Vec<&str> = seen["errors"].as_array().expect("errors").iter().filter_map(Value::as_str).collect();
    for (text, part) in errors.iter().zip(["already exists", "etag", "Unable to find published dashboard"]) {
        assert!(text.contains(part), "{text}");
    }
    let expected = json!({
        "id_is_path_s": true, "dataset": ["main", "piq"], "page_type": "PAGE_TYPE_CANVAS", "etag_changed": true,
        "same_id": true, "published_after_update": true, "embed_credentials": false, "published_warehouse": "w2",
        "reader": "users", "listed": ["Pulse"], "errors": seen["errors"], "trashed": true,
    });
    assert_eq!(seen, expected);
}
