//! `piq validate`: what a deploy would refuse without asking the workspace is refused here, at its place.

use std::process::Output;

use serde_json::{Value, json};

use super::kit::{Project, text};

/// A bundle with a notebook, a file, a folder and a dashboard.
fn project(resources: &str) -> Project {
    let project = Project::empty();
    project.write("databricks.yml", &format!("bundle: {{name: c}}\n{resources}"));
    project.write("src/n.py", "# Databricks notebook source\nprint(1)\n");
    project.write("src/plain.py", "print(1)\n");
    project.write("src/q.sql", "SELECT 1\n");
    project
}

/// `code file:line:column message (hints)` of each diagnostic.
fn found(out: &Output) -> Vec<String> {
    let said = text(&out.stderr);
    let line = |d: &Value| {
        let place = match d["file"].as_str() {
            Some(file) => format!("{file}:{}:{} ", d["line"], d["column"]),
            None => String::new(),
        };
        let hints: Vec<&str> = d["hints"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        format!("{} {place}{} ({})", d["code"].as_str().unwrap(), d["message"].as_str().unwrap(), hints.join("; "))
    };
    said.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok()).map(|d| line(&d)).collect()
}

fn refused(project: &Project) -> Vec<String> {
    let out = project.piq(&["validate", "-o", "json"]);
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
    found(&out)
}

fn valid(project: &Project, args: &[&str]) -> (Value, String) {
    let out = project.piq(&[&["validate", "-o", "json"], args].concat());
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    (serde_json::from_slice(&out.stdout).expect("JSON"), text(&out.stderr))
}

fn one_task(task: &str) -> Project {
    project(&format!("resources: {{jobs: {{j: {{tasks: [{{task_key: a, {task}}}]}}}}}}\n"))
}

#[test]
fn every_file_that_is_not_there_is_named_at_once() {
    let project = project(
        "sync: {paths: [., ../nowhere]}\nresources:\n  jobs:\n    j:\n      tasks:\n        - {task_key: a, notebook_task: {notebook_path: missing.sql}}\n        \
         - {task_key: b, sql_task: {warehouse_id: w, file: {path: nope.sql}}}\n        \
         - {task_key: c, existing_cluster_id: c, spark_python_task: {python_file: src/plane.py}}\n        \
         - {task_key: d, dbt_task: {project_directory: models, commands: [dbt run]}, existing_cluster_id: c}\n",
    );
    assert_eq!(
        refused(&project),
        [
            "missing-folder databricks.yml:2:19 `sync.paths` names `../nowhere`, which does not exist ()",
            "missing-file databricks.yml:7:56 no notebook is `missing.sql` (paths start at the file that names them)",
            "missing-file databricks.yml:8:66 no file is `nope.sql` (paths start at the file that names them)",
            "missing-file databricks.yml:9:82 no file is `src/plane.py` (did you mean `src/plain.py`?)",
            "missing-file databricks.yml:10:55 no folder is `models` (paths start at the file that names them)",
        ]
    );
}

#[test]
fn a_notebook_is_a_file_with_its_header_and_its_extension() {
    let of = |path: &str| refused(&one_task(&format!("notebook_task: {{notebook_path: {path}}}")));
    assert_eq!(
        of("src/plain.py"),
        [
            "not-a-notebook databricks.yml:2:77 `src/plain.py` is a file, not a notebook (a notebook begins with a line such as `-- Databricks notebook source`)"
        ]
    );
    let near = "(did you mean `src/n.py`?)";
    assert_eq!(of("src/n"), [format!("missing-file databricks.yml:2:77 no file is `src/n` {near}")]);
    assert_eq!(of("src/n.sql"), [format!("missing-file databricks.yml:2:77 no notebook is `src/n.sql` {near}")]);
}

#[test]
fn what_is_not_uploaded_is_told_from_what_is_not_there() {
    let project = one_task("notebook_task: {notebook_path: src/n.py}");
    project.write("databricks.yml", "bundle: {name: c}\nsync: {exclude: [src/n.py]}\nresources: {jobs: {j: {tasks: [{task_key: a, notebook_task: {notebook_path: src/n.py}}]}}}\n");
    assert_eq!(
        refused(&project),
        [
            "missing-file databricks.yml:3:77 `src/n.py` is not uploaded (`.gitignore`, `sync.exclude` or `sync.paths` excludes it)"
        ]
    );
    project.write("inner/databricks.yml", "bundle: {name: c}\nresources: {jobs: {j: {tasks: [{task_key: a, notebook_task: {notebook_path: ../src/n.py}}]}}}\n");
    let out = project.piq(&["-C", "inner", "validate", "-o", "json"]);
    assert!(
        found(&out)[0]
            .ends_with("`../src/n.py` is not uploaded (it is outside the bundle: add its folder to `sync.paths`)"),
        "{:?}",
        found(&out)
    );
}

#[test]
fn two_things_for_one_place_are_refused() {
    let project = project("");
    project.write("src/n.sql", "-- Databricks notebook source\nSELECT 1\n");
    assert!(refused(&project)[0].starts_with("one-place `src/n.py` and `src/n.sql` would both be `src/n`"));
    std::fs::remove_file(project.path("src/n.sql")).expect("removed");
    project.write("src/n/data.txt", "1\n");
    assert!(refused(&project)[0].starts_with(
        "one-place `src/n.py` would be `src/n` in the workspace, and so would the folder of `src/n/data.txt`"
    ));
}

#[test]
fn a_dashboard_must_be_one() {
    let resources = "resources: {dashboards: {d: {display_name: D, warehouse_id: w, file_path: d.lvdash.json}}}\n";
    let project = project(resources);
    for (content, at) in
        [("{\"pages\": [", "d.lvdash.json"), ("[1]", "d.lvdash.json:1:1"), ("{\"a\": 1}", "databricks.yml:2:75")]
    {
        project.write("d.lvdash.json", content);
        let found = refused(&project);
        assert!(found[0].starts_with("dashboard-") && found[0].contains(at), "{content}: {found:?}");
    }
    project.write("d.lvdash.json", "{\"pages\": []}");
    valid(&project, &[]);
}

#[test]
fn values_that_the_api_refuses_are_refused() {
    let cases = [
        ("resources: {sql_warehouses: {w: {cluster_size: Small}}}", "missing-field", "warehouse `w` has no `name`", ""),
        (
            "resources: {jobs: {j: {schedule: {quartz_cron_expression: 0 61 6 * * ?, timezone_id: UTC}}}}",
            "bad-cron",
            "`61` does not fit minutes",
            "",
        ),
        (
            "resources: {jobs: {j: {schedule: {quartz_cron_expression: 0 0 6 * * ?, timezone_id: Europe/Berln}}}}",
            "bad-zone",
            "",
            "Europe/Berlin",
        ),
        (
            "resources: {jobs: {j: {permissions: [{user_name: a@example.com, level: CAN VIEW}]}}}",
            "bad-value",
            "`level` cannot be `CAN VIEW`",
            "CAN_VIEW",
        ),
        ("resources: {jobs: {j: {max_concurrent_runs: 5000}}}", "too-large", "between 0 and 1000", ""),
        (
            "resources: {jobs: {j: {tasks: [{task_key: a, job_cluster_key: k, notebook_task: {notebook_path: src/n.py}}]}}}",
            "unknown-key-reference",
            "`k` is not among the `job_clusters`",
            "",
        ),
        (
            "resources: {jobs: {j: {tasks: [{task_key: a, environment_key: k, spark_python_task: {python_file: src/plain.py}}]}}}",
            "unknown-key-reference",
            "`k` is not among the `environments`",
            "",
        ),
        (
            "resources: {jobs: {j: {tasks: [{task_key: a, depends_on: [{task_key: b}], notebook_task: {notebook_path: src/n.py}}]}}}",
            "unknown-task",
            "depends on `b`",
            "",
        ),
        (
            "resources: {jobs: {j: {tasks: [{task_key: a, for_each_task: {inputs: [1, 2], task: {task_key: b, notebook_task: {notebook_path: src/n.py}}}}]}}}",
            "wrong-type",
            "expected a text for `inputs`, found a list",
            "`inputs: '[1,2]'`",
        ),
        (
            "resources: {jobs: {j: {tasks: [{task_key: a, run_if: ALL_SUCESS, notebook_task: {notebook_path: src/n.py}}]}}}",
            "bad-value",
            "",
            "ALL_SUCCESS",
        ),
        ("resources: {jobs: {j: {tasks: [{task_key: a}]}}}", "task-type", "has no action", ""),
        ("variables: {piq_override: {default: no-runas}}", "unknown-check", "unknown check `no-runas`", "no-run-as"),
    ];
    for (resources, code, message, hint) in cases {
        let found = refused(&project(&format!("{resources}\n")));
        let [one] = found.as_slice() else { panic!("{resources}: {found:?}") };
        assert!(
            one.starts_with(&format!("{code} databricks.yml:2:")) && one.contains(message) && one.contains(hint),
            "{resources}: {one}"
        );
    }
}

#[test]
fn strict_takes_warnings_for_errors() {
    let project = project("sync: {exclude: ['nothing/**']}\n");
    let (_, said) = valid(&project, &[]);
    assert!(said.contains("`nothing/**` under `sync.exclude` matches no file"), "{said}");
    let out = project.piq(&["validate", "--strict"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("error[no-match]"), "{}", text(&out.stderr));
    project.write("databricks.yml", "bundle: {name: c}\n");
    assert_eq!(project.piq(&["validate", "--strict"]).status.code(), Some(0));
}

#[test]
fn the_resolved_bundle_is_printed_with_the_places_of_its_values() {
    let project = project(
        "variables: {who: {default: night}}\ntargets: {dev: {mode: development, workspace: {root_path: \"~/c\"}}}\nresources:\n  jobs:\n    j:\n      name: ${var.who}\n      tasks:\n        \
         - {task_key: a, notebook_task: {notebook_path: src/n.py}}\n",
    );
    let (all, _) = valid(&project, &["--include-locations"]);
    let root = "/Workspace/Users/${workspace.current_user.userName}/c";
    assert_eq!(all["bundle"]["target"], "dev");
    assert_eq!(all["workspace"]["file_path"], format!("{root}/files"));
    assert_eq!(all["variables"]["who"]["value"], "night");
    assert_eq!(all["presets"]["jobs_max_concurrent_runs"], 4);
    let job = &all["resources"]["jobs"]["j"];
    assert_eq!(job["name"], "[dev ${workspace.current_user.short_name}] night");
    assert_eq!(job["tasks"][0]["notebook_task"]["notebook_path"], format!("{root}/files/src/n"));
    assert_eq!(job["max_concurrent_runs"], 4);
    assert_eq!(job["deployment"]["metadata_file_path"], format!("{root}/state/metadata.json"));
    assert_eq!(job["tags"], json!({"dev": "${workspace.current_user.short_name}"}), "no tags of ours");
    let places = &all["__locations"];
    assert_eq!(places["files"][0], "databricks.yml");
    assert_eq!(places["locations"]["resources.jobs.j.tasks[0].notebook_task.notebook_path"], json!([[0, 9, 56]]));
    assert_eq!(places["locations"]["resources.jobs.j.name"], json!([[0, 7, 13]]), "where it is used");
    let out = Project::empty();
    out.write("databricks.yml", "bundle: {name: c}\ntargets: {a: {}, b: {}}\n");
    let many = out.piq(&["validate", "-o", "json"]);
    assert!(text(&many.stderr).contains("that of one target"), "{}", text(&many.stderr));
}

#[test]
fn what_a_deploy_would_refuse_of_the_mode_is_said_offline() {
    let target = |more: &str| {
        format!(
            "variables: {{piq_override: {{default: ''}}}}\ntargets: {{prod: {{mode: production, workspace: {{root_path: /Workspace/Users/ada@example.com/.bundle/c}}{more}}}}}\nresources: {{jobs: {{j: {{tasks: [{{task_key: a, notebook_task: {{notebook_path: src/n.py}}}}]}}}}}}\n"
        )
    };
    let (_, said) = valid(&project(&target("")), &[]);
    assert!(
        said.contains("note for target prod: a person cannot deploy this target") && said.contains("`no-run-as`"),
        "{said}"
    );
    assert!(said.contains("its owner cannot deploy this target") && said.contains("`personal-path`"), "{said}");
    let (_, said) = valid(&project(&target(", variables: {piq_override: 'no-run-as, personal-path'}")), &[]);
    assert!(!said.contains("note"), "{said}");
}

#[test]
fn an_artifact_says_what_it_lacks() {
    for (artifact, expected) in [
        ("{files: [{}]}", "empty-artifact databricks.yml:2:13 `files` of artifact `a` name no `source`"),
        ("{type: jar}", "empty-artifact databricks.yml:2:13 artifact `a` has neither `build` nor `files`"),
        (
            "{build: 'true', files: [{source: 'dist/[a.whl'}]}",
            "bad-pattern databricks.yml:2:49 cannot read the pattern",
        ),
    ] {
        let found = refused(&project(&format!("artifacts: {{a: {artifact}}}\n")));
        assert!(found[0].starts_with(expected), "{artifact}: {found:?}");
    }
    // a word of YAML that is a command too
    valid(&project("artifacts: {a: {build: true, files: [{source: src/n.py}]}}\n"), &[]);
}

#[test]
fn the_resolved_bundle_has_the_permissions_of_all() {
    let (resolved, said) = valid(
        &project(
            "permissions: [{level: CAN_RUN, user_name: a@example.com}, {level: CAN_VIEW, group_name: g}]\nresources:\n  jobs:\n    \
             j: {permissions: [{level: CAN_VIEW, user_name: a@example.com}], tasks: []}\n    k: {name: k, tasks: []}\n",
        ),
        &[],
    );
    let jobs = &resolved["resources"]["jobs"];
    let group = json!({"level": "CAN_VIEW", "group_name": "g"});
    assert_eq!(jobs["j"]["permissions"], json!([{"level": "CAN_VIEW", "user_name": "a@example.com"}, group]));
    assert_eq!(jobs["k"]["permissions"], json!([{"level": "CAN_MANAGE_RUN", "user_name": "a@example.com"}, group]));
    assert!(said.contains("permission-twice"), "{said}");
}
