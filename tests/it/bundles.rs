//! Bundles as people write them for the official CLI: each loads, and what is rendered of it is again such a bundle.

use std::path::{Path, PathBuf};
use std::process::Output;

use piq_bundle::{LoadOptions, parse};
use piq_diagnostics::Source;
use piq_diagnostics::env::Env;
use serde_json::Value;

use super::kit::{self, Project};

/// The official JSON schema, where it is at hand.
fn schema() -> Option<jsonschema::Validator> {
    let text = std::fs::read_to_string(piq_testing::shared("data/bundle.schema.json")?).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    assert!(!schema.is_valid(&serde_json::json!({"bundle": {"nam": "x"}})), "the schema refuses what is wrong");
    Some(schema)
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bundles");
    let mut all: Vec<PathBuf> = folder.read_dir().expect("fixtures").map(|e| e.expect("entry").path()).collect();
    all.sort();
    assert!(all.len() >= 13, "{all:?}");
    all
}

fn piq(dir: &Path, args: &[&str]) -> Output {
    kit::piq(dir, args).output().expect("piq starts")
}

fn done(dir: &Path, args: &[&str]) -> Output {
    let out = piq(dir, args);
    let error = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(0), "piq -C {} {}\n{error}", dir.display(), args.join(" "));
    out
}

/// Names of the targets of a bundle; `default` stands for none.
fn targets(dir: &Path) -> Vec<String> {
    let options = LoadOptions { start: dir, target: None, vars: &[], env: &Env::default() };
    let (names, _) = piq_bundle::targets(&options).expect("loads");
    if names.is_empty() { vec!["default".to_owned()] } else { names }
}

fn conforms(schema: &jsonschema::Validator, file: &Path) {
    let text = std::fs::read_to_string(file).expect("rendered");
    let value = parse(&Source::new("databricks.yml", text)).expect("YAML").root.to_json();
    let faults: Vec<String> =
        schema.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).take(5).collect();
    assert!(faults.is_empty(), "{} is not by the schema:\n{}", file.display(), faults.join("\n"));
}

/// The resources of a target as `validate` resolves them; where the file of a dashboard lies may differ.
fn resources(dir: &Path, target: &str) -> Value {
    let out = done(dir, &["validate", "-t", target, "-o", "json"]);
    let mut result: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    for dashboard in result["resources"]["dashboards"].as_object_mut().into_iter().flat_map(|m| m.values_mut()) {
        dashboard.as_object_mut().expect("a map").shift_remove("file_path");
    }
    result["resources"].take()
}

#[test]
fn bundles_of_the_official_cli_load_and_render_to_bundles_of_the_official_cli() {
    let schema = schema();
    let dir = tempfile::tempdir().expect("folder");
    for fixture in fixtures() {
        let name = fixture.file_name().expect("name").to_string_lossy().into_owned();
        for target in targets(&fixture) {
            let out = dir.path().join(format!("{name}-{target}"));
            let shown = out.display().to_string();
            done(&fixture, &["render", "-t", &target, "-o", &shown]);
            if let Some(schema) = &schema {
                conforms(schema, &out.join("databricks.yml"));
            }
            assert_eq!(resources(&out, &target), resources(&fixture, &target), "{name} {target}");
            // what is rendered renders to itself
            let again = dir.path().join(format!("{name}-{target}-again"));
            done(&out, &["render", "-t", &target, "-o", &again.display().to_string()]);
            let read = |folder: &Path| std::fs::read_to_string(folder.join("databricks.yml")).expect("rendered");
            assert_eq!(read(&out), read(&again), "{name} {target}");
        }
    }
}

#[test]
fn the_rendered_folder_holds_the_files_and_names_them_from_there() {
    let dir = tempfile::tempdir().expect("folder");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bundles/overrides");
    let out = dir.path().join("out");
    done(&fixture, &["render", "-t", "prod", "-o", &out.display().to_string()]);
    assert!(out.join("src/pick.py").is_file() && out.join("src/press.py").is_file());
    assert!(!out.join("jobs").exists(), "the sources of the bundle have become one file");
    let text = std::fs::read_to_string(out.join("databricks.yml")).expect("rendered");
    let root = parse(&Source::new("databricks.yml", text)).expect("YAML").root;
    let task =
        |i: usize, field: &str| root.str_at(&format!("resources.jobs.pick.tasks.{i}.{field}")).map(str::to_owned);
    assert_eq!(task(0, "notebook_task.notebook_path").as_deref(), Some("./src/pick.py"));
    assert_eq!(task(1, "spark_python_task.python_file").as_deref(), Some("./src/press.py"));
    assert_eq!(root.str_at("targets.prod.workspace.artifact_path"), Some("/Volumes/orchard/default/artifacts"));
    assert_eq!(root.str_at("bundle.git.branch"), Some("main"));
    assert_eq!(root.get("targets.prod.permissions").and_then(|p| p.as_list()).map(<[_]>::len), Some(3));
}

/// The rendered bundle of a fixture.
fn rendered(fixture: &str, target: &str) -> (piq_bundle::TreeNode, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("folder");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bundles").join(fixture);
    let out = dir.path().join("out");
    done(&fixture, &["render", "-t", target, "-o", &out.display().to_string()]);
    let text = std::fs::read_to_string(out.join("databricks.yml")).expect("rendered");
    (parse(&Source::new("databricks.yml", text)).expect("YAML").root, dir)
}

#[test]
fn artifacts_libraries_and_requirements_are_named_from_the_rendered_folder() {
    let (root, dir) = rendered("wheels", "prod");
    let json = |path: &str| root.get(path).map(piq_bundle::TreeNode::to_json).expect("there");
    assert_eq!(json("artifacts.kelp.path"), "./packages/kelp");
    assert_eq!(json("artifacts.tide_tables.files.0.source"), "./out/tide-*.jar");
    let libraries = serde_json::json!([
        {"whl": "./packages/kelp/dist/*.whl"}, {"jar": "./out/tide-tables-7.jar"}, {"whl": "kelp-helpers"},
        {"pypi": {"package": "pandas"}}, {"whl": "/Volumes/main/default/wheels/other-1.0-py3-none-any.whl"},
        {"requirements": "./conf/requirements.txt"},
    ]);
    assert_eq!(json("resources.jobs.harvest.tasks.0.libraries"), libraries);
    let packages =
        serde_json::json!(["./packages/kelp/dist/*.whl[tides]", "-r ./conf/requirements.txt", "pyarrow>=15,<20"]);
    assert_eq!(json("resources.jobs.harvest.environments.0.spec.dependencies"), packages);
    let dbt = json("resources.jobs.harvest.tasks.2.dbt_task");
    assert_eq!((&dbt["project_directory"], &dbt["profiles_directory"]), (&"./src".into(), &"profiles/".into()));
    // what is no template of piq's stays as it is, byte by byte
    for file in ["src/models/harvest.sql", "src/profiles/profiles.yml"] {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bundles/wheels").join(file);
        let read = |path: &Path| std::fs::read(path).expect("there");
        assert_eq!(read(&dir.path().join("out").join(file)), read(&fixture), "{file}");
    }
}

#[test]
fn variables_need_no_type_and_names_may_be_made_from_names() {
    let (root, _dir) = rendered("short_variables", "autumn");
    let job = |path: &str| root.get(&format!("resources.jobs.light_up.{path}")).map(piq_bundle::TreeNode::to_json);
    assert_eq!(job("parameters.0.default"), Some(serde_json::json!("400")));
    assert_eq!(job("parameters.1.default"), Some(serde_json::json!("$${HOME}/$${date[0..9]} costs $5")));
    assert_eq!(job("email_notifications.on_failure"), Some(serde_json::json!(["mika@example.com"])));
    assert_eq!(job("tasks.0.new_cluster.spark_conf"), Some(serde_json::json!({"spark.speculation": "true"})));
}

#[test]
fn every_target_of_the_project_renders_by_the_schema() {
    let Some(schema) = schema() else { return };
    let project = Project::new();
    for target in ["local", "dev", "prod"] {
        let out = project.piq(&["render", "-t", target, "-o", target]);
        assert_eq!(out.status.code(), Some(0), "{target}: {}", String::from_utf8_lossy(&out.stderr));
        conforms(&schema, &project.path(target).join("databricks.yml"));
    }
}

#[test]
fn a_kind_of_one_target_does_not_hold_up_the_others() {
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/other_targets");
    done(&bundle, &["validate", "-t", "prod"]);
    let refused = piq(&bundle, &["validate", "-t", "lab"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("piq does not deploy `clusters`"));
}

#[test]
fn resources_of_other_kinds_are_refused_and_rendered() {
    let dir = tempfile::tempdir().expect("folder");
    let text = "bundle: {name: mixed}\nresources:\n  pipelines:\n    live:\n      name: live\n      serverless: true\n      \
        catalog: main\n      libraries: [{notebook: {path: ./live.py}}]\n  jobs:\n    j:\n      name: j\n      tasks:\n        \
        - {task_key: t, pipeline_task: {pipeline_id: '${resources.pipelines.live.id}'}}\n";
    std::fs::create_dir(dir.path().join("b")).expect("folder");
    std::fs::write(dir.path().join("b/databricks.yml"), text).expect("file");
    std::fs::write(dir.path().join("b/live.py"), "# Databricks notebook source\n").expect("file");
    let bundle = dir.path().join("b");
    let refused = piq(&bundle, &["validate"]);
    assert_eq!(refused.status.code(), Some(1));
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(error.contains("piq does not deploy `pipelines`") && error.contains("official CLI"), "{error}");
    let out = dir.path().join("out");
    done(&bundle, &["render", "-o", &out.display().to_string()]);
    let rendered = std::fs::read_to_string(out.join("databricks.yml")).expect("rendered");
    let root = parse(&Source::new("databricks.yml", rendered)).expect("YAML").root;
    assert_eq!(root.str_at("resources.pipelines.live.libraries.0.notebook.path"), Some("./live.py"));
    assert!(out.join("live.py").is_file());
    if let Some(schema) = schema() {
        conforms(&schema, &out.join("databricks.yml"));
    }
}

#[test]
fn what_piq_does_not_deploy_is_passed_on_whole() {
    let dir = tempfile::tempdir().expect("folder");
    let bundle = dir.path().join("b");
    let write = |path: &str, text: &str| {
        let path = bundle.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        std::fs::write(path, text).expect("file");
    };
    write("databricks.yml", "bundle: {name: mixed}\ninclude: [conf/*.yml]\n");
    let kinds = "resources:\n  pipelines:\n    live:\n      name: live\n      root_path: ../flow\n      libraries: [{glob: {include: '../flow/**'}}, {file: {path: ../flow/a.sql}}]\n      environment: {dependencies: [../dist/t-1-py3-none-any.whl, '-r ../flow/requirements.txt']}\n  \
        apps: {shop: {name: shop, source_code_path: ../shop}}\n  alerts: {high: {display_name: high, warehouse_id: w, file_path: ../high.dbalert.json}}\n  \
        jobs: {j: {tasks: [{task_key: t, existing_cluster_id: c, python_wheel_task: {package_name: t, entry_point: e}, libraries: [{whl: ../dist/t-1-py3-none-any.whl}]}]}}\n";
    write("conf/all.yml", kinds);
    write(".gitignore", "dist/\n");
    for file in ["flow/a.sql", "flow/requirements.txt", "shop/app.py", "high.dbalert.json", "dist/t-1-py3-none-any.whl"]
    {
        write(file, "x\n");
    }
    let out = dir.path().join("out");
    done(&bundle, &["render", "-o", &out.display().to_string()]);
    let text = std::fs::read_to_string(out.join("databricks.yml")).expect("rendered");
    let root = parse(&Source::new("databricks.yml", text)).expect("YAML").root;
    for (path, value) in [
        ("pipelines.live.root_path", "./flow"),
        ("pipelines.live.libraries.0.glob.include", "./flow/**"),
        ("pipelines.live.libraries.1.file.path", "./flow/a.sql"),
        ("pipelines.live.environment.dependencies.0", "./dist/t-1-py3-none-any.whl"),
        ("pipelines.live.environment.dependencies.1", "-r ./flow/requirements.txt"),
        ("apps.shop.source_code_path", "./shop"),
        ("alerts.high.file_path", "./high.dbalert.json"),
    ] {
        assert_eq!(root.str_at(&format!("resources.{path}")), Some(value), "{path}");
    }
    for file in ["flow/a.sql", "shop/app.py", "high.dbalert.json", "dist/t-1-py3-none-any.whl"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    write("conf/secret.yml", "resources: {secrets: {token: {scope: s, string_value: HIDDEN}}}\n");
    let refused = piq(&bundle, &["render", "-o", &dir.path().join("more").display().to_string()]);
    assert_eq!(refused.status.code(), Some(1));
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(error.contains("error[secret-value]") && !dir.path().join("more").exists(), "{error}");
}
