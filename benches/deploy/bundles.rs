//! The bundles that are deployed.

use std::path::Path;

use serde_json::{Map, Value, json};

const TARGETS: &str = "
targets:
  dev:
    default: true
    mode: development
  prod:
    mode: production
    workspace: {root_path: /Workspace/Shared/.bundle/bench/prod}
";

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(path, text).expect("written");
}

fn bundle(dir: &Path, resources: &Value) {
    write(dir, "databricks.yml", &format!("bundle: {{name: bench}}\ninclude: [resources.yml]\n{TARGETS}"));
    write(dir, "resources.yml", &json!({"resources": resources}).to_string());
}

fn notebook(dir: &Path, path: &str, value: u32) {
    write(dir, path, &format!("-- Databricks notebook source\nSELECT {value}\n"));
}

/// One job of four notebooks and two dashboards, in eight files.
pub(crate) fn shop(dir: &Path, warehouse: &str, first: u32, title: &str) {
    for n in 1..=4 {
        notebook(dir, &format!("notebooks/n{n}.sql"), if n == 1 { first } else { n });
    }
    for name in ["one", "two"] {
        let shown = if name == "one" { title } else { "a" };
        let text = json!({"datasets": [], "pages": [{"name": "p", "displayName": shown}]});
        write(dir, &format!("dashboards/{name}.lvdash.json"), &text.to_string());
    }
    let task = |n: u32| json!({"task_key": format!("t{n}"), "notebook_task": {"notebook_path": format!("./notebooks/n{n}.sql")}});
    let dashboard = |name: &str| json!({"display_name": name, "file_path": format!("./dashboards/{name}.lvdash.json"), "warehouse_id": warehouse});
    let tasks: Vec<Value> = (1..=4).map(task).collect();
    let resources = json!({
        "jobs": {"load": {"name": "load", "tasks": tasks}},
        "dashboards": {"one": dashboard("one"), "two": dashboard("two")},
    });
    bundle(dir, &resources);
}

/// Jobs that share notebooks; `version` changes the first notebook.
pub(crate) fn many(dir: &Path, jobs: usize, files: usize, version: u32) {
    for n in 0..files {
        let value = if n == 0 { version } else { u32::try_from(n).expect("small") };
        notebook(dir, &format!("src/n{n}.sql"), value);
    }
    let job = |n: usize| {
        let path = format!("./src/n{}.sql", n % files);
        json!({"name": format!("job {n}"), "tasks": [{"task_key": "t", "notebook_task": {"notebook_path": path}}]})
    };
    let all: Map<String, Value> = (0..jobs).map(|n| (format!("j{n}"), job(n))).collect();
    bundle(dir, &json!({"jobs": all}));
}
