//! `piq generate`: YAML and files of what was made in the workspace.

use serde_json::json;

use super::rig::{Rig, counts, good, text};

fn made(rig: &Rig) -> String {
    rig.workspace.post("/api/2.0/workspace/mkdirs", &json!({"path": "/Workspace/Shared/made"}));
    for (path, language, text) in [("n", "SQL", "SELECT 1"), ("m", "PYTHON", "print(1)")] {
        use base64::Engine as _;
        let header =
            if language == "SQL" { "-- Databricks notebook source\n" } else { "# Databricks notebook source\n" };
        let content = base64::prelude::BASE64_STANDARD.encode(format!("{header}{text}\n"));
        let import = json!({"path": format!("/Workspace/Shared/made/{path}"), "format": "SOURCE", "language": language, "content": content});
        rig.workspace.post("/api/2.0/workspace/import", &import);
    }
    let task = |key: &str, path: &str| json!({"task_key": key, "run_if": "ALL_SUCCESS", "notebook_task": {"notebook_path": format!("/Workspace/Shared/made/{path}"), "source": "WORKSPACE"}});
    let settings = json!({"name": "Night Load (EU)", "max_concurrent_runs": 1, "tasks": [task("a", "n"), task("b", "m")],
        "schedule": {"quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC", "pause_status": "PAUSED"}});
    rig.workspace.post("/api/2.2/jobs/create", &settings)["job_id"].to_string()
}

#[test]
fn a_job_becomes_yaml_and_notebooks_and_is_bound() {
    let rig = Rig::new();
    let id = made(&rig);
    let result = good(&rig.piq(&["generate", "job", &id, "--bind", "-o", "json"]));
    assert_eq!(result["key"], "jobs.night_load_eu");
    assert_eq!(rig.project.read("src/n.sql"), "-- Databricks notebook source\nSELECT 1\n");
    assert_eq!(rig.project.read("src/m.py"), "# Databricks notebook source\nprint(1)\n");
    let yaml = rig.project.read("resources/night_load_eu.job.yml");
    for line in
        ["name: Night Load (EU)", "notebook_path: ../src/n.sql", "notebook_path: ../src/m.py", "pause_status: PAUSED"]
    {
        assert!(yaml.contains(line), "{line}: {yaml}");
    }
    for word in ["run_if", "max_concurrent_runs", "source:", "format"] {
        assert!(!yaml.contains(word), "{word}: {yaml}");
    }
    // the next deploy changes the job instead of making another
    let before = rig.jobs().len();
    rig.deploy(&[]);
    assert_eq!(rig.jobs().len(), before + 1, "only the bundle's own job is new");
    assert!(rig.jobs().iter().any(|j| j["job_id"] == id.parse::<i64>().expect("a number")
        && j["settings"]["name"] == "[dev dana_local] Night Load (EU)"));
    assert_eq!(counts(&rig.deploy(&[]))[..3], [0, 0, 0]);
    let again = rig.piq(&["generate", "job", &id]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("exists already"), "{}", text(&again.stderr));
    assert!(yaml.starts_with("resources:"), "{yaml}");
    // editors are told the schema where the project has it
    rig.project.write("schema/bundle.schema.json", "{}");
    good(&rig.piq(&["generate", "job", &id, "--key", "night_load_eu", "--force", "-o", "json"]));
    let first = rig.project.read("resources/night_load_eu.job.yml").lines().next().map(str::to_owned);
    assert_eq!(first.as_deref(), Some("# yaml-language-server: $schema=../schema/bundle.schema.json"));
    let none = rig.piq(&["generate", "job", "123"]);
    assert!(text(&none.stderr).contains("the workspace has no job 123"), "{}", text(&none.stderr));
}

#[test]
fn a_dashboard_is_found_by_its_path() {
    let rig = Rig::new();
    rig.workspace.post("/api/2.0/workspace/mkdirs", &json!({"path": "/Workspace/Shared/boards"}));
    let content = json!({"pages": [{"name": "p", "displayName": "P"}]}).to_string();
    let board = json!({"display_name": "Roses and more", "parent_path": "/Workspace/Shared/boards", "serialized_dashboard": content, "warehouse_id": rig.workspace.record["warehouse_id"]});
    let id =
        rig.workspace.post("/api/2.0/lakeview/dashboards", &board)["dashboard_id"].as_str().expect("an id").to_owned();
    let path = "/Workspace/Shared/boards/Roses and more.lvdash.json";
    let result = good(&rig.piq(&["generate", "dashboard", path, "--key", "roses", "-o", "json"]));
    assert_eq!((&result["key"], &result["id"]), (&json!("dashboards.roses"), &json!(id)));
    assert!(rig.project.read("src/roses.lvdash.json").starts_with("{\n"));
    assert!(rig.project.read("resources/roses.dashboard.yml").contains("file_path: ../src/roses.lvdash.json"));
    good(&rig.piq(&["validate", "-o", "json"]));
    let none = rig.piq(&["generate", "dashboard", "/Workspace/Shared/nothing"]);
    assert!(text(&none.stderr).contains("no dashboard `/Workspace/Shared/nothing`"), "{}", text(&none.stderr));
}

#[test]
fn notebooks_of_one_name_keep_their_folders_and_a_key_that_is_there_is_refused_before_anything_is_written() {
    use base64::Engine as _;
    let rig = Rig::new();
    let content = base64::prelude::BASE64_STANDARD.encode("# Databricks notebook source\nprint(1)\n");
    for folder in ["x", "y"] {
        let at = format!("/Workspace/Shared/load/{folder}");
        rig.workspace.post("/api/2.0/workspace/mkdirs", &json!({"path": at}));
        let import = json!({"path": format!("{at}/nb"), "format": "SOURCE", "language": "PYTHON", "content": content});
        rig.workspace.post("/api/2.0/workspace/import", &import);
    }
    let task = |key: &str, path: &str| json!({"task_key": key, "notebook_task": {"notebook_path": path, "source": "WORKSPACE"}});
    let two =
        json!({"name": "Two", "tasks": [task("a", "/Workspace/Shared/load/x/nb"), task("b", "/Shared/load/y/nb")]});
    let id = rig.workspace.post("/api/2.2/jobs/create", &two)["job_id"].to_string();
    for refused in [&["--key", "load"][..], &["--key", "load", "--force", "--bind"]] {
        let out = rig.piq(&[&["generate", "job", &id][..], refused].concat());
        assert!(
            text(&out.stderr).contains("the bundle has `jobs.load` already, in resources/load.yml"),
            "{}",
            text(&out.stderr)
        );
    }
    assert!(!rig.project.path("src/x").exists() && !rig.project.path("resources/load.job.yml").exists());
    good(&rig.piq(&["generate", "job", &id, "--bind", "-o", "json"]));
    let yaml = rig.project.read("resources/two.job.yml");
    assert!(yaml.contains("notebook_path: ../src/x/nb.py") && yaml.contains("notebook_path: ../src/y/nb.py"), "{yaml}");
    let bound = rig.piq(&["generate", "job", &id, "--key", "other", "--bind"]);
    assert!(text(&bound.stderr).contains(&format!("`{id}` is bound to `jobs.two` already")), "{}", text(&bound.stderr));
    assert!(!rig.project.path("resources/other.job.yml").exists());
    let git = json!({"name": "Git", "git_source": {"git_url": "https://example.com/r", "git_provider": "gitHub", "git_branch": "main"},
        "tasks": [task("a", "/Shared/gone")]});
    let id = rig.workspace.post("/api/2.2/jobs/create", &git)["job_id"].to_string();
    good(&rig.piq(&["generate", "job", &id, "-o", "json"]));
    assert!(rig.project.read("resources/git.job.yml").contains("notebook_path: /Shared/gone"));
}
