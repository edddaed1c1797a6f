use super::super::{CurrentUser, ResourceKind, TargetBundle, TargetFacts};
use super::bundle;

const BASE: &str = "
bundle: {name: shop}
targets:
  dev: {mode: development}
  shared: {mode: development, workspace: {root_path: /Workspace/shop}, presets: {name_prefix: 'x ', jobs_max_concurrent_runs: 2}}
  prod: {mode: production}
  plain: {}
resources:
  jobs:
    a:
      name: A
      tags: {team: t}
      schedule: {quartz_cron_expression: 0 0 6 * * ?, timezone_id: UTC}
      tasks: [{task_key: t, notebook_task: {notebook_path: ./a.sql, base_parameters: {s: '${resources.schemas.s.name}'}}}]
    b:
      name: B after ${resources.jobs.a.name}
      trigger: {pause_status: UNPAUSED, periodic: {interval: 1, unit: DAYS}}
      max_concurrent_runs: 1
      tasks: [{task_key: t, notebook_task: {notebook_path: ./a.sql}}]
  schemas:
    s: {name: sales, catalog_name: main}
  volumes:
    v: {name: files, catalog_name: main, schema_name: '${resources.schemas.s.name}'}
  dashboards:
    d: {display_name: D, file_path: d.lvdash.json}
";

fn ada() -> CurrentUser {
    CurrentUser::new("ada.b@example.com")
}

fn applied(target: &'static str) -> TargetBundle {
    bundle(BASE).target(target).ok().loaded.for_target(&TargetFacts::of(ada(), [].into())).expect("good")
}

fn spec(p: &TargetBundle, kind: ResourceKind, key: &str) -> String {
    p.resource(kind, key).expect("resource").spec.to_json().to_string()
}

#[test]
fn development_marks_and_pauses() {
    let p = applied("dev");
    let a = &p.resource(ResourceKind::Job, "a").expect("a").spec;
    assert_eq!(a.str_at("name"), Some("[dev ada_b] A"));
    assert_eq!(a.get("tags").expect("tags").to_json().to_string(), r#"{"team":"t","dev":"ada_b"}"#);
    assert_eq!(a.str_at("schedule.pause_status"), Some("PAUSED"));
    assert_eq!(a.get("max_concurrent_runs").and_then(|n| n.as_i64()), Some(4));
    let b = &p.resource(ResourceKind::Job, "b").expect("b").spec;
    assert_eq!(b.str_at("trigger.pause_status"), Some("UNPAUSED"));
    assert_eq!(b.get("max_concurrent_runs").and_then(|n| n.as_i64()), Some(1));
    assert_eq!(p.resource(ResourceKind::Dashboard, "d").expect("d").spec.str_at("display_name"), Some("[dev ada_b] D"));
}

#[test]
fn references_to_names_see_the_prefix() {
    let p = applied("dev");
    assert_eq!(spec(&p, ResourceKind::Schema, "s"), r#"{"name":"dev_ada_b_sales","catalog_name":"main"}"#);
    assert_eq!(
        spec(&p, ResourceKind::Volume, "v"),
        r#"{"name":"files","catalog_name":"main","schema_name":"dev_ada_b_sales"}"#
    );
    let b = &p.resource(ResourceKind::Job, "b").expect("b").spec;
    assert_eq!(b.str_at("name"), Some("[dev ada_b] B after [dev ada_b] A"));
    assert_eq!(applied("plain").resource(ResourceKind::Job, "b").expect("b").spec.str_at("name"), Some("B after A"));
}

#[test]
fn presets_override_the_mode() {
    let p = applied("shared");
    let a = &p.resource(ResourceKind::Job, "a").expect("a").spec;
    assert_eq!((a.str_at("name"), a.get("max_concurrent_runs").and_then(|n| n.as_i64())), (Some("x A"), Some(2)));
}

#[test]
fn what_a_mode_asks_for_is_checked() {
    let codes = |target, principal| -> Vec<&'static str> {
        applied(target).check_mode(&ada(), principal).iter().map(|d| d.code).collect()
    };
    assert_eq!(codes("dev", false), Vec::<&str>::new());
    assert_eq!(codes("shared", false), ["shared-path", "shared-prefix"]);
    let notes = applied("shared").mode_notes();
    assert!(notes.iter().any(|n| n.contains("`x `") && n.contains("shared-prefix")), "{notes:?}");
    assert_eq!(codes("prod", false), ["no-run-as", "personal-path"]);
    assert_eq!(codes("prod", true), Vec::<&str>::new());
}

#[test]
fn names_that_name_each_other_are_a_cycle_in_any_mode() {
    let text = "
bundle: {name: b}
targets: {dev: {mode: development}}
resources:
  jobs:
    a: {name: 'x ${resources.jobs.b.name}'}
    b: {name: 'y ${resources.jobs.a.name}'}
";
    assert_eq!(bundle(text).faults()[0].split(' ').next(), Some("reference-cycle"));
}
