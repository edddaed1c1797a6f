//! Broken bundles: `piq validate` names each fault with its file and line, offline, and changes nothing.
//!
//! The folder of a case holds a bundle and, if it needs any, the arguments in `args`, one a line. Its snapshot holds
//! the three forms of the diagnostics.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use super::kit::{Project, piq};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/broken");
    let mut all: Vec<PathBuf> = folder.read_dir().expect("cases").map(|e| e.expect("entry").path()).collect();
    all.sort();
    assert!(all.len() >= 20, "{all:?}");
    all
}

fn validate(dir: &Path, form: &str) -> Output {
    let args = std::fs::read_to_string(dir.join("args")).unwrap_or_default();
    piq(dir, &["validate", "-o", form])
        .args(args.lines())
        // a request to any workspace would have to go here, where nobody listens
        .envs([("DATABRICKS_HOST", "http://127.0.0.1:9"), ("HTTPS_PROXY", "http://127.0.0.1:9")])
        .output()
        .expect("piq starts")
}

/// Every file below a folder.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in dir.read_dir().expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn each_broken_bundle_is_reported_with_its_place() {
    for case in cases() {
        let name = case.file_name().expect("name").to_string_lossy().into_owned();
        let before = files(&case);
        let mut forms = Vec::new();
        for form in ["text", "json", "github"] {
            let out = validate(&case, form);
            let error = String::from_utf8(out.stderr).expect("UTF-8");
            assert_eq!(out.status.code(), Some(1), "{name} {form}: {error}");
            assert!(out.stdout.is_empty(), "{name} {form}: results are only for what is valid");
            if form == "json" {
                for line in error.lines() {
                    let d: Value = serde_json::from_str(line).expect("JSON");
                    assert_eq!(d["severity"], "error", "{name}: {d}");
                    let placed =
                        d["file"].is_string() && d["line"].as_u64() >= Some(1) && d["column"].as_u64() >= Some(1);
                    assert!(placed, "{name} has no place: {d}");
                }
            }
            if form == "github" {
                assert!(error.lines().all(|l| l.starts_with("::error file=")), "{name}: {error}");
            }
            forms.push(error.replace(&case.display().to_string(), "DIR"));
        }
        assert_eq!(files(&case), before, "{name}: files were written");
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots/broken"}, {
            insta::assert_snapshot!(name, forms.join("\n"));
        });
    }
}

#[test]
fn a_fault_in_a_template_is_found_by_validate() {
    let project = Project::new();
    project.edit("templates/manager_summary.sql.j2", "{{ leader }}", "{{ leeder }}");
    let out = project.piq(&["validate", "-t", "local", "-o", "json"]);
    assert_eq!(out.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&out.stderr).expect("one diagnostic");
    let text = std::fs::read_to_string(project.path("templates/manager_summary.sql.j2")).expect("there");
    let line = text.lines().position(|l| l.contains("{{ leeder }}")).expect("there") as u64 + 1;
    assert_eq!((error["code"].as_str(), error["line"].as_u64()), (Some("template"), Some(line)), "{error}");
    assert_eq!(error["file"], "templates/manager_summary.sql.j2");
}
