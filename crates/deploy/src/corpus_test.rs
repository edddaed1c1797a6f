//! The bundles of `tests/corpus`: what each comes to for every target, and what a deploy sends of it, pinned in the same
//! file. `PIQ_BLESS=1` writes what is found.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::rendered::Rendered;
use super::{Built, build, read_files, read_libraries};
use piq_bundle::{CurrentUser, LoadOptions, ResourceKind, TargetBundle, TargetFacts, load, targets};
use piq_databricks::workspace::Me;
use piq_diagnostics::env::Env;
use piq_diagnostics::{Diagnostic, Diagnostics};
use piq_testing::corpus::Case;

fn shown(d: &Diagnostic) -> String {
    let at = d.labels.first().map(|l| {
        let (line, column) = l.place.line_column();
        format!("{}:{line}:{column} ", l.place.source.path)
    });
    let hints = if d.hints.is_empty() { String::new() } else { format!(" ({})", d.hints.join("; ")) };
    format!("{}{}: {}{hints}", at.unwrap_or_default(), d.code, d.message)
}

/// The dashboards that a project names, as rendering hands them to a deploy.
fn rendered(project: &TargetBundle) -> Rendered {
    let mut out = Rendered::default();
    for resource in project.resources.iter().filter(|r| r.kind == ResourceKind::Dashboard) {
        let Some(node) = resource.spec.get("file_path") else { continue };
        let path = project.dir_of(node).join(node.as_str().unwrap_or_default());
        if let Ok(bytes) = std::fs::read(&path) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            out.files.insert(name.clone(), bytes);
            out.dashboards.insert(resource.key.clone(), name);
        }
    }
    out
}

fn request(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Job => "POST /api/2.2/jobs/create",
        ResourceKind::Dashboard => "POST /api/2.0/lakeview/dashboards",
        ResourceKind::Schema => "POST /api/2.1/unity-catalog/schemas",
        ResourceKind::Volume => "POST /api/2.1/unity-catalog/volumes",
        ResourceKind::SqlWarehouse => "POST /api/2.0/sql/warehouses",
    }
}

/// What one target comes to, a line for each fact.
fn target(folder: &Path, name: Option<&str>) -> Result<String, Diagnostics> {
    let env = Env::default();
    let loaded = load(&LoadOptions { start: folder, target: name, vars: &[], env: &env })?;
    let ids = loaded.lookups.iter().map(|l| (l.variable.clone(), format!("id-of-{}", l.kind))).collect();
    let project = loaded.loaded.for_target(&TargetFacts::of(CurrentUser::new("ada@example.com"), ids))?;
    let me = Me {
        user_name: "ada@example.com".into(),
        display_name: "Ada".into(),
        service_principal: false,
        fields: [].into(),
    };
    let libraries = read_libraries(&project, &Built::default())?;
    let desired = build(&project, &rendered(&project), read_files(&project)?, &libraries, &me)?;
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").expect("a text");
    line(format!("root {}", project.workspace.root_path));
    for warning in project.warnings.iter().chain(&desired.warnings) {
        line(format!("warning {}", shown(warning)));
    }
    for refusal in project.check_mode(&CurrentUser::new("ada@example.com"), false) {
        line(format!("refused {}", shown(&refusal)));
    }
    for resource in &project.resources {
        line(format!("{}.{} {}", resource.kind.as_str(), resource.key, resource.spec.to_json()));
    }
    for (path, file) in &desired.files {
        line(format!("upload {:?} {path}", file.content));
    }
    for (full, wanted) in &desired.resources {
        let after = if wanted.needs.is_empty() { String::new() } else { format!(" after {}", wanted.needs.join(", ")) };
        let body = desired.site.placed(&wanted.spec, &desired.files_root);
        line(format!("{} {full}{after} {body}", request(wanted.kind)));
        for (what, list) in [("permissions", &wanted.permissions), ("grants", &wanted.grants)] {
            // a new schema has no grants: an empty list sends nothing
            if let Some(list) = list.as_ref().filter(|list| what != "grants" || !list.is_empty()) {
                line(format!("PUT {what} {full} {}", Value::Array(list.clone())));
            }
        }
    }
    Ok(text)
}

#[test]
fn every_bundle_of_the_corpus_comes_to_its_value() {
    let cases = Case::all();
    assert!(cases.len() >= 150, "only {} bundles", cases.len());
    let bless = std::env::var_os("PIQ_BLESS").is_some();
    let mut wrong = BTreeMap::new();
    for case in &cases {
        let dir = tempfile::tempdir().expect("folder");
        case.write(dir.path());
        let options = LoadOptions { start: dir.path(), target: None, vars: &[], env: &Env::default() };
        let names = targets(&options).map(|(names, _)| names).unwrap_or_default();
        let names = if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
        let mut found = String::new();
        for name in names {
            let _ = writeln!(found, "=== {}", name.as_deref().unwrap_or("default"));
            match target(dir.path(), name.as_deref()) {
                Ok(text) => found += &text,
                Err(Diagnostics(errors)) => errors.iter().for_each(|e| found += &format!("error {}\n", shown(e))),
            }
        }
        let found = found.replace(&dir.path().display().to_string(), "FOLDER");
        if found == case.pinned {
            continue;
        }
        if bless {
            let text = std::fs::read_to_string(&case.path).expect("readable");
            let inputs = text.strip_suffix(case.pinned.as_str()).expect("what is pinned stands last");
            std::fs::write(&case.path, format!("{}\n{found}", inputs.trim_end())).expect("written");
        }
        wrong.insert(case.path.file_stem().expect("a name").to_owned(), found);
    }
    assert!(wrong.is_empty(), "not as pinned (look at the difference after `PIQ_BLESS=1`): {wrong:#?}");
}
