//! `piq doctor --probe`: what is found of models that behave in different ways, what is adapted, and that nothing stays.

use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::{Lab, command};
use crate::kit::{code, signal, text, whole};

const MODELS: &str = "\
roles: {extract: alpha, reason: bravo, brief: charlie}
";

/// A lab whose three roles ask models of their own.
fn lab(behavior: Value) -> Lab {
    let lab = Lab::new();
    lab.project.edit("sql/pipeline.yml", "roles: {}\n", MODELS);
    lab.project.edit("sql/pipeline.yml", "models:\n", "models:\n  bravo: {parameters: [temperature]} # by hand\n");
    lab.models(behavior);
    lab
}

impl Lab {
    fn models(&self, behavior: Value) {
        self.post("/piq/gateway/models", &json!({"models": behavior}));
    }

    fn probe(&self, more: &[&str]) -> Output {
        self.piq(&[&["doctor", "--probe", "--yes", "-t", "local", "-o", "json"], more].concat())
    }

    /// Everything that a probe may have made, by its name.
    fn traces(&self) -> Vec<String> {
        let names = |path: &str, list: &str, field: &str| {
            let answer = self.get(path);
            let all = answer[list].as_array().cloned().unwrap_or_default();
            all.iter().map(|one| one.pointer(field).and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
        };
        let found: [Vec<String>; 4] = [
            names("/api/2.2/jobs/list?limit=100", "jobs", "/settings/name"),
            names("/api/2.0/workspace/list?path=/Users/dana.local@example.com", "objects", "/path"),
            names("/api/2.1/unity-catalog/schemas?catalog_name=main", "schemas", "/name"),
            names("/api/2.0/lakeview/dashboards", "dashboards", "/display_name"),
        ];
        found.concat().into_iter().filter(|name| name.contains("probe")).collect()
    }
}

fn finding<'v>(report: &'v Value, name: &str) -> &'v Value {
    let all = report["findings"].as_array().expect("findings");
    all.iter().find(|f| f["name"] == name).unwrap_or_else(|| panic!("no {name} in {report}"))
}

fn model<'v>(report: &'v Value, name: &str) -> &'v Value {
    report["models"].as_array().expect("models").iter().find(|m| m["name"] == name).expect("the model")
}

fn report(out: &Output) -> Value {
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", whole(out)))
}

#[test]
fn engine_a_probe_finds_what_each_model_takes_and_how_the_workspace_behaves() {
    let lab = lab(json!({
        "alpha": {"refuses_temperature": true, "refuses_bounds": true},
        "bravo": {"text_result": true},
        "charlie": {"retired": true},
    }));
    let found = lab.told_by_schema("doctor_probe", &["doctor", "--probe", "--yes"]);
    assert_eq!(lab.traces(), [""; 0], "nothing stays");

    let alpha = model(&found, "alpha");
    assert_eq!(
        [&alpha["answers"], &alpha["batch"], &alpha["bounds"], &alpha["parameters"], &alpha["response_format"]],
        [&json!(true), &json!(true), &json!(false), &json!(["max_tokens"]), &json!(true)],
        "{alpha}"
    );
    assert!(alpha["result_type"].as_str().expect("a type").starts_with("struct<"), "{alpha}");
    let bravo = model(&found, "bravo");
    assert_eq!(
        [&bravo["result_type"], &bravo["parameters"], &bravo["bounds"]],
        [&json!("string"), &json!(["temperature", "max_tokens"]), &json!(true)]
    );
    let charlie = finding(&found, "model charlie");
    assert_eq!(charlie["status"], "change");
    assert!(charlie["found"].as_str().expect("a text").contains("was retired"), "{charlie}");
    assert_eq!(
        found["model_lines"],
        json!(["alpha: {parameters: [max_tokens]}", "bravo: {parameters: [temperature, max_tokens]}"])
    );
    assert_eq!(finding(&found, "model alpha")["status"], "change");

    for (name, words) in [
        ("ai_classify", "version 2 (labels as a JSON text) gives string"),
        ("ai_summarize", "gives string"),
        ("view_grants", "loses its grants when it is replaced, and keeps them when it is altered"),
        ("dashboard_etag", "changes with its content, stays with a new title; `update_time` then changes"),
        ("first_read", "shows what was written"),
        ("dashboard_form", "`queryLines`, with `pageType`, its folder without /Workspace"),
        ("deploy_again_dashboard", "may change it again"),
        ("deploy_again_job", "may change it again"),
        ("notebook_import", "comes back as it was sent"),
        ("run_states", "ends as FAILED"),
        ("no_retry", "is not repeated"),
        ("attempts", "FAILED after 2 attempts"),
        ("sql_script", "may have comments before BEGIN"),
        ("root_path", "a plain user may not change"),
    ] {
        let one = finding(&found, name);
        assert_eq!(one["status"], "ok", "{one}");
        assert!(one["found"].as_str().expect("a text").contains(words), "{one}");
    }
    let saved = lab.project.read(".piq/probe-local.json");
    assert_eq!(serde_json::from_str::<Value>(&saved).expect("JSON"), found);
}

#[test]
fn engine_a_probe_writes_what_models_take_and_names_what_a_person_must_change() {
    let lab = lab(json!({"alpha": {"refuses_temperature": true}, "charlie": {"refuses_batch": true}}));
    lab.project.edit(
        "bundle/databricks.yml",
        "      root_path: /Workspace/Users/${workspace.current_user.userName}/.bundle/${bundle.name}/${bundle.target}\n\n  dev:",
        "      root_path: /Workspace/Shared/${workspace.current_user.userName}/pipelineiq\n\n  dev:",
    );
    lab.post("/piq/restrictions", &json!({"stale_reads": true}));
    let out = lab.probe(&["--write", "--report", "found.json"]);
    assert_eq!(code(&out), 1, "{}", whole(&out));
    let found = report(&out);
    assert_eq!(found["written"], true);
    let settings = lab.project.read("sql/pipeline.yml");
    for line in [
        "\n  alpha: {parameters: [max_tokens]}\n",
        "\n  bravo: {parameters: [temperature, max_tokens]}\n",
        "\n  charlie: {parameters: [], batch: false}\n",
    ] {
        assert!(settings.contains(line), "{line} in {settings}");
    }
    assert!(!settings.contains("by hand"), "the old entry is replaced");
    assert_eq!(finding(&found, "model alpha")["status"], "ok", "what was adapted needs no one");
    let charlie = finding(&found, "model charlie");
    assert_eq!(charlie["status"], "change");
    assert!(charlie["found"].as_str().expect("a text").contains("not supported for batch inference"), "{charlie}");
    let root = finding(&found, "root_path");
    assert_eq!(root["status"], "change", "{root}");
    assert!(root["found"].as_str().expect("a text").contains("everybody may change what is below `/Workspace/Shared"));
    assert!(finding(&found, "first_read")["found"].as_str().expect("a text").contains("piq reads twice"));
    assert!(lab.project.read("found.json").contains("\"written\": true"));

    // what was written is what the next probe finds
    lab.project.edit("sql/pipeline.yml", "brief: charlie", "brief: alpha");
    lab.post("/piq/restrictions", &json!({}));
    let again = report(&lab.probe(&[]));
    assert_eq!((&again["model_lines"], &again["written"]), (&json!([]), &json!(false)));
}

#[test]
fn engine_a_probe_asks_before_it_spends_and_says_what_it_will_do() {
    let lab = lab(json!({}));
    lab.get("/piq/gateway");
    lab.call("DELETE", "/piq/requests", "");
    let out = lab.piq(&["doctor", "--probe", "-t", "local"]);
    assert_eq!(code(&out), 1);
    let said = text(&out.stderr);
    for words in [
        "nothing was probed",
        "--yes",
        "calls of models (alpha, bravo, charlie, ai_",
        "ref_model_prices",
        "deletes all of it",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
    let log = lab.get("/piq/requests");
    let written = log["requests"].as_array().expect("a list").iter().filter(|r| r["method"] != "GET").count();
    assert_eq!(written, 0, "{log}");
    assert_eq!(lab.asked(), [].into());
}

#[test]
fn engine_an_interrupted_probe_cleans_up_and_a_later_one_cleans_up_after_one_that_was_killed() {
    let lab = lab(json!({}));
    let slow = json!([{"method": "POST", "path": "jobs/run-now", "when": "after", "action": {"delay": {"milliseconds": 60_000}}}]);
    let start = || {
        lab.post("/piq/faults", &json!({"faults": slow}));
        let mut probe = command(&lab.project, &["doctor", "--probe", "--yes", "-t", "local", "-o", "json"]);
        let child = probe.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("piq starts");
        lab.until("the run", || (lab.get("/piq/faults")["hits"][0] == 1).then_some(()));
        lab.post("/piq/faults", &json!({"faults": []}));
        child
    };
    let child = start();
    assert!(lab.traces().len() >= 3, "{:?}", lab.traces());
    signal("-INT", child.id());
    let out = child.wait_with_output().expect("piq ends");
    assert_eq!(code(&out), 130, "{}", whole(&out));
    assert_eq!(lab.traces(), [""; 0]);

    let mut child = start();
    child.kill().expect("killed");
    child.wait().expect("ended");
    let left = lab.traces();
    assert!(left.len() >= 3, "{left:?}");
    // a folder of a probe that may still run is left alone
    assert_eq!(report(&lab.probe(&[]))["left"], json!([]));
    assert_eq!(lab.traces(), left);
    // one that began long ago is not
    let old = "/Users/dana.local@example.com/.piq-probe-20200101t000000-1f";
    lab.post("/api/2.0/workspace/mkdirs", &json!({"path": old}));
    lab.post("/api/2.2/jobs/create", &json!({"name": "piq probe 20200101t000000-1f"}));
    lab.post(
        "/api/2.1/unity-catalog/schemas",
        &json!({"catalog_name": "main", "name": "piq_probe_20200101t000000_1f"}),
    );
    assert_eq!(lab.traces().len(), left.len() + 3);
    lab.probe(&[]);
    assert_eq!(lab.traces(), left);
}
