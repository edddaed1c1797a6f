//! What holds for every bundle: the order of keys does not matter, what is resolved stays as it is, and nothing of the
//! bundle's own is left unfilled.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Map, Value, json};

use super::super::unfilled;
use super::{Bundle, bundle};

/// A text with or without references that the bundle resolves.
fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-z]{1,6}".prop_map(Value::from),
        Just(json!("${var.word}")),
        Just(json!("x-${var.word}-${bundle.name}")),
        Just(json!("${var.joined}/${bundle.target}")),
        Just(json!("${var.map.deep}")),
        Just(json!("${workspace.root_path}/a")),
        Just(json!("3.10")),
        Just(json!(7)),
    ]
}

fn cluster() -> impl Strategy<Value = Value> {
    let fields = (proptest::option::of(1..9_i64), proptest::option::of(text()), proptest::option::of(text()));
    let made = fields.prop_map(|(workers, version, conf)| {
        let mut out = Map::new();
        out.extend(workers.map(|n| ("num_workers".to_owned(), json!(n))));
        out.extend(version.map(|v| ("spark_version".to_owned(), v)));
        out.extend(conf.map(|c| ("spark_conf".to_owned(), json!({"a": c}))));
        Value::Object(out)
    });
    prop_oneof![made, Just(json!("${var.cluster}"))]
}

/// Items of a keyed list, each key at most once.
fn keyed(key: &'static str, field: &'static str, value: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let names = prop_oneof![Just("one"), Just("two"), Just("${var.word}")];
    proptest::collection::vec((names, value), 0..4).prop_map(move |items| {
        let mut seen = Vec::new();
        let mut list = Vec::new();
        for (name, value) in items {
            if !seen.contains(&name) {
                seen.push(name);
                list.push(json!({key: name, field: value}));
            }
        }
        Value::Array(list)
    })
}

fn job() -> impl Strategy<Value = Value> {
    let tags = proptest::collection::btree_map("[ab]", text(), 0..3).prop_map(|tags| json!(tags));
    let clusters = keyed("job_cluster_key", "new_cluster", cluster().boxed());
    let task = text().prop_map(|t| json!({"notebook_path": "/n", "base_parameters": {"p": t}})).boxed();
    let tasks = prop_oneof![keyed("task_key", "notebook_task", task), Just(json!("${var.tasks}"))];
    let parameters = keyed("name", "default", text().boxed());
    let parts = (
        proptest::option::of(text()),
        proptest::option::of(tags),
        proptest::option::of(clusters),
        proptest::option::of(tasks),
        proptest::option::of(parameters),
    );
    parts.prop_map(|(description, tags, clusters, tasks, parameters)| {
        let mut out = Map::new();
        let all = [
            ("description", description),
            ("tags", tags),
            ("job_clusters", clusters),
            ("tasks", tasks),
            ("parameters", parameters),
        ];
        out.extend(all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Value::Object(out)
    })
}

/// A bundle whose target lays jobs over jobs.
fn tree() -> impl Strategy<Value = Value> {
    let jobs = || proptest::collection::btree_map("[jk]", job(), 1..3);
    (jobs(), jobs()).prop_map(|(base, over)| {
        json!({
            "bundle": {"name": "p"},
            "variables": {
                "word": {"default": "two_words"},
                "joined": {"default": "${var.word}+${var.map.deep}"},
                "map": {"default": {"deep": "d"}},
                "cluster": {"default": {"spark_version": "${var.word}", "num_workers": 3}},
                "tasks": {"default": [{"task_key": "one", "notebook_task": {"notebook_path": "/v"}}]},
            },
            "resources": {"jobs": base},
            "targets": {"t": {"resources": {"jobs": over}}},
        })
    })
}

/// The same with the keys of every map the other way round.
fn turned(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.iter().rev().map(|(k, v)| (k.clone(), turned(v))).collect()),
        Value::Array(items) => items.iter().map(turned).collect(),
        other => other.clone(),
    }
}

/// The jobs as they are deployed, by key; what is wrong, if something is.
fn jobs(bundle: &Bundle) -> Result<Value, Vec<&'static str>> {
    let facts = super::TargetFacts::of(super::CurrentUser::new("ada@example.com"), [].into());
    let project = bundle.load().and_then(|p| p.loaded.for_target(&facts));
    match project {
        Ok(project) => Ok(project.resources.iter().map(|r| (r.key.clone(), r.spec.to_json())).collect()),
        Err(errors) => {
            let mut codes: Vec<_> = errors.0.iter().map(|d| d.code).collect();
            codes.sort_unstable();
            Err(codes)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_keys_does_not_matter(tree in tree()) {
        prop_assert_eq!(jobs(&bundle(&tree.to_string())), jobs(&bundle(&turned(&tree).to_string())));
    }

    #[test]
    fn what_is_resolved_stays_as_it_is_and_is_filled_in(tree in tree()) {
        let Ok(first) = jobs(&bundle(&tree.to_string())) else { return Ok(()) };
        prop_assert_eq!(unfilled(&first), None);
        let again = json!({"bundle": {"name": "p"}, "resources": {"jobs": first}, "targets": {"t": {}}});
        prop_assert_eq!(jobs(&bundle(&again.to_string())), Ok(first));
    }
}

#[test]
fn most_bundles_that_are_made_resolve() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let made = (0..200).map(|_| tree().new_tree(&mut runner).expect("a tree").current());
    let good = made.filter(|tree| jobs(&bundle(&tree.to_string())).is_ok()).count();
    assert!(good > 100, "{good} of 200");
}
