//! The README's main job, from an empty folder; then the same workspace seen through the official Python client.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Lab, Project, command, start};
use crate::kit::{Running, ended_well, send, signal};

/// The arguments of the README's command for the main job.
fn main_job() -> Vec<&'static str> {
    let readme = include_str!("../../../README.md");
    let line = readme.lines().find(|l| l.starts_with("cargo run --release -- demo")).expect("the README runs the demo");
    line.trim_start_matches("cargo run --release -- ").split_whitespace().collect()
}

fn demo(lab: &Lab, extra: &[&str]) -> Value {
    let out = lab.succeed(&[main_job().as_slice(), extra].concat());
    serde_json::from_str(&out).expect("one JSON document")
}

#[test]
fn engine_the_demo_runs_from_an_empty_folder_and_asks_nothing_the_second_time() {
    let project = Project::empty();
    let workspace = start(&project);
    let lab = Lab { project, workspace };

    let first = demo(&lab, &["-o", "json"]);
    assert!(lab.project.path("bundle/databricks.yml").is_file(), "the project was written");
    assert_eq!(first["result_state"], "SUCCESS");
    // the week before, then what changed since: new, won and lost use cases, and edited notes
    let (pipeline, before) = (&first["pipeline"], &first["pipeline"]["week_before"]);
    let number = |run: &Value, what: &str| run[what].as_u64().unwrap_or_else(|| panic!("no {what} in {run}"));
    assert_eq!(number(before, "merged"), number(before, "selected"));
    // of a use case that was only touched, nothing is written anew
    assert!((1..=number(pipeline, "selected")).contains(&number(pipeline, "merged")), "{pipeline}");
    assert!(number(pipeline, "selected") < number(before, "selected"));
    let stored = lab.number("SELECT count(*) FROM pipelineiq");
    assert!((number(before, "selected")..60).contains(&stored), "{stored}");
    // one call for each use case with content and enrichment, and the ledger has what the gateway was asked
    let calls =
        |run: &Value| -> u64 { run["calls"].as_object().expect("calls").values().filter_map(Value::as_u64).sum() };
    let source = lab.get("/piq/gateway")["source"].as_str().expect("a source").to_owned();
    assert_eq!(lab.asked().values().sum::<u64>(), calls(pipeline) + calls(before));
    // every answer is recorded, the managers' briefs among them
    let briefs =
        lab.number("SELECT count(*) FROM piq_ai_calls WHERE enrichment LIKE '%coaching_brief' AND attempts > 0");
    assert!(briefs >= 13, "{briefs} briefs");
    assert_eq!(source, "recorded answers of the sample");
    assert_eq!(lab.number("SELECT count(*) FROM sales_manager_summary_view WHERE coaching_brief LIKE '%…%'"), 0);
    let invented = lab.sql("SELECT usecase_id, e.dimension, e.quote FROM (SELECT usecase_id, explode(evidence) AS e FROM pipelineiq) AS q WHERE e.score > 0 AND NOT e.supported");
    assert_eq!(invented, Vec::<Vec<Value>>::new(), "every quote stands in the notes");
    assert_eq!(lab.number("SELECT count(DISTINCT next_best_action_recommendation) FROM pipelineiq_view"), stored);
    assert_eq!(pipeline["failed"], 0);
    let share =
        lab.number("SELECT CAST(100 * count_if(likely_to_slip) / count(*) AS INT) FROM pipelineiq_view WHERE is_open");
    assert!((15..=35).contains(&share), "{share} % are likely to slip");
    assert_eq!(lab.sql("SELECT * FROM piq_contradictions"), Vec::<Vec<Value>>::new());
    assert!(pipeline["est_cost_usd"].as_f64().is_some_and(|usd| usd > 0.0));
    assert_eq!(first["tasks"].as_array().map(Vec::len), Some(4));

    let second = demo(&lab, &["-o", "json"]);
    assert_eq!(second["pipeline"]["calls"], serde_json::json!({}));
    assert_eq!((&second["pipeline"]["selected"], &second["pipeline"]["merged"]), (&0.into(), &0.into()));
    assert_eq!(lab.asked().len(), 0);

    let text = lab.succeed(&main_job());
    for wanted in [
        "What to do now\n  1. ",
        "nothing that a model reads has changed",
        "Look closer",
        "explain UC-1",
        "recorded answers",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
    commands_run_as_printed(&lab, &text);
    the_address_at_the_end_shows_the_dashboards(&lab, &text);
    official_client(&lab, stored);
}

#[test]
fn engine_a_demo_that_is_closed_leaves_its_workspace_to_others_until_they_are_done() {
    let project = Project::empty();
    let arguments = [main_job().as_slice(), &["--preview", "--rows", "5"]].concat();
    let mut demo = Served::start(command(&project, &arguments).stderr(Stdio::piped()));
    let preview = ["dashboards", "preview", "-t", "local", "--no-open"];
    let mut other = Served::start(&mut command(&project, &preview));
    assert_eq!(demo.get("api/state").0, 200);
    signal("-TERM", demo.process.0.id());
    let mut said = BufReader::new(demo.process.0.stderr.take().expect("piped")).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains("another piq uses the workspace")));
    assert_eq!(other.get("api/state").0, 200);
    ended_well(&mut command(&project, &["status", "-t", "local"]));
    assert!(demo.process.0.try_wait().expect("looked at").is_none(), "the demo keeps its workspace");
    signal("-TERM", other.process.0.id());
    assert!(other.ended_in_peace() && demo.ended_in_peace());
}

/// A started command that names an address.
struct Served {
    process: Running,
    url: String,
}

impl Served {
    fn start(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).spawn().expect("piq starts");
        let mut served = Self { process: Running(child), url: String::new() };
        let lines = BufReader::new(served.process.0.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let url = lines.map(|l| l.trim().to_owned()).find(|l| l.starts_with("http://"));
        served.url = url.expect("an address is named");
        served
    }

    /// Status and body of a path below the address.
    fn get(&self, path: &str) -> (u16, Value) {
        let host = self.url["http://".len()..].find('/').map_or(self.url.len(), |at| at + "http://".len());
        let (host, start) = self.url.split_at(host);
        send(host, "", "GET", &format!("{start}{path}"), "")
    }

    fn ended_in_peace(&mut self) -> bool {
        self.process.0.wait().expect("waited for").success()
    }
}

/// What the screen says to run, runs: but for the preview, which serves until it is stopped.
fn commands_run_as_printed(lab: &Lab, ended: &str) {
    let section = ended.split("Look closer\n").nth(1).expect("a section");
    let lines = section.lines().map(str::trim).filter(|l| l.contains(" explain ") || l.contains(" sample-data "));
    let lines: Vec<&str> = lines.take_while(|l| !l.starts_with("What it took")).collect();
    assert_eq!(lines.len(), 2, "{section}");
    let explain = lines.iter().find(|l| l.contains(" explain ")).expect("an explanation");
    let out = Command::new("sh").args(["-c", explain]).current_dir(lab.project.path("")).output().expect("a shell");
    assert!(out.status.success(), "{explain}: {}", String::from_utf8_lossy(&out.stderr));
    // an address of the workspace opens without a token, and says what to do
    let host = lab.workspace.record["host"].as_str().expect("a host");
    let (status, page) = send(host, "", "GET", "/", "");
    assert!(status == 200 && page.as_str().is_some_and(|p| p.contains("piq status -t local")), "{status}: {page}");
}

/// A demo names the address of the dashboards: of a file, or of a server that runs until it is stopped.
fn the_address_at_the_end_shows_the_dashboards(lab: &Lab, ended: &str) {
    let named = ended.lines().find_map(|line| line.trim().strip_prefix("file://"));
    let file = named.unwrap_or_else(|| panic!("no file is named in:\n{ended}"));
    let html = std::fs::read_to_string(file).expect("the file");
    assert!(html.starts_with("<!doctype html>") && html.contains("Confidence Pulse"), "{}", &html[..200]);
    assert!(!html.contains("\"kind\":\"failed\""), "a widget shows an error");

    let mut live = Served::start(command(&lab.project, &main_job()).arg("--preview"));
    let [(page, html), (state, dashboards)] = [live.get(""), live.get("api/state")];
    // another one in the same folder, while the first is open
    let second = lab.piq(&[main_job().as_slice(), &["--no-preview"]].concat());
    signal("-TERM", live.process.0.id());
    assert!(live.ended_in_peace());
    assert_eq!((page, state), (200, 200));
    assert!(html.as_str().is_some_and(|h| h.contains("preview.js")), "{html}");
    assert_eq!(dashboards["dashboards"].as_array().map(Vec::len), Some(2));
    let second_text = String::from_utf8_lossy(&second.stdout);
    assert!(second.status.success() && !second_text.contains("://"), "{second_text}");
}

/// The official client, given nothing but the address and the token.
fn official_client(lab: &Lab, stored: u64) {
    let seen = lab.workspace.sdk("sdk_client.py", &["incremental_pipeline_job", "main", "pipelineiq"]);
    assert_eq!(seen["result"], "SUCCESS");
    assert_eq!(seen["runs"], 6);
    assert_eq!(seen["tasks"].as_object().map(serde_json::Map::len), Some(4));
    assert_eq!(seen["rows"], stored.to_string());
    assert_eq!(seen["settings"]["parameters"][0]["name"], "catalog");
    let decoded =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, seen["notebook"].as_str().expect("content"));
    let notebook = String::from_utf8(decoded.expect("base64")).expect("UTF-8");
    assert!(notebook.starts_with("-- Databricks notebook source\n") && notebook.contains("MERGE INTO pipelineiq"));
}

#[test]
fn engine_a_machine_without_python_is_told_what_to_do() {
    let project = Project::empty();
    let out = command(&project, &["demo"])
        .env("PATH", project.path("nothing"))
        .env("PIQ_ENGINE_DIR", project.path("engine"))
        .output()
        .expect("piq starts");
    let text = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{text}");
    assert!(text.contains("Python 3.10") && text.contains("PIQ_PYTHON"), "{text}");
}
