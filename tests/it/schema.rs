//! What editors and shells are given.

use std::path::Path;

use serde_json::Value;

use super::kit::Project;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema(name: &str) -> String {
    let out = Project::new().piq(&["schema", name]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

fn validator(name: &str) -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema(name)).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

fn yaml(text: &str) -> Value {
    piq_bundle::parse(&piq_diagnostics::Source::new("file", text)).expect("YAML").root.to_json()
}

#[test]
fn the_committed_schemas_are_fresh() {
    for name in ["pipeline", "enrichment", "explain", "eval", "doctor-source", "doctor-probe", "bootstrap", "try"] {
        let file = format!("docs/schema/{}.schema.json", name.replace('-', "_"));
        let committed = std::fs::read_to_string(root().join(file)).expect("there");
        assert!(committed == schema(name), "docs/schema/{name}.schema.json is stale: `piq schema {name}` writes it");
    }
}

#[test]
fn the_files_of_the_project_are_by_their_schemas_and_slips_are_not() {
    let pipeline = validator("pipeline");
    let mut file = yaml(&std::fs::read_to_string(root().join("sql/pipeline.yml")).expect("there"));
    assert!(pipeline.is_valid(&file));
    file["limts"] = Value::Null;
    assert!(!pipeline.is_valid(&file));

    let enrichment = validator("enrichment");
    for entry in root().join("sql/enrichments").read_dir().expect("there") {
        let path = entry.expect("entry").path();
        let text = std::fs::read_to_string(&path).expect("readable");
        let header = text.split_once("/*").and_then(|(_, rest)| rest.split_once("*/")).expect("a header").0;
        // a header that is made by a template is YAML only once it is rendered
        if header.contains("{{") || header.contains("{%") {
            continue;
        }
        let mut header = yaml(header);
        let faults: Vec<String> = enrichment.iter_errors(&header).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", path.display());
        header["summry"] = Value::Null;
        assert!(!enrichment.is_valid(&header));
    }
}

#[test]
fn every_shell_is_told_every_command() {
    let project = Project::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let out = project.piq(&["completions", shell]);
        assert_eq!(out.status.code(), Some(0), "{shell}");
        let script = String::from_utf8(out.stdout).expect("UTF-8");
        assert!(script.contains("COMPLETE") && script.contains("piq"), "{shell}: {script}");
        // the script asks piq itself, with the words of the command line so far
        for (line, index, commands) in [
            (&["piq", ""][..], "1", &["render", "validate", "auth", "completions"][..]),
            (&["piq", "auth", ""], "2", &["describe"]),
        ] {
            let mut asking = project.command(&[&["--"][..], line].concat());
            asking.envs([("COMPLETE", shell), ("_CLAP_COMPLETE_INDEX", index), ("_CLAP_IFS", "\n")]);
            let told = String::from_utf8(asking.output().expect("piq starts").stdout).expect("UTF-8");
            for command in commands {
                assert!(told.contains(command), "{shell} is not told of {command}: {told}");
            }
        }
    }
    assert_eq!(project.piq(&["completions", "cmd"]).status.code(), Some(2));
}
