//! Parts of the dialect beside resources: facts of the repository, clusters, sections that piq does not act on.

use super::super::ResourceKind;
use super::bundle;

fn warnings(p: &super::TargetBundle) -> Vec<&'static str> {
    p.warnings.iter().map(|w| w.code).collect()
}

#[test]
fn facts_of_the_repository_fill_references_and_not_the_branch_of_production() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let root = "bundle: {name: b}\nresources:\n  jobs:\n    j: {name: '${bundle.git.branch} ${bundle.git.commit}', tasks: []}\n";
    let b = bundle(root).file(".git/HEAD", "ref: refs/heads/topic\n").file(".git/refs/heads/topic", commit);
    let p = b.ok();
    assert_eq!(p.resources[0].spec.str_at("name"), Some(format!("topic {commit}").as_str()));
    assert_eq!((p.git.branch.as_deref(), p.git_branch), (Some("topic"), None));

    let written = "bundle: {name: b, git: {branch: main}}\nresources:\n  jobs:\n    j: {name: '${bundle.git.branch}', tasks: []}\n";
    let p = bundle(written).file(".git/HEAD", "ref: refs/heads/topic\n").ok();
    assert_eq!(p.resources[0].spec.str_at("name"), Some("main"));
    assert_eq!((p.git.branch.as_deref(), p.git_branch.as_deref()), (Some("topic"), Some("main")));
}

#[test]
fn the_environment_chooses_the_target_and_the_flag_comes_first() {
    let root = "bundle: {name: b}\ntargets: {dev: {default: true}, prod: {}}\n";
    assert_eq!(bundle(root).ok().target, "dev");
    assert_eq!(bundle(root).env("DATABRICKS_BUNDLE_TARGET", "prod").ok().target, "prod");
    assert_eq!(bundle(root).env("DATABRICKS_BUNDLE_ENV", "prod").ok().target, "prod");
    assert_eq!(bundle(root).env("DATABRICKS_BUNDLE_TARGET", "prod").target("dev").ok().target, "dev");
}

#[test]
fn a_cluster_of_the_target_replaces_those_of_the_tasks() {
    let root = "
bundle: {name: b}
targets: {dev: {mode: development, cluster_id: c-1}}
resources:
  jobs:
    j:
      job_clusters: [{job_cluster_key: k, new_cluster: {spark_version: x}}]
      tasks:
        - {task_key: a, job_cluster_key: k, notebook_task: {notebook_path: /n}}
        - {task_key: b, notebook_task: {notebook_path: /n}}
        - task_key: c
          for_each_task: {inputs: '[1]', task: {task_key: d, existing_cluster_id: other, notebook_task: {notebook_path: /n}}}
";
    let p = bundle(root).deployed();
    let job = &p.resource(ResourceKind::Job, "j").expect("job").spec;
    assert_eq!(job.str_at("tasks.0.existing_cluster_id"), Some("c-1"));
    assert!(job.get("tasks.0.job_cluster_key").is_none());
    assert!(job.get("tasks.1.existing_cluster_id").is_none(), "a serverless task stays serverless");
    assert_eq!(job.str_at("tasks.2.for_each_task.task.existing_cluster_id"), Some("c-1"));
}

#[test]
fn what_would_not_happen_is_said() {
    let root = "
bundle: {name: b, deployment: {lock: {enabled: false}, fail_on_active_runs: true}}
experimental: {scripts: {prebuild: make, predploy: make}, python_wheel_wrapper: true, use_legacy_run_as: true}
scripts: {hello: {content: echo hello}}
";
    let p = bundle(root).ok();
    assert_eq!(warnings(&p), ["not-run", "no-effect", "no-effect", "no-effect"]);
    assert_eq!(warnings(&bundle("bundle: {name: b}\npython: {resources: [], venv_path: .venv}\n").ok()), [""; 0]);
}

#[test]
fn scripts_are_checked() {
    let root = "
bundle: {name: b}
scripts:
  load: {content: 'echo ${var.x}'}
  empty: {content: ''}
  none: {env: {A: b}}
  env: {content: 'echo ${HOME} $A', env: {A: '${resources.jobs.load.id}'}}
";
    assert_eq!(
        bundle(root).faults(),
        [
            "bad-reference databricks.yml:4:25 ${var.x}",
            "missing-field databricks.yml:5:20 ''",
            "missing-field databricks.yml:6:10 env",
            "bad-reference databricks.yml:7:47 ${resources.jobs.load.id}",
        ]
    );
    let root = "
bundle: {name: b}
variables: {x: {default: 7}}
resources: {jobs: {load: {tasks: []}}}
scripts: {load: {content: 'true'}, good: {content: 'true', env: {A: 'a${var.x}'}}}
";
    assert_eq!(bundle(root).faults(), ["duplicate-resource databricks.yml:5:11 load"]);
    let p = bundle(&root.replace("load: {content: 'true'}, ", "")).ok();
    assert_eq!(p.scripts[0].env[0].1.as_str(), Some("a7"));
}

#[test]
fn python_is_looked_for_only_where_functions_are_named() {
    let python = "bundle: {name: b}\npython: {resources: ['mine:load']}\n";
    assert_eq!(bundle(python).faults(), ["python-missing databricks.yml:2:9 {"]);
    let both = "bundle: {name: b}\npython: {venv_path: a}\nexperimental: {python: {mutators: ['mine:change']}}\n";
    assert_eq!(bundle(both).faults(), ["exclusive-fields databricks.yml:3:24 {"]);
    let bad = "bundle: {name: b}\npython: {mutators: ['mine', 'a:b']}\n";
    assert_eq!(bundle(bad).faults(), ["bad-value databricks.yml:2:21 'mine'"]);
}

#[test]
fn sections_take_their_types_and_are_checked() {
    let root = "bundle: {name: b}\nworkspace: {workspace_id: 12345}\npresets: {tags: {cost: 7}, jobs_max_concurrent_runs: '3'}\n";
    let p = bundle(root).ok();
    assert_eq!(p.workspace.extra["workspace_id"], "12345");
    assert_eq!((p.presets.tags["cost"].as_str(), p.presets.jobs_max_concurrent_runs), ("7", Some(3)));
    let bad = "bundle: {name: b}\npresets: {trigger_pause_status: STOPPED}\npermissions: [{level: CAN_VIEW}]\n";
    assert_eq!(
        bundle(bad).faults(),
        ["bad-value databricks.yml:2:33 STOPPED", "missing-field databricks.yml:3:16 level"]
    );
}

#[test]
fn a_looked_up_number_becomes_one() {
    let root = "
bundle: {name: b}
variables: {up: {lookup: {job: upstream}}}
resources:
  jobs:
    j: {tasks: [{task_key: a, run_job_task: {job_id: '${var.up}'}}]}
";
    let p = bundle(root).looked_up("up", "77");
    assert_eq!(p.resources[0].spec.get("tasks.0.run_job_task.job_id").and_then(|n| n.as_i64()), Some(77));
}

#[test]
fn a_value_by_reference_is_checked_like_a_written_one() {
    let root = "
bundle: {name: b}
variables:
  cluster: {type: complex, default: {num_wrkers: 1}}
  runs: {default: many}
resources:
  jobs:
    j:
      max_concurrent_runs: ${var.runs}
      job_clusters: [{job_cluster_key: k, new_cluster: '${var.cluster}'}]
      tasks: []
";
    assert_eq!(
        bundle(root).faults(),
        ["unknown-key databricks.yml:4:38 num_wrkers", "wrong-type databricks.yml:9:28 ${var.runs}"]
    );
}

#[test]
fn the_mode_of_another_target_is_a_warning() {
    let root = "bundle: {name: b}\ntargets: {dev: {default: true}, odd: {mode: develop}}\n";
    let p = bundle(root).ok();
    assert_eq!(warnings(&p), ["bad-value"]);
    assert_eq!(bundle(root).target("odd").faults(), ["bad-value databricks.yml:2:45 develop"]);
}

#[test]
fn files_that_the_official_cli_does_not_include_are_named() {
    let said = |include: &str| -> Vec<String> {
        let mut b = bundle(&format!("bundle: {{name: b}}\ninclude: [{include}]\n"));
        for file in ["r/top.yml", "r/a/mid.yml", "r/a/b/low.yml", "r/c/low.yml"] {
            b = b.file(file, "{}");
        }
        let p = b.ok();
        p.warnings.iter().map(|w| format!("{} {}", w.code, w.message)).collect()
    };
    let all = "the official CLI does not read all that `r/**/*.yml` names";
    assert_eq!(said("r/**/*.yml"), [format!("include-depth {all}: `r/a/b/low.yml`, `r/top.yml`")]);
    assert_eq!(said("r/*.yml, r/**/*.yml"), [format!("include-depth {all}: `r/a/b/low.yml`")]);
    assert_eq!(said("r/**/*.yml, ./r/*/b/*.yml, r/top.yml"), Vec::<String>::new());
    assert_eq!(said("r/a/b/**.yml, r/a/**/*.yml").len(), 1, "`mid.yml` alone");
    let mut b = bundle("bundle: {name: b}\ninclude: ['**/*.yml']\n");
    for i in 0..8 {
        b = b.file(&format!("r/s/{i}.yml"), "{}");
    }
    assert!(b.ok().warnings[0].message.ends_with("`r/s/4.yml` and 3 more"));
}

#[test]
fn a_kind_that_piq_does_not_know_is_passed_on_by_render_alone() {
    use super::super::load_to_render;
    let root = "bundle: {name: b}\nresources: {grants: {g: {name: x}}}\n";
    let b = bundle(root);
    assert_eq!(b.faults(), ["unknown-key databricks.yml:2:13 grants"]);
    let vars = Vec::new();
    let env = piq_diagnostics::env::Env::default();
    let options = |b: &super::Bundle| {
        let start = b.path().to_owned();
        load_to_render(&super::LoadOptions { start: &start, target: None, vars: &vars, env: &env })
    };
    let p = options(&b).expect("handed on");
    assert_eq!(warnings(&p), ["unknown-key"]);
    assert_eq!(p.other_resources["grants"].to_json().to_string(), r#"{"g":{"name":"x"}}"#);
    let slip = bundle("bundle: {name: b}\nresources: {job: {g: {name: x}}}\n");
    assert_eq!(options(&slip).expect_err("a slip").0[0].code, "unknown-key");
    assert_eq!(bundle("bundle: {name: b}\nresources: {grants: {}}\n").faults().len(), 1);
}

#[test]
fn quotes_inside_of_a_setting_are_an_error() {
    let root = "bundle: {name: b}\nvariables: {c: {default: x}, d: {default: y}}\n";
    let errors = bundle(root).var("c=cli,d=\"x,y\"").load().expect_err("refused");
    assert_eq!(errors.0[0].code, "bad-variable");
    assert!(errors.0[0].hints[0].ends_with("`--var 'c=cli,\"d=x,y\"'`"), "{:?}", errors.0[0].hints);
    let p = bundle(root).var("c=cli,\"d=x,y\"").ok();
    assert_eq!((p.variables["c"].as_str(), p.variables["d"].as_str()), (Some("cli"), Some("x,y")));
}
