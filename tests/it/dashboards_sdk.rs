//! The official Python SDK as the judge of the local workspace's dashboards.

use serde_json::{Value, json};

use super::kit::Workspace;

#[test]
fn the_official_client_finds_the_dashboards_api_as_it_knows_it() {
    let workspace = Workspace::start();
    let seen = workspace.sdk("sdk_dashboards.py", &[]);
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
