use super::super::{Mode, ResourceKind};
use super::bundle;

const BASE: &str = "
bundle: {name: shop}
variables:
  catalog: {default: dev_catalog}
  schema: {description: where, default: '${var.catalog}_s'}
  retries: {default: 2}
  cluster:
    type: complex
    default: {num_workers: 1, spark_conf: {a: '${var.catalog}'}}
targets:
  dev:
    default: true
    mode: development
  prod:
    mode: production
    workspace: {host: 'https://example.com/', root_path: '/Workspace/shop/${bundle.target}'}
    variables:
      catalog: prod_catalog
      cluster: {num_workers: 5}
    resources:
      jobs:
        main:
          tasks:
            - {task_key: a, max_retries: 3}
resources:
  jobs:
    main:
      name: main ${var.schema}
      max_concurrent_runs: ${var.retries}
      parameters: [{name: catalog, default: '${var.catalog}'}]
      job_clusters: [{job_cluster_key: c, new_cluster: '${var.cluster}'}]
      tasks:
        - task_key: a
          notebook_task: {notebook_path: ./a.sql, source: WORKSPACE}
        - task_key: b
          depends_on: [{task_key: a}]
          run_job_task: {job_id: '${resources.jobs.other.id}'}
    other:
      tasks: [{task_key: x, notebook_task: {notebook_path: '${workspace.file_path}/x'}}]
";

#[test]
fn the_default_target_is_merged_and_resolved() {
    let p = bundle(BASE).ok();
    assert_eq!((p.name.as_str(), p.target.as_str(), p.mode), ("shop", "dev", Some(Mode::Development)));
    let job = &p.resource(ResourceKind::Job, "main").expect("job").spec;
    assert_eq!(job.str_at("name"), Some("main dev_catalog_s"));
    assert_eq!(job.get("max_concurrent_runs").and_then(|n| n.as_i64()), Some(2));
    assert_eq!(
        job.get("job_clusters.0.new_cluster").expect("map").to_json().to_string(),
        r#"{"num_workers":1,"spark_conf":{"a":"dev_catalog"}}"#
    );
    assert_eq!(job.str_at("tasks.1.run_job_task.job_id"), Some("${resources.jobs.other.id}"));
}

#[test]
fn a_target_overrides_by_key() {
    let p = bundle(BASE).target("prod").ok();
    let job = &p.resource(ResourceKind::Job, "main").expect("job").spec;
    assert_eq!(job.str_at("name"), Some("main prod_catalog_s"));
    assert_eq!(job.get("job_clusters.0.new_cluster").expect("map").to_json().to_string(), r#"{"num_workers":5}"#);
    assert_eq!(job.get("tasks.0.max_retries").and_then(|n| n.as_i64()), Some(3));
    assert_eq!(job.get("tasks").and_then(|n| n.as_list()).map(<[_]>::len), Some(2));
    assert_eq!(p.workspace.host.as_deref(), Some("https://example.com"));
    assert_eq!(p.workspace.state_path, "/Workspace/shop/prod/state");
}

#[test]
fn values_come_from_the_strongest_source() {
    let file = ".databricks/bundle/dev/variable-overrides.json";
    let name = |b: &super::Bundle| b.ok().variables["catalog"].as_str().map(str::to_owned);
    assert_eq!(name(&bundle(BASE)).as_deref(), Some("dev_catalog"));
    let b = bundle(BASE).file(file, "{\"catalog\": \"from_file\"}");
    assert_eq!(name(&b).as_deref(), Some("from_file"));
    let b = b.env("BUNDLE_VAR_catalog", "from_env");
    assert_eq!(name(&b).as_deref(), Some("from_env"));
    let b = b.var("catalog=from=flag");
    assert_eq!(name(&b).as_deref(), Some("from=flag"));
    assert_eq!(bundle(BASE).var("retries=7").ok().variables["retries"].as_i64(), Some(7));
}

#[test]
fn who_deploys_is_filled_in_later() {
    let p = bundle(BASE).ok();
    assert!(p.workspace.root_path.contains("${workspace.current_user.userName}"));
    let p = bundle(BASE).deployed_by("ada.b@example.com");
    assert_eq!(p.workspace.root_path, "/Workspace/Users/ada.b@example.com/.bundle/shop/dev");
    let other = &p.resource(ResourceKind::Job, "other").expect("job").spec;
    assert_eq!(
        other.str_at("tasks.0.notebook_task.notebook_path"),
        Some("/Workspace/Users/ada.b@example.com/.bundle/shop/dev/files/x")
    );
}

#[test]
fn included_files_keep_their_folder() {
    let b = bundle("bundle: {name: b}\ninclude: ['resources/**/*.yml']\n")
        .file("resources/jobs/j.yml", "resources:\n  jobs:\n    j: {tasks: []}\n");
    let p = b.ok();
    assert_eq!(p.resources[0].defined_in, b.path().join("resources/jobs"));
    assert_eq!(p.dir_of(&p.resources[0].spec), b.path().join("resources/jobs"));
}

#[test]
fn lookups_stay_pending() {
    let b = bundle(
        "bundle: {name: b}\nvariables:\n  wh: {lookup: {warehouse: Main}}\nresources:\n  dashboards:\n    d: {display_name: D, warehouse_id: '${var.wh}'}\n",
    );
    let p = b.ok();
    assert_eq!((p.lookups[0].variable.as_str(), p.lookups[0].kind.as_str()), ("wh", "warehouse"));
    let p = b.looked_up("wh", "abc");
    assert_eq!(p.resources[0].spec.str_at("warehouse_id"), Some("abc"));
}
