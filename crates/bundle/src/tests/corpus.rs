//! The bundles of `tests/corpus`: what each comes to for every target, pinned beside it.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::super::{CurrentUser, Facts, LoadOptions, Project, load, targets};
use super::bundle;
use piq_diagnostics::env::Env;
use piq_diagnostics::{Diagnostic, Diagnostics};

fn shown(d: &Diagnostic) -> String {
    let at = d.labels.first().map(|l| l.place.line_column());
    let at = at.map_or_else(String::new, |(line, column)| format!("{line}:{column} "));
    format!("{at}{}: {}", d.code, d.message)
}

fn value(p: &Project) -> Value {
    let mut resources = Map::new();
    for r in &p.resources {
        let kind = resources.entry(r.kind.as_str()).or_insert_with(|| json!({}));
        if let Some(kind) = kind.as_object_mut() {
            kind.insert(r.key.clone(), r.spec.to_json());
        }
    }
    let mut all = json!({"root_path": p.workspace.root_path, "resources": resources});
    let sections = [("run_as", &p.run_as), ("permissions", &p.permissions)];
    let needs = p.resources.iter().filter(|r| !r.needs.is_empty());
    let needs: Map<String, Value> =
        needs.map(|r| (r.key.clone(), r.needs.iter().map(|n| n.resource.clone()).collect())).collect();
    if let Some(map) = all.as_object_mut() {
        map.extend(sections.iter().filter_map(|(k, n)| Some(((*k).to_owned(), n.as_ref()?.to_json()))));
        if !needs.is_empty() {
            map.insert("needs".to_owned(), Value::Object(needs));
        }
        if !p.warnings.is_empty() {
            map.insert("warnings".to_owned(), p.warnings.iter().map(shown).collect());
        }
    }
    all
}

#[test]
fn every_bundle_of_the_corpus_comes_to_its_value() {
    let folder = piq_testing::root().join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the corpus")
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "yml"))
        .collect();
    files.sort();
    assert!(files.len() >= 26, "only {} bundles", files.len());
    let facts = Facts::of(CurrentUser::new("ada@example.com"), [("w".to_owned(), "abc123".to_owned())].into());
    let env = Env::default();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for file in files {
            let b = bundle(&std::fs::read_to_string(&file).expect("readable"));
            let (names, _) = targets(b.path()).expect("targets");
            let names = if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
            let mut text = String::new();
            for name in names {
                let options = LoadOptions { start: b.path(), target: name.as_deref(), vars: &[], env: &env };
                let made = load(&options).and_then(|p| p.loaded.for_target(&facts));
                let made = match made {
                    Ok(project) => value(&project),
                    Err(Diagnostics(errors)) => json!({"errors": errors.iter().map(shown).collect::<Vec<_>>()}),
                };
                let _ = writeln!(text, "target {}\n{made:#}", name.as_deref().unwrap_or("default"));
            }
            insta::assert_snapshot!(file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), text);
        }
    });
}
