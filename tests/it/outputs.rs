//! Everything that a user sees of the main commands: exit code, standard output, standard error.

use super::kit::{Project, whole};

/// A small bundle with one job.
fn shop() -> Project {
    let project = Project::empty();
    project.write("databricks.yml", BUNDLE);
    project.write("hello.sql", "-- Databricks notebook source\nSELECT 1\n");
    project
}

const BUNDLE: &str = "\
bundle:
  name: shop
targets:
  local:
    default: true
resources:
  jobs:
    hello:
      name: hello
      tasks:
        - task_key: greet
          notebook_task:
            notebook_path: ./hello.sql
";

/// What a command shows, without what differs between two runs.
fn shown(project: &Project, args: &[&str]) -> String {
    let out = whole(&project.piq(args));
    let folder = project.path("").canonicalize().expect("the folder").display().to_string();
    let out = out.replace(&folder, "FOLDER").replace(&project.path("").display().to_string(), "FOLDER");
    let home = out.lines().map(|line| line.trim_end()).collect::<Vec<_>>();
    home.join("\n")
}

#[test]
fn validate_shows_a_good_bundle() {
    insta::assert_snapshot!(shown(&shop(), &["validate"]), @r"
    exit code: 0
    --- stdout
    Bundle shop, target local: valid
      root path  /Workspace/Users/${workspace.current_user.userName}/.bundle/shop/local
      files      /Workspace/Users/${workspace.current_user.userName}/.bundle/shop/local/files
      state      /Workspace/Users/${workspace.current_user.userName}/.bundle/shop/local/state
      jobs.hello  hello
    --- stderr
    ");
}

#[test]
fn validate_shows_each_error_with_its_place() {
    let project = shop();
    project.edit("databricks.yml", "task_key", "taskkey");
    insta::assert_snapshot!(shown(&project, &["validate"]), @r"
    exit code: 1
    --- stdout
    --- stderr
    error[unknown-key]: unknown key `taskkey` in a task
      --> databricks.yml:11:11
       |
    11 |         - taskkey: greet
       |           ^^^^^^^ not a key of a task
       |
       = hint: did you mean `task_key`?
    ");
}

#[test]
fn an_unknown_target_lists_the_targets() {
    insta::assert_snapshot!(shown(&shop(), &["plan", "-t", "staging"]), @r"
    exit code: 1
    --- stdout
    --- stderr
    error[unknown-target]: unknown target `staging`
     --> databricks.yml:3:1
      |
    3 | targets:
      | ^^^^^^^
      |
      = hint: available: `local`
    ");
}

#[test]
fn a_folder_without_a_project_says_what_to_do() {
    insta::assert_snapshot!(shown(&Project::empty(), &["-C", "/", "validate"]), @r"
    exit code: 1
    --- stdout
    --- stderr
    error[no-bundle]: no `databricks.yml` in `/` or any folder above it
     |
     = hint: name the project's folder with `-C DIR`, or write a new project here with `piq init`
    ");
}

#[test]
fn a_demo_in_a_folder_of_other_files_says_where_it_writes_a_project() {
    let project = Project::empty();
    project.write("notes.txt", "mine");
    let out = project.piq(&["-C", ".", "demo"]);
    assert_eq!(out.status.code(), Some(1));
    let said = crate::kit::text(&out.stderr);
    assert!(said.contains("in an empty folder, `piq demo` writes the project first"), "{said}");
    assert_eq!(std::fs::read_dir(project.path("")).expect("folder").count(), 1, "nothing is written");
}

#[test]
fn plan_and_deploy_show_what_changes() {
    let project = shop();
    insta::assert_snapshot!(shown(&project, &["plan"]), @r"
    exit code: 0
    --- stdout
    create file hello (new)
    create jobs.hello (new)
    to create: 2, to update: 0, to delete: 0, unchanged: 0
    --- stderr
    ");
    insta::assert_snapshot!(shown(&project, &["deploy"]), @r"
    exit code: 0
    --- stdout
    created 2, updated 0, deleted 0, unchanged 0
    --- stderr
    to create: 2, to update: 0, to delete: 0
    uploaded 1 files
    create jobs.hello
    ");
    insta::assert_snapshot!(shown(&project, &["deploy"]), @r"
    exit code: 0
    --- stdout
    created 0, updated 0, deleted 0, unchanged 2
    --- stderr
    ");
}

#[test]
fn a_wrong_flag_shows_the_right_one() {
    insta::assert_snapshot!(shown(&shop(), &["plan", "--concurency", "2"]), @r"
    exit code: 2
    --- stdout
    --- stderr
    error: unexpected argument '--concurency' found

      tip: a similar argument exists: '--concurrency'

    Usage: piq plan --concurrency <CONCURRENCY>

    For more information, try '--help'.
    ");
}

#[test]
fn validate_writes_a_sarif_log_for_code_scanning() {
    let project = shop();
    let log = |project: &Project, code: i32| -> serde_json::Value {
        let out = project.piq(&["validate", "-o", "sarif"]);
        assert_eq!((out.status.code(), out.stderr.is_empty()), (Some(code), true), "{}", whole(&out));
        serde_json::from_slice(&out.stdout).expect("one JSON document")
    };
    assert_eq!(log(&project, 0)["runs"][0]["results"], serde_json::json!([]));
    project.edit("databricks.yml", "task_key", "taskkey");
    let found = log(&project, 1)["runs"][0]["results"][0].clone();
    assert_eq!((&found["ruleId"], &found["level"]), (&"unknown-key".into(), &"error".into()));
    let place = &found["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "databricks.yml");
    assert_eq!(place["region"]["startLine"], 11);
    assert_eq!(project.piq(&["plan", "-o", "sarif"]).status.code(), Some(2));
}
