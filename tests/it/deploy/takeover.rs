//! Coming from the official CLI: its own state names what is the bundle's, so that renamed resources keep their ids and
//! removed ones go.

use serde_json::{Value, json};

use super::rig::{Rig, counts, good, text};

const ROOT: &str = "/Workspace/Users/dana.local@example.com/.bundle/shop/dev";

fn job(rig: &Rig, name: &str) -> String {
    let deployment = json!({"kind": "BUNDLE", "metadata_file_path": format!("{ROOT}/state/metadata.json")});
    let settings = json!({"name": name, "deployment": deployment, "edit_mode": "UI_LOCKED", "format": "MULTI_TASK",
        "tasks": [{"task_key": "a", "notebook_task": {"notebook_path": format!("{ROOT}/files/src/first")}}]});
    rig.workspace.post("/api/2.2/jobs/create", &settings)["job_id"].to_string()
}

fn file(rig: &Rig, path: &str, content: &str) {
    use base64::Engine as _;
    let content = base64::prelude::BASE64_STANDARD.encode(content);
    let folder = path.rsplit_once('/').expect("a folder").0;
    rig.workspace.post("/api/2.0/workspace/mkdirs", &json!({"path": folder}));
    let import = json!({"path": path, "format": "RAW", "content": content, "overwrite": true});
    rig.workspace.post("/api/2.0/workspace/import", &import);
}

fn names(rig: &Rig) -> Vec<(String, String)> {
    let mut all: Vec<_> = rig
        .jobs()
        .iter()
        .map(|j| (j["job_id"].to_string(), j["settings"]["name"].as_str().expect("a name").to_owned()))
        .collect();
    all.sort();
    all
}

/// Kind, key and id.
type Entry = (&'static str, &'static str, String);

/// A workspace in which the official CLI deployed four jobs and a schema, in one of the forms of its state.
fn before(state: &dyn Fn(&[Entry]) -> (&'static str, Value)) -> (Rig, Vec<String>) {
    let rig = Rig::new();
    let ids: Vec<String> = ["load", "former", "gone"].map(|n| job(&rig, &format!("[dev dana_local] {n}"))).into();
    rig.workspace.post("/api/2.1/unity-catalog/schemas", &json!({"catalog_name": "main", "name": "dev_dana_local_s"}));
    let entries = [
        ("jobs", "load", ids[0].clone()),
        ("jobs", "renamed", ids[1].clone()),
        ("jobs", "gone", ids[2].clone()),
        ("schemas", "s", "main.dev_dana_local_s".to_owned()),
    ];
    let (name, content) = state(&entries);
    file(&rig, &format!("{ROOT}/state/{name}"), &content.to_string());
    let files = json!({"version": 1, "seq": 3, "files": [{"local_path": "src/old.txt", "is_notebook": false}]});
    file(&rig, &format!("{ROOT}/state/deployment.json"), &files.to_string());
    file(&rig, &format!("{ROOT}/files/src/old.txt"), "old");
    rig.project.write(
        "resources/more.yml",
        "resources: {jobs: {renamed: {name: latter, tasks: [{task_key: a, notebook_task: {notebook_path: ../src/first.sql}}]}}, schemas: {s: {catalog_name: main, name: s}}}\n",
    );
    (rig, ids)
}

fn taken_over(rig: &Rig, ids: &[String]) {
    let refused = rig.piq(&["deploy", "-t", "dev"]);
    assert!(text(&refused.stderr).contains("would delete jobs.gone"), "{}", text(&refused.stderr));
    assert_eq!(rig.jobs().len(), 3);
    good(&rig.piq(&["deploy", "-t", "dev", "--allow-delete", "-o", "json"]));
    let expected =
        [(ids[0].clone(), "[dev dana_local] load".to_owned()), (ids[1].clone(), "[dev dana_local] latter".to_owned())];
    assert_eq!(names(rig), expected);
    let old = rig.workspace.send("GET", &format!("/api/2.0/workspace/get-status?path={ROOT}/files/src/old.txt"), "");
    assert_eq!(old.0, 404, "a file that the bundle no longer has goes too");
    assert_eq!(counts(&rig.deploy(&[]))[..3], [0, 0, 0]);
}

#[test]
fn the_state_of_the_clis_engine_is_taken_over() {
    let (rig, ids) = before(&|entries| {
        let state: serde_json::Map<_, _> = entries
            .iter()
            .map(|(kind, key, id)| (format!("resources.{kind}.{key}"), json!({"__id__": id, "state": {}})))
            .collect();
        ("resources.json", json!({"state_version": 1, "lineage": "l", "serial": 4, "state": state}))
    });
    taken_over(&rig, &ids);
}

#[test]
fn the_state_of_terraform_is_taken_over() {
    let (rig, ids) = before(&|entries| {
        let entry = |(kind, key, id): &Entry| {
            let kind = if *kind == "jobs" { "databricks_job" } else { "databricks_schema" };
            json!({"mode": "managed", "type": kind, "name": key, "instances": [{"attributes": {"id": id}}]})
        };
        let resources: Vec<_> = entries.iter().map(entry).collect();
        ("terraform.tfstate", json!({"version": 4, "lineage": "l", "serial": 4, "resources": resources}))
    });
    taken_over(&rig, &ids);
}

#[test]
fn a_state_in_an_unknown_form_stops_the_deploy() {
    let (rig, _) = before(&|_| ("resources.json", json!({"state_version": 99})));
    let refused = rig.piq(&["deploy", "-t", "dev", "--allow-delete"]);
    assert!(text(&refused.stderr).contains("has a form that piq does not know"), "{}", text(&refused.stderr));
    assert_eq!(rig.jobs().len(), 3);
}
