//! Resources that Python code makes and changes, run by the package that the official CLI uses.

use serde_json::{Value, json};

use super::rig::{Rig, counts, good, text};
use crate::kit::venv::python;

const BUNDLE: &str = "
bundle: {name: shop}
include: [resources/*.yml]
variables:
  catalog: {default: main}
  region: {default: '${var.catalog}-north'}
  wh: {lookup: {warehouse: wide}}
python:
  venv_path: ${var.catalog}-venv
  resources: ['resources:load_resources']
  mutators: ['changes:notify']
targets:
  dev: {default: true, mode: development}
  prod: {mode: production, workspace: {root_path: /Workspace/Shared/.bundle/shop/prod}}
";

const LOAD: &str = "from databricks.bundles.core import Bundle, Resources, load_resources_from_current_package_module
from databricks.bundles.jobs import Job


def load_resources(bundle: Bundle) -> Resources:
    resources = load_resources_from_current_package_module()
    for region in sorted({'south', bundle.variables['region']}):
        resources.add_job(f'count_{bundle.target}_{region.split(\"-\")[0]}', Job.from_dict({
            'name': f'count {region} ${{var.catalog}}',
            'tasks': [{'task_key': 'one', 'notebook_task': {'notebook_path': 'src/first.sql', 'warehouse_id': bundle.variables['wh']}}],
        }))
    return resources
";

const NIGHT: &str = "from databricks.bundles.jobs import Job

night = Job.from_dict({
    'name': 'night',
    'max_concurrent_runs': 2,
    'tasks': [{'task_key': 'day', 'run_job_task': {'job_id': '${resources.jobs.load.id}'}}],
})
";

const CHANGES: &str = "from dataclasses import replace
from databricks.bundles.core import Bundle, job_mutator
from databricks.bundles.jobs import Job, JobEmailNotifications, Task


@job_mutator
def notify(bundle: Bundle, job: Job) -> Job:
    first = Task.from_dict({'task_key': 'zero', 'notebook_task': {'notebook_path': './src/second.py'}})
    if job.name != 'load':
        return job
    return replace(job, tasks=[first, *job.tasks], email_notifications=JobEmailNotifications(on_failure=['a@example.com']))
";

/// A bundle whose environment has the package.
fn rig() -> Rig {
    let rig = Rig::new();
    rig.project.write("databricks.yml", BUNDLE);
    rig.project.write("resources/__init__.py", LOAD);
    rig.project.write("resources/night.py", NIGHT);
    rig.project.write("changes.py", CHANGES);
    rig.project.write(".gitignore", "main-venv/\nout/\n");
    rig.workspace.post("/api/2.0/sql/warehouses", &json!({"name": "wide", "cluster_size": "Small"}));
    let interpreter = python("bundles", "databricks-bundles==1.22.1\n");
    let environment = interpreter.parent().and_then(|bin| bin.parent()).expect("a folder");
    std::os::unix::fs::symlink(environment, rig.project.path("main-venv")).expect("linked");
    rig
}

fn job<'a>(jobs: &'a [Value], name: &str) -> &'a Value {
    let found = jobs.iter().find(|j| j["settings"]["name"] == name);
    &found.unwrap_or_else(|| panic!("no job {name} in {jobs:#?}"))["settings"]
}

fn refused(rig: &Rig, args: &[&str], parts: &[&str]) {
    let out = rig.piq(args);
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stdout));
    for part in parts {
        assert!(text(&out.stderr).contains(part), "no {part} in {}", text(&out.stderr));
    }
}

#[test]
fn python_makes_and_changes_resources_and_deploys_them() {
    let rig = rig();
    let first = rig.deploy(&[]);
    let jobs = rig.jobs();
    let files = "/Workspace/Users/dana.local@example.com/.bundle/shop/dev/files";
    let north = job(&jobs, "[dev dana_local] count main-north main");
    assert_eq!(north["tasks"][0]["notebook_task"]["notebook_path"], json!(format!("{files}/src/first")));
    assert_eq!(north["tags"]["dev"], "dana_local", "the target's mode is for all resources");
    assert!(north["tasks"][0]["notebook_task"]["warehouse_id"].as_str().is_some_and(|id| !id.contains('$')));
    job(&jobs, "[dev dana_local] count south main");
    let load = job(&jobs, "[dev dana_local] load");
    let tasks = load["tasks"].as_array().expect("tasks");
    let keys: Vec<_> = tasks.iter().map(|t| t["task_key"].as_str().expect("a key")).collect();
    assert_eq!(keys, ["zero", "first", "second"]);
    let paths: Vec<_> = tasks.iter().map(|t| t["notebook_task"]["notebook_path"].clone()).collect();
    assert_eq!(paths, ["second", "first", "second"].map(|n| json!(format!("{files}/src/{n}"))));
    assert_eq!(load["email_notifications"]["on_failure"], json!(["a@example.com"]));
    let id = jobs.iter().find(|j| j["settings"]["name"] == "[dev dana_local] load").expect("there")["job_id"].clone();
    assert_eq!(job(&jobs, "[dev dana_local] night")["tasks"][0]["run_job_task"]["job_id"], id);

    let all = counts(&first)[0];
    assert_eq!(counts(&rig.deploy(&[])), [0, 0, 0, all], "the same code makes the same resources");
    assert!(!rig.project.path("resources/__pycache__").exists(), "nothing is left in the project");
    rig.project.edit("resources/night.py", "'night',\n", "'midnight',\n");
    assert_eq!(counts(&rig.deploy(&[]))[1], 2, "the file and the job");

    let rendered = rig.piq(&["render", "-t", "dev", "-o", "out"]);
    assert_eq!(rendered.status.code(), Some(0), "{}", text(&rendered.stderr));
    let yaml = std::fs::read_to_string(rig.project.path("out/databricks.yml")).expect("rendered");
    assert!(yaml.contains("midnight") && yaml.contains("./src/second.py") && !yaml.contains("python"), "{yaml}");
}

#[test]
fn a_target_is_told_to_python() {
    let rig = rig();
    let keys = |args: &[&str]| -> Vec<String> {
        let shown = good(&rig.piq(args));
        shown["resources"]["jobs"].as_object().expect("jobs").keys().cloned().collect()
    };
    assert_eq!(keys(&["validate", "-o", "json"]), ["load", "night", "count_dev_main", "count_dev_south"]);
    let prod = keys(&["validate", "-t", "prod", "--var", "region=west-1", "-o", "json"]);
    let (start, end) = (BUNDLE.find("python:").expect("there"), BUNDLE.find("targets:").expect("there"));
    let older = format!("experimental:\n  {}", BUNDLE[start..end].trim_end().replace('\n', "\n  "));
    rig.project.write("databricks.yml", &format!("{}{older}\n{}", &BUNDLE[..start], &BUNDLE[end..]));
    assert_eq!(keys(&["validate", "-t", "dev", "-o", "json"])[2..], ["count_dev_main", "count_dev_south"]);
    assert_eq!(prod, ["load", "night", "count_prod_south", "count_prod_west"]);
}

#[test]
fn faults_stand_where_the_code_is() {
    let rig = rig();
    rig.project.edit("resources/night.py", "'max_concurrent_runs': 2", "'max_runs': 2");
    refused(&rig, &["validate"], &["error[python]", "resources/night.py:3:1", "max_runs"]);
    rig.project.edit("resources/night.py", "'max_runs': 2", "'max_concurrent_runs': 2, 'description': 7/0");
    refused(&rig, &["deploy"], &["error[python]", "ZeroDivisionError", "resources/night.py:5:"]);
    assert!(rig.jobs().is_empty());
    rig.project.write("resources/night.py", NIGHT);
    rig.project.edit("resources/night.py", "resources.jobs.load.id", "resources.jobs.lode.id");
    refused(&rig, &["validate"], &["error[unknown-reference]", "resources/night.py:3:1", "available: `load`"]);
    rig.project.write("resources/night.py", &NIGHT.replace("night =", "load ="));
    refused(
        &rig,
        &["validate"],
        &["error[duplicate-resource]", "resources/night.py:3:1", "resources/load.yml:4:5", "first defined here"],
    );
    rig.project.write("resources/night.py", NIGHT);
    rig.project.edit("changes.py", "return job\n", "raise RuntimeError('no changes on ' + bundle.target)\n");
    refused(
        &rig,
        &["plan"],
        &["Failed to apply 'notify' mutator", "no changes on dev", "changes.py:10:9", "called here"],
    );
}

#[test]
fn warnings_of_the_code_are_shown_and_stop_nothing() {
    let rig = rig();
    rig.project.edit(
        "resources/__init__.py",
        "    return resources",
        "    resources.add_diagnostic_warning('few jobs', location=None)\n    return resources",
    );
    let out = rig.piq(&["validate"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert!(text(&out.stderr).contains("warning[python]: few jobs"), "{}", text(&out.stderr));
}

#[test]
fn what_is_missing_is_named() {
    let rig = rig();
    rig.project.edit("databricks.yml", "${var.catalog}-venv", ".venv");
    refused(&rig, &["validate"], &["error[python-missing]", "databricks.yml:9:14", "python3 -m venv .venv"]);
    let plain = python("plain", "");
    let environment = plain.parent().and_then(|bin| bin.parent()).expect("a folder");
    rig.project.edit("databricks.yml", "  venv_path: .venv\n", "");
    let out = rig.command(&rig.project, &["validate"]).env("VIRTUAL_ENV", environment).output().expect("piq starts");
    assert_eq!(out.status.code(), Some(1));
    let error = text(&out.stderr);
    assert!(error.contains("has no package databricks-bundles"), "{error}");
    assert!(error.contains("bin/python3 -m pip install databricks-bundles"), "{error}");
    let out = rig.command(&rig.project, &["validate"]).env("PATH", "").output().expect("piq starts");
    assert!(text(&out.stderr).contains("cannot run python3: it is not on PATH"), "{}", text(&out.stderr));
    let mut restricted = rig.command(&rig.project, &["validate"]);
    let out = restricted.env("DATABRICKS_BUNDLE_RESTRICTED_CODE_EXECUTION", "1").output().expect("piq starts");
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("code of the bundle is not run"), "{}", text(&out.stderr));
}
