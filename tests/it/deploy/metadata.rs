//! The file that tells the workspace's own pages which jobs a bundle manages.

use serde_json::{Value, json};

use super::rig::{Rig, good};

fn metadata(rig: &Rig, root: &str) -> Value {
    rig.workspace.get(&format!("/api/2.0/workspace/export?direct_download=true&path={root}/state/metadata.json"))
}

#[test]
fn jobs_name_the_file_and_the_file_names_the_jobs() {
    let rig = Rig::new();
    let root = "/Workspace/Users/dana.local@example.com/.bundle/shop/dev";
    rig.deploy(&[]);
    let job = rig.jobs().remove(0);
    let deployment = json!({"kind": "BUNDLE", "metadata_file_path": format!("{root}/state/metadata.json")});
    assert_eq!(job["settings"]["deployment"], deployment);
    let id = job["job_id"].to_string();
    let expected = json!({
        "version": 1,
        "config": {
            "bundle": {"name": "shop", "target": "dev", "mode": "development", "git": {"bundle_root_path": "."}},
            "workspace": {"file_path": format!("{root}/files")},
            "resources": {"jobs": {"load": {"id": id, "relative_path": "resources/load.yml"}}},
            "presets": {"source_linked_deployment": false},
        },
        "extra": {},
    });
    assert_eq!(metadata(&rig, root), expected);
    rig.requests();
    rig.deploy(&[]);
    assert!(rig.requests().iter().all(|r| r.starts_with("GET ")), "nothing changed, nothing is written");
}

#[test]
fn it_tells_the_branch_and_the_commit_of_a_release() {
    let rig = Rig::new();
    let git = |args: &[&str]| rig.project.git(args);
    git(&["init", "-q", "-b", "main"]);
    git(&["remote", "add", "origin", "https://user:pass@git.example.com/shop.git"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "shop"]);
    let report = good(&rig.as_principal(&["deploy", "-t", "prod", "-o", "json"]));
    let root = "/Workspace/Shared/.bundle/shop/prod";
    let config = metadata(&rig, root)["config"].take();
    let expected = json!({
        "branch": "main", "commit": git(&["rev-parse", "HEAD"]),
        "origin_url": "https://git.example.com/shop.git", "bundle_root_path": ".",
    });
    assert_eq!(config["bundle"]["git"], expected);
    let release = report["release"].as_str().expect("a release");
    assert_eq!(config["workspace"]["file_path"], format!("{root}/files/{release}"));
}
