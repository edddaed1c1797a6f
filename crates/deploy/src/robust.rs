//! No value of a bundle makes piq panic: every bundle of `tests/corpus` with any one value replaced by another form.

use serde_json::{Value, json};

use super::{Libraries, LocalFiles, Rendered, build};
use piq_bundle::{CurrentUser, LoadOptions, TargetFacts, fill_outputs, load, parse};
use piq_databricks::workspace::Me;
use piq_diagnostics::Source;
use piq_diagnostics::env::Env;
use piq_testing::corpus::Case;

/// The paths of all values in a tree.
fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
    if !at.is_empty() {
        found.push(at.to_owned());
    }
    let key = |k: &str| k.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| paths(v, &format!("{at}/{}", key(k)), found)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| paths(v, &format!("{at}/{i}"), found)),
        _ => {}
    }
}

#[test]
fn no_value_in_another_form_is_a_panic() {
    let env = Env::default();
    let me = Me {
        user_name: "ada@example.com".into(),
        display_name: "Ada".into(),
        service_principal: false,
        fields: [].into(),
    };
    let facts = TargetFacts::of(CurrentUser::new("ada@example.com"), [].into());
    let forms = [json!("text"), json!(7), Value::Null, json!(["a", {"b": 1}]), json!({"a": {"b": [1]}})];
    let (mut tried, mut built) = (0, 0);
    for case in Case::all() {
        let dir = tempfile::tempdir().expect("folder");
        let file = dir.path().join("databricks.yml");
        case.write(dir.path());
        let text = case.files[0].1.clone();
        // what does not parse has no values to replace
        let Ok(document) = parse(&Source::new("a.yml", text)) else { continue };
        let whole = document.root.to_json();
        let mut all = Vec::new();
        paths(&whole, "", &mut all);
        let targets: Vec<String> = whole["targets"].as_object().into_iter().flatten().map(|(k, _)| k.clone()).collect();
        let target = targets.last().map(String::as_str);
        for path in all {
            for form in &forms {
                let mut changed = whole.clone();
                *changed.pointer_mut(&path).expect("there") = form.clone();
                std::fs::write(&file, changed.to_string()).expect("written");
                tried += 1;
                let options = LoadOptions { start: dir.path(), target, vars: &[], env: &env };
                let Ok(project) = load(&options).and_then(|p| p.loaded.for_target(&facts)) else { continue };
                let desired = build(&project, &Rendered::default(), LocalFiles::default(), &Libraries::default(), &me);
                let Ok(desired) = desired else { continue };
                built += 1;
                for resource in desired.resources.values() {
                    let spec = fill_outputs(resource.kind, &resource.spec, &|_, _| Some(json!("1")));
                    desired.site.placed(&spec, &desired.files_root);
                }
            }
        }
    }
    assert!(tried > 2_000 && built > 500, "{tried} tried, {built} built");
}
