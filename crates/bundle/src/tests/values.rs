//! What a bundle's values come to: merges after resolving, references between resources, text as written.

use super::super::{CurrentUser, ResourceKind, TargetBundle, TargetFacts};
use super::bundle;

fn job(p: &TargetBundle, key: &str) -> serde_json::Value {
    p.resource(ResourceKind::Job, key).expect("job").spec.to_json()
}

/// What is wrong once the target's mode is applied, offline.
fn target_faults(text: &str) -> Vec<String> {
    let errors = match bundle(text).load() {
        Ok(p) => p.loaded.for_target(&TargetFacts::default()).expect_err("broken"),
        Err(e) => e,
    };
    errors.0.iter().map(|d| format!("{} {}", d.code, d.message)).collect()
}

#[test]
fn a_target_merges_into_what_a_variable_stands_for() {
    let text = "
bundle: {name: a1}
variables:
  k: {default: c}
  cl: {type: complex, default: {spark_version: 15.4.x-scala2.12, node_type_id: i3.xlarge, num_workers: 1}}
  ts: {type: complex, default: [{task_key: one, job_cluster_key: c, notebook_task: {notebook_path: /n}}]}
  big: {type: complex, default: {num_workers: 9, driver_node_type_id: i3.big}}
resources:
  jobs:
    a: {name: a, job_clusters: [{job_cluster_key: c, new_cluster: '${var.cl}'}], tasks: '${var.ts}'}
    b: {name: b, job_clusters: [{job_cluster_key: '${var.k}', new_cluster: {spark_version: x, num_workers: 1}}], tasks: ['${var.ts[0]}']}
targets:
  prod:
    resources:
      jobs:
        a: {job_clusters: [{job_cluster_key: c, new_cluster: {num_workers: 8}}], tasks: [{task_key: three, job_cluster_key: c, notebook_task: {notebook_path: /n}}]}
        b: {job_clusters: [{job_cluster_key: '${var.k}', new_cluster: '${var.big}'}], tasks: [{task_key: one, max_retries: 2}]}
";
    let p = bundle(text).ok();
    let a = job(&p, "a");
    assert_eq!(
        a["job_clusters"].to_string(),
        r#"[{"job_cluster_key":"c","new_cluster":{"spark_version":"15.4.x-scala2.12","node_type_id":"i3.xlarge","num_workers":8}}]"#
    );
    assert_eq!((&a["tasks"][0]["task_key"], &a["tasks"][1]["task_key"]), (&"one".into(), &"three".into()));
    let b = job(&p, "b");
    assert_eq!(
        b["job_clusters"].to_string(),
        r#"[{"job_cluster_key":"c","new_cluster":{"spark_version":"x","num_workers":9,"driver_node_type_id":"i3.big"}}]"#
    );
    assert_eq!(
        b["tasks"].to_string(),
        r#"[{"task_key":"one","job_cluster_key":"c","notebook_task":{"notebook_path":"/n"},"max_retries":2}]"#
    );
}

#[test]
fn a_variable_in_a_target_replaces_the_one_of_the_bundle() {
    let text = "
bundle: {name: r}
variables:
  low: {default: [{level: CAN_VIEW, group_name: low}]}
  high: {default: [{level: CAN_RUN, group_name: high}]}
  low_grants: {default: [{principal: low, privileges: [SELECT]}]}
  high_grants: {default: [{principal: high, privileges: [SELECT]}]}
  low_tags: {default: {low: x, both: low}}
  high_tags: {default: {high: x, both: high}}
  low_mails: {default: [low@example.com]}
  high_mails: {default: [high@example.com]}
  low_clusters: {default: [{job_cluster_key: c, new_cluster: {spark_version: low, num_workers: 1}}]}
  high_clusters: {default: [{job_cluster_key: c, new_cluster: {spark_version: high}}]}
  whole: {default: '${var.low_tags}'}
permissions: ${var.low}
presets: {tags: '${var.low_tags}'}
resources:
  schemas: {s: {catalog_name: main, name: s, grants: '${var.low_grants}'}}
  jobs:
    j:
      tags: ${var.low_tags}
      email_notifications: {on_failure: '${var.low_mails}'}
      job_clusters: ${var.low_clusters}
      description: '${resources.jobs.j.tags.both} ${var.whole.both}'
      tasks: []
targets:
  prod:
    permissions: ${var.high}
    presets: {tags: '${var.high_tags}'}
    variables: {whole: {default: '${var.high_tags}'}}
    resources:
      schemas: {s: {grants: '${var.high_grants}'}}
      jobs:
        j:
          tags: ${var.high_tags}
          email_notifications: {on_failure: '${var.high_mails}'}
          job_clusters: ${var.high_clusters}
";
    let p = bundle(text).ok();
    let j = job(&p, "j");
    assert_eq!(j["tags"].to_string(), r#"{"high":"x","both":"high"}"#);
    assert_eq!(j["email_notifications"]["on_failure"].to_string(), r#"["high@example.com"]"#);
    assert_eq!(j["job_clusters"].to_string(), r#"[{"job_cluster_key":"c","new_cluster":{"spark_version":"high"}}]"#);
    assert_eq!(j["description"], "high high");
    let grants = p.resources.iter().find_map(|r| r.spec.get("grants")).expect("grants");
    assert_eq!(grants.to_json().to_string(), r#"[{"principal":"high","privileges":["SELECT"]}]"#);
    let permissions = p.permissions.as_ref().expect("permissions");
    assert_eq!(permissions.to_json().to_string(), r#"[{"level":"CAN_RUN","group_name":"high"}]"#);
    assert_eq!(p.presets.tags.keys().collect::<Vec<_>>(), ["high", "both"]);
}

#[test]
fn a_variable_of_a_target_does_not_lead_to_fields_of_the_one_of_the_bundle() {
    let text = "
bundle: {name: r}
variables: {low: {default: {only_low: x}}, high: {default: {only_high: x}}}
resources: {jobs: {j: {tags: '${var.low}', description: '${resources.jobs.j.tags.only_low}', tasks: []}}}
targets: {prod: {resources: {jobs: {j: {tags: '${var.high}'}}}}}
";
    assert_eq!(bundle(text).faults(), ["unknown-reference databricks.yml:4:58 ${resources.jobs.j.tags.only_low}"]);
}

#[test]
fn a_list_is_not_laid_over_a_text() {
    let faults = |base: &str, over: &str| {
        let jobs = |value: &str| format!("{{jobs: {{j: {{email_notifications: {{on_failure: {value}}}}}}}}}");
        let text = format!(
            "bundle: {{name: r}}\nvariables: {{m: {{default: [a@example.com]}}, n: {{default: 2}}}}\nresources: {}\ntargets: {{prod: {{resources: {}}}}}\n",
            jobs(base),
            jobs(over)
        );
        bundle(&text).load().map_or_else(|e| e.0.iter().map(|d| (d.code, d.labels.len())).collect(), |_| Vec::new())
    };
    assert_eq!(faults("'${var.m}'", "[b@example.com]"), [("target-form", 2)]);
    assert_eq!(faults("[b@example.com]", "'${var.m}'"), [("target-form", 2)]);
    assert_eq!(faults("[a@example.com]", "[b@example.com]"), []);
    assert_eq!(faults("'${var.m}'", "null"), []);
    let permissions = "bundle: {name: r}\nvariables: {m: {default: []}}\npermissions: '${var.m}'\ntargets: {prod: {permissions: [{level: CAN_VIEW, group_name: g}]}}\n";
    assert_eq!(bundle(permissions).faults(), ["target-form databricks.yml:4:31 ["]);
    let number = "bundle: {name: r}\nvariables: {n: {default: 2}}\nresources: {jobs: {j: {timeout_seconds: '${var.n}', tasks: []}}}\ntargets: {prod: {resources: {jobs: {j: {timeout_seconds: 5}}}}}\n";
    assert_eq!(job(&bundle(number).ok(), "j")["timeout_seconds"], 5);
}

#[test]
fn fields_that_follow_from_others_are_filled_in_early() {
    let text = "
bundle: {name: a2}
variables: {where: {default: '${resources.volumes.v.volume_path}'}}
resources:
  schemas: {s: {catalog_name: main, name: sa}}
  volumes: {v: {catalog_name: main, schema_name: '${resources.schemas.s.name}', name: va}}
  dashboards: {d: {display_name: D, serialized_dashboard: '{}'}}
  jobs:
    j:
      name: j
      parameters:
        - {name: p, default: '${var.where}/in'}
        - {name: q, default: '${resources.schemas.s.full_name} ${resources.volumes.v.id}'}
        - {name: r, default: '${resources.dashboards.d.path}'}
        - {name: s, default: '${resources.dashboards.d.dashboard_id}'}
      tasks: [{task_key: t, notebook_task: {notebook_path: /Shared/x}}]
targets: {t: {presets: {name_prefix: '[dev ada] '}, workspace: {root_path: ~/x}}}
";
    let p = bundle(text).deployed_by("ada@example.com");
    let parameter = |i: usize| job(&p, "j")["parameters"][i]["default"].as_str().map(str::to_owned);
    assert_eq!(parameter(0).as_deref(), Some("/Volumes/main/dev_ada_sa/va/in"));
    assert_eq!(parameter(1).as_deref(), Some("main.dev_ada_sa main.dev_ada_sa.va"));
    assert_eq!(parameter(2).as_deref(), Some("/Workspace/Users/ada@example.com/x/resources/[dev ada] D.lvdash.json"));
    assert_eq!(parameter(3).as_deref(), Some("${resources.dashboards.d.dashboard_id}"));
    let needs: Vec<_> =
        p.resource(ResourceKind::Job, "j").expect("j").needs.iter().map(|n| n.resource.as_str()).collect();
    assert_eq!(needs, ["dashboards.d", "volumes.v", "schemas.s"]);
    let wrong = text.replace("dashboard_id", "colour");
    assert_eq!(
        target_faults(&wrong),
        ["unknown-reference `${resources.dashboards.d.colour}` cannot be resolved: unknown field `colour`"]
    );
}

#[test]
fn a_scalar_does_not_go_where_a_map_belongs() {
    for value in ["${resources.jobs.k.id}", "${workspace.current_user.short_name}", "${var.w}", "${HOME}"] {
        let text = format!(
            "bundle: {{name: a3}}\nvariables: {{w: {{lookup: {{warehouse: W}}}}}}\nresources:\n  jobs:\n    k: {{tasks: []}}\n    j: {{tags: '{value}'}}\n"
        );
        assert_eq!(bundle(&text).faults(), [format!("wrong-type databricks.yml:6:15 '{value}'")]);
    }
    let text =
        "bundle: {name: a3}\nresources: {jobs: {j: {max_concurrent_runs: '${workspace.current_user.short_name}'}}}\n";
    let p = bundle(text).ok();
    let user = TargetFacts::of(CurrentUser::new("ada@example.com"), [].into());
    let d = p.loaded.for_target(&user).expect_err("not a number");
    assert_eq!(d.0[0].code, "wrong-type");
}

#[test]
fn resources_that_wait_for_each_other_are_refused() {
    let text = "
bundle: {name: a4}
variables: {other: {default: '${resources.jobs.b.id}'}}
resources:
  jobs:
    a: {tasks: [{task_key: t, run_job_task: {job_id: '${var.other}'}}]}
    b: {description: 'after ${resources.jobs.a.name}', tasks: [{task_key: t, run_job_task: {job_id: '${resources.jobs.a.id}'}}]}
";
    assert_eq!(target_faults(text), ["resource-cycle resources wait for each other: `jobs.b` -> `jobs.a` -> `jobs.b`"]);
    let itself =
        "bundle: {name: a4}\nresources: {jobs: {a: {description: 'I am ${resources.jobs.a.id}', tasks: []}}}\n";
    assert_eq!(target_faults(itself), ["resource-cycle resources wait for each other: `jobs.a` -> `jobs.a`"]);
    let names = "bundle: {name: a4}\nresources: {jobs: {a: {name: A, description: '${resources.jobs.b.name} ${resources.jobs.a.name}'}, b: {name: B, description: '${resources.jobs.a.id}'}}}\n";
    let p = bundle(names).deployed();
    assert_eq!(job(&p, "a")["description"], "B A");
}

#[test]
fn a_looked_up_cluster_replaces_those_of_the_tasks() {
    let text = "
bundle: {name: a5}
variables: {c: {lookup: {cluster: Shared}}}
artifacts: {x: {type: whl, build: 'make ${var.c}'}}
targets: {dev: {cluster_id: '${var.c}'}}
resources: {jobs: {j: {tasks: [{task_key: a, existing_cluster_id: other, notebook_task: {notebook_path: /n}}]}}}
";
    let p = bundle(text).looked_up("c", "0101-abc");
    assert_eq!(job(&p, "j")["tasks"][0]["existing_cluster_id"], "0101-abc");
    assert_eq!(p.cluster_id.as_deref(), Some("0101-abc"));
    assert_eq!(p.artifacts.expect("artifacts").str_at("x.build"), Some("make 0101-abc"));
}

#[test]
fn numbers_are_texts_as_they_were_written() {
    let text = "
bundle: {name: a6}
variables:
  py: {default: 3.10}
  n: {default: 2}
resources:
  jobs:
    j:
      tags: {version: 1.0, phone: +49123, hex: 0x10, joined: 'v${var.py}'}
      max_concurrent_runs: ${var.n}
      timeout_seconds: 1e3
      parameters: [{name: p, default: 3.10}, {name: q, default: '${var.py}'}]
      tasks: [{task_key: t, notebook_task: {notebook_path: /n, base_parameters: {v: 3.10, e: 1e3, f: -0, g: 1.50}}}]
";
    let p = bundle(text).ok();
    let j = job(&p, "j");
    assert_eq!(j["tags"].to_string(), r#"{"version":"1.0","phone":"49123","hex":"16","joined":"v3.10"}"#);
    assert_eq!((&j["max_concurrent_runs"], &j["timeout_seconds"]), (&2.into(), &1000.into()));
    assert_eq!((&j["parameters"][0]["default"], &j["parameters"][1]["default"]), (&"3.10".into(), &"3.10".into()));
    assert_eq!(
        j["tasks"][0]["notebook_task"]["base_parameters"].to_string(),
        r#"{"v":"3.10","e":"1000","f":"-0","g":"1.50"}"#
    );
    let j = job(&bundle(text).var("py=3.20").var("n=7").ok(), "j");
    assert_eq!((&j["parameters"][1]["default"], &j["max_concurrent_runs"]), (&"3.20".into(), &7.into()));
    let j = job(&bundle(text).env("BUNDLE_VAR_py", "3.30").ok(), "j");
    assert_eq!(j["tags"]["joined"], "v3.30");
}

#[test]
fn rules_on_paths_see_the_filled_in_value() {
    let text = "
bundle: {name: a7}
variables: {root: {default: /Users/ada@example.com}}
resources: {jobs: {j: {tasks: [], description: '${workspace.file_path}'}}}
targets: {prod: {mode: production, run_as: {service_principal_name: sp}, workspace: {root_path: '${var.root}/x', artifact_path: '${var.root}/a'}}}
";
    let ada = || CurrentUser::new("ada@example.com");
    let p = bundle(text).deployed();
    assert_eq!(p.workspace.root_path, "/Workspace/Users/ada@example.com/x");
    assert_eq!(p.workspace.file_path, "/Workspace/Users/ada@example.com/x/files");
    assert_eq!(p.workspace.artifact_path, "/Workspace/Users/ada@example.com/a");
    assert_eq!(job(&p, "j")["description"], "/Workspace/Users/ada@example.com/x/files");
    let codes: Vec<_> = p.check_mode(&ada(), false).iter().map(|d| d.code).collect();
    assert_eq!(codes, ["personal-path"]);
    for (root, full) in [
        ("root=~/apps", "/Workspace/Users/ada@example.com/apps/x"),
        ("root=~", "/Workspace/Users/ada@example.com/x"),
        ("root=/Shared", "/Workspace/Shared/x"),
        ("root=/Workspace/a", "/Workspace/a/x"),
        ("root=/Usersx", "/Usersx/x"),
    ] {
        assert_eq!(bundle(text).var(root).deployed().workspace.root_path, full);
    }
    assert_eq!(
        bundle(text).var("root=~").ok().workspace.root_path,
        "/Workspace/Users/${workspace.current_user.userName}/x"
    );
}

#[test]
fn null_in_a_target_takes_a_value_away() {
    let text = "
bundle: {name: a8}
run_as: {user_name: ada@example.com}
permissions: [{level: CAN_VIEW, group_name: all}]
presets: {name_prefix: p_, tags: {a: b}}
variables: {cl: {type: complex, default: {spark_version: x, autoscale: {min_workers: 1, max_workers: 2}}}}
resources:
  jobs:
    j:
      schedule: {quartz_cron_expression: 0 0 6 * * ?, timezone_id: UTC}
      tags: {team: t, cost: c}
      job_clusters: [{job_cluster_key: c, new_cluster: '${var.cl}'}]
      tasks: []
    gone: {tasks: []}
targets:
  none:
  empty: {resources: {jobs: }, workspace: }
  prod:
    run_as: null
    permissions: null
    presets: {name_prefix: null}
    workspace: {root_path: null}
    resources:
      jobs:
        j: {schedule: null, tags: {cost: null}, job_clusters: [{job_cluster_key: c, new_cluster: {autoscale: null, num_workers: 0}}]}
        gone: null
";
    let p = bundle(text).target("prod").ok();
    assert_eq!(
        job(&p, "j").to_string(),
        r#"{"tags":{"team":"t"},"job_clusters":[{"job_cluster_key":"c","new_cluster":{"spark_version":"x","num_workers":0}}],"tasks":[]}"#
    );
    assert_eq!((p.resources.len(), p.run_as, p.permissions, p.presets.name_prefix), (1, None, None, None));
    assert_eq!(p.warnings.iter().filter(|w| w.code == "unset").count(), 7);
    for target in ["none", "empty"] {
        let p = bundle(text).target(target).ok();
        assert_eq!((p.resources.len(), p.warnings.len()), (2, 0), "{target}");
        assert!(p.run_as.is_some());
    }
}

#[test]
fn an_identity_is_not_empty() {
    let text = "
bundle: {name: a9}
run_as: {service_principal_name: '${var.sp}'}
variables: {sp: {default: x}}
resources: {jobs: {j: {tasks: [], permissions: [{level: CAN_VIEW, user_name: '${var.sp}'}]}}}
";
    bundle(text).ok();
    assert_eq!(
        bundle(text).var("sp=").faults(),
        ["missing-field databricks.yml:3:34 '${var.sp}'", "missing-field databricks.yml:5:78 '${var.sp}'"]
    );
}

#[test]
fn a_pattern_of_include_without_a_file_is_a_warning() {
    let b = |include: &str| {
        bundle(&format!("bundle: {{name: b}}\ninclude: [{include}]\n"))
            .file("resources/j.yml", "resources: {jobs: {j: {tasks: []}}}\n")
            .file("resources/x.py", "")
    };
    let warned = |include: &str| -> Vec<String> {
        b(include).ok().warnings.iter().map(|w| format!("{}: {}", w.message, w.hints.join(" "))).collect()
    };
    assert_eq!(
        warned(r"'resources\*.yml'"),
        [r"`resources\*.yml` under `include` matches no file: folders are separated by `/`: `resources/*.yml`"]
    );
    assert_eq!(
        warned("'ressources/*.yml'"),
        ["`ressources/*.yml` under `include` matches no file: did you mean `resources/*.yml`?"]
    );
    assert_eq!(warned("'resources/*.yml'"), [""; 0]);
    assert_eq!(b("'resources/*.py'").faults(), ["include-type databricks.yml:2:11 'resources/*.py'"]);
}

#[test]
fn a_variable_may_have_a_fixed_value() {
    let text = "bundle: {name: b}\nvariables: {x: {value: 1, default: 2}}\nresources: {jobs: {j: {description: 'v${var.x}', tasks: []}}}\n";
    assert_eq!(job(&bundle(text).env("BUNDLE_VAR_x", "3").ok(), "j")["description"], "v1");
    assert_eq!(job(&bundle(text).var("x=4").ok(), "j")["description"], "v4");
}

#[test]
fn a_variable_is_set_once_on_the_command_line() {
    let text = "bundle: {name: a}\nvariables: {x: {default: z}}\nresources: {jobs: {j: {name: '${var.x}'}}}\n";
    let faults = bundle(text).var("x=1").var("x=2").faults();
    assert_eq!(faults, ["bad-variable --var:1:1 x"]);
    let same = bundle(text).var("x=1").var("x=1").deployed();
    assert_eq!(job(&same, "j")["name"], "1");
}

/// `code message` of each warning.
fn warned(b: &super::Bundle) -> Vec<String> {
    b.deployed().warnings.iter().map(|w| format!("{} {}", w.code, w.message)).collect()
}

#[test]
fn a_key_that_is_like_no_other_has_no_effect() {
    let text = "
bundle: {name: t, target: dev, environment: x, mode: y, terraform: {exec_path: z}}
description: of the team
variables: {v: {default: 1, tags: [a]}}
targets:
  dev: {default: true, description: ours, sync: {owner: me}}
  prod: {description: theirs}
";
    assert_eq!(
        warned(&bundle(text)),
        [
            "unknown-key unknown key `description` in the bundle has no effect",
            "unknown-key unknown key `tags` in variable `v` has no effect",
            "unknown-key unknown key `description` in target `dev` has no effect",
            "unknown-key unknown key `owner` in `sync` has no effect",
            "unknown-key unknown key `description` in target `prod` has no effect",
        ]
    );
    assert_eq!(bundle(text).deployed().target, "dev");
    let faults = bundle("bundle: {name: t}\nvariables: {v: {lookup: {sphere: x}}}\n").faults();
    assert_eq!(faults, ["unknown-key databricks.yml:2:26 sphere"]);
}

#[test]
fn folders_have_one_slash_between_names() {
    for (root, full) in [
        ("~/x/", "/Workspace/Users/ada@example.com/x"),
        ("/Workspace/a//x", "/Workspace/a/x"),
        ("/Shared/./x//", "/Workspace/Shared/x"),
    ] {
        let text = format!(
            "bundle: {{name: t}}\nworkspace: {{root_path: '{root}', file_path: '${{workspace.root_path}}/src//'}}\nresources: {{jobs: {{j: {{tasks: [], description: '${{workspace.file_path}}/n'}}}}}}\n"
        );
        let p = bundle(&text).deployed();
        assert_eq!((p.workspace.root_path.as_str(), p.workspace.file_path.clone()), (full, format!("{full}/src")));
        assert_eq!(job(&p, "j")["description"], format!("{full}/src/n"));
    }
}

#[test]
fn the_prefix_of_workspace_is_not_doubled_in_variables_either() {
    let text = "
bundle: {name: t}
workspace: {root_path: /Workspace/Shared/t}
variables:
  a: {default: '/Workspace${workspace.root_path}/x'}
  b: {type: complex, default: {at: ['/Workspace/${workspace.file_path}']}}
targets: {dev: {variables: {a: '/Workspace/${workspace.root_path}/y'}}}
resources: {jobs: {j: {tasks: [], description: '${var.a} ${var.b.at[0]}'}}}
";
    let p = bundle(text).deployed();
    assert_eq!(job(&p, "j")["description"], "/Workspace/Shared/t/y /Workspace/Shared/t/files");
    assert_eq!(warned(&bundle(text)).iter().filter(|w| w.starts_with("doubled-prefix")).count(), 2);
}

#[test]
fn what_the_bundle_leaves_unset_is_an_empty_text() {
    let text = "
bundle: {name: t}
resources:
  jobs:
    j:
      tasks: []
      description: 'o=${bundle.git.origin_url} m=${bundle.mode} u=${bundle.uuid} p=${workspace.profile} a=${workspace.auth_type}'
      tags: {host: '${workspace.host}'}
";
    let b = bundle(text);
    let facts = TargetFacts::of(CurrentUser::new("ada@example.com"), [].into()).at("https://dbc-1.example.com");
    let p = b.facts(&facts);
    assert_eq!(job(&p, "j")["description"], "o= m= u= p= a=");
    assert_eq!(job(&p, "j")["tags"]["host"], "https://dbc-1.example.com");
    let unset = p.warnings.iter().filter(|w| w.code == "unset-reference").count();
    assert_eq!(unset, 5);
    assert_eq!(
        bundle("bundle: {name: t}\npermissions: [{level: CAN_VIEW, user_name: '${bundle.nam}'}]\n").faults().len(),
        1
    );
}

#[test]
fn the_deploy_sets_the_deployment_of_a_job() {
    let b = bundle("bundle: {name: t}\nresources: {jobs: {j: {deployment: {kind: BUNDLE}, tasks: []}}}\n");
    assert_eq!(warned(&b), ["no-effect `deployment` of `jobs.j` has no effect: the deploy sets it itself"]);
    assert!(job(&b.deployed(), "j").get("deployment").is_none());
}

#[test]
fn fields_of_the_user_come_from_the_workspace() {
    let text = "
bundle: {name: t}
resources: {jobs: {j: {tasks: [], description: '${workspace.current_user.id} ${workspace.current_user.emails[0].value}'}}}
";
    let fields = [("id", "77"), ("emails.0.value", "ada@example.com")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let user = CurrentUser::new("ada@example.com").with_fields(fields.into());
    let p = bundle(text).facts(&TargetFacts::of(user, [].into()));
    assert_eq!(job(&p, "j")["description"], "77 ada@example.com");
    assert!(job(&bundle(text).ok(), "j")["description"].as_str().is_some_and(|d| d.contains("${")), "offline");
    let unknown = bundle(text).ok().loaded.for_target(&TargetFacts::of(CurrentUser::new("ada"), [].into()));
    assert_eq!(unknown.expect_err("no id").0[0].code, "unknown-reference");
    let slip = text.replace("current_user.id", "current_user.ident");
    assert_eq!(bundle(&slip).faults(), ["unknown-reference databricks.yml:3:49 ${workspace.current_user.ident}"]);
}

#[test]
fn an_empty_prefix_is_as_good_as_none() {
    let text = "
bundle: {name: t}
targets: {dev: {mode: development, presets: {name_prefix: '', trigger_pause_status: '', jobs_max_concurrent_runs: 0}}}
resources: {jobs: {j: {name: load, schedule: {quartz_cron_expression: '0 0 6 * * ?', timezone_id: UTC}, tasks: []}}}
";
    let j = job(&bundle(text).deployed(), "j");
    assert_eq!((&j["name"], &j["max_concurrent_runs"]), (&"[dev ada] load".into(), &4.into()));
    assert_eq!(j["schedule"]["pause_status"], "PAUSED");
    assert!(warned(&bundle(text)).iter().any(|w| w.starts_with("no-effect an empty `name_prefix`")));
}

#[test]
fn the_environment_includes_files_too() {
    let root = "bundle: {name: t}\ninclude: [a.yml]\n";
    let job = |key: &str| format!("resources: {{jobs: {{{key}: {{tasks: []}}}}}}\n");
    let b = || bundle(root).file("a.yml", &job("a")).file("x/b.yml", &job("b")).file("x/c.yml", &job("c"));
    let keys = |b: &super::Bundle| b.ok().resources.iter().map(|r| r.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&b().env("DATABRICKS_BUNDLE_INCLUDES", "x/*.yml:a.yml")), ["a", "b", "c"]);
    let with_path = b();
    let full = with_path.path().join("x/c.yml").display().to_string();
    assert_eq!(keys(&with_path.env("DATABRICKS_BUNDLE_INCLUDES", &full)), ["a", "c"]);
    let missing = b().env("DATABRICKS_BUNDLE_INCLUDES", "x/d.yml");
    assert_eq!(missing.faults(), ["include-not-found DATABRICKS_BUNDLE_INCLUDES:1:1 x/d.yml"]);
}

#[test]
fn the_file_of_variables_is_json() {
    let text = "bundle: {name: t}\nvariables: {a: {default: x}}\n";
    let at = ".databricks/bundle/default/variable-overrides.json";
    let with = |json: &str| bundle(text).file(at, json);
    assert_eq!(with("{\"a\": \"y\"}").ok().variables["a"].as_str(), Some("y"));
    for broken in ["", "a: y", "{\"a\": \"y\"} // c", "{'a': 'y'}"] {
        assert_eq!(with(broken).load().expect_err(broken).0[0].code, "bad-json", "{broken}");
    }
}

#[test]
fn one_flag_sets_several_variables() {
    let text = "bundle: {name: t}\nvariables: {a: {default: x}, b: {default: x}}\n";
    let p = bundle(text).var("a=one,b=two").ok();
    assert_eq!((p.variables["a"].as_str(), p.variables["b"].as_str()), (Some("one"), Some("two")));
    assert_eq!(bundle(text).var("a=one,two").ok().variables["a"].as_str(), Some("one,two"));
    assert_eq!(bundle(text).var("\"a=one,b=two\"").ok().variables["a"].as_str(), Some("one,b=two"));
    assert_eq!(bundle(text).var("a=one,c=two").faults(), ["unknown-variable --var:1:1 c"]);
}

#[test]
fn a_new_privilege_is_passed_on_and_a_slip_is_not() {
    let text = |privilege: &str| {
        format!(
            "bundle: {{name: t}}\nresources: {{schemas: {{s: {{name: s, catalog_name: main, grants: [{{principal: a, privileges: ['{privilege}']}}]}}}}}}\n"
        )
    };
    let sent = |privilege: &str| {
        let p = bundle(&text(privilege)).deployed();
        p.resources[0].spec.to_json()["grants"][0]["privileges"][0].as_str().map(str::to_owned)
    };
    assert_eq!(sent("CREATE_SECRET").as_deref(), Some("CREATE_SECRET"));
    assert_eq!(sent("CREATE_FEATURE").as_deref(), Some("CREATE_FEATURE"));
    assert_eq!(sent("use_schema").as_deref(), Some("USE_SCHEMA"));
    assert_eq!(sent("CREATE TABLE").as_deref(), Some("CREATE_TABLE"));
    assert_eq!(bundle(&text("CREATE_TABEL")).faults().len(), 1);
}
