//! The commands that read the pipeline, as far as they go without an engine.

use serde_json::Value;

use super::kit::Project;

fn checks(project: &Project, args: &[&str]) -> (Option<i32>, Value) {
    let mut command = project.command(&[&["doctor", "-o", "json"], args].concat());
    // without the programs of this machine, so that no engine is prepared
    let out = command.env_remove("PATH").output().expect("piq starts");
    let value = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {:?}", out.stderr));
    (out.status.code(), value)
}

fn check(found: &Value, name: &str) -> Value {
    let all = found["checks"].as_array().expect("checks");
    all.iter().find(|c| c["name"] == name).unwrap_or_else(|| panic!("no {name} in {found}")).clone()
}

#[test]
fn the_doctor_tells_a_folder_without_a_project_from_a_broken_one() {
    let (code, found) = checks(&Project::empty(), &[]);
    assert_eq!((code, check(&found, "project")["status"].as_str()), (Some(1), Some("error")));
    assert!(check(&found, "project")["advice"].as_str().expect("advice").contains("piq init"));

    let broken = Project::new();
    broken.edit("bundle/databricks.yml", "include:", "inclde:");
    let (code, found) = checks(&broken, &[]);
    assert_eq!(code, Some(1));
    assert!(check(&found, "project")["advice"].as_str().expect("advice").contains("piq validate"), "{found}");
}

#[test]
fn the_doctor_says_what_the_machine_lacks_and_what_to_do() {
    // a new home: no engine was ever prepared in it; what else is missing depends on the machine
    let (_, found) = checks(&Project::new(), &["-t", "local"]);
    assert_eq!(check(&found, "engine")["status"], "warning");
    assert_eq!(check(&found, "project")["status"], "ok");
    for c in found["checks"].as_array().expect("checks").iter().filter(|c| c["status"] != "ok") {
        assert!(c["advice"].as_str().is_some_and(|a| !a.is_empty()), "{c}");
    }
}

#[test]
fn a_plan_does_without_the_estimate_where_no_engine_is_prepared() {
    let project = Project::new();
    let out = project.piq(&["plan", "-t", "local", "-o", "json"]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    let plan: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert!(plan["pipeline"]["unknown"].as_str().is_some_and(|w| w.contains("not prepared")), "{plan}");
    let out = project.piq(&["plan", "-t", "local", "-o", "json", "--no-estimate"]);
    let plan: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(plan["pipeline"], Value::Null);
}

#[test]
fn a_table_name_that_is_none_is_a_usage_error() {
    let out = Project::new().piq(&["bootstrap", "--from", "pipelineiq"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("CATALOG.SCHEMA.TABLE"));
}
