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
    let pipeline = &first["pipeline"];
    let selected = pipeline["selected"].as_u64().expect("selected");
    assert_eq!(pipeline["merged"].as_u64(), Some(selected));
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq"), selected);
    // one call for each use case with content and enrichment, and the ledger has what the gateway was asked
    let calls = pipeline["calls"].as_object().expect("calls");
    let total: u64 = calls.values().filter_map(Value::as_u64).sum();
    assert_eq!(lab.asked().values().sum::<u64>(), total);
    assert!(calls.values().all(|n| n.as_u64().is_some_and(|n| n <= selected)), "{calls:?}");
    assert_eq!(lab.number("SELECT count(*) FROM (SELECT usecase_id, enrichment FROM piq_ai_calls GROUP BY 1, 2 HAVING count(*) > 1) AS twice"), 0);
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
    for wanted in ["nothing that a model reads has changed", "fake model", "Confidence", "Most at risk", "Try next"] {
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
    the_address_at_the_end_shows_the_dashboards(&lab, &text);
    official_client(&lab, selected);
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

/// The last line of a demo is the address of the dashboards: of a file, or of a server that runs until it is stopped.
fn the_address_at_the_end_shows_the_dashboards(lab: &Lab, ended: &str) {
    let address = ended.lines().last().expect("an address").trim();
    let file = address.strip_prefix("file://").unwrap_or_else(|| panic!("no file is named at the end of:\n{ended}"));
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
fn official_client(lab: &Lab, selected: u64) {
    let seen = lab.workspace.sdk("sdk_client.py", &["incremental_pipeline_job", "main", "pipelineiq"]);
    assert_eq!(seen["result"], "SUCCESS");
    assert_eq!(seen["runs"], 5);
    assert_eq!(seen["tasks"].as_object().map(serde_json::Map::len), Some(4));
    assert_eq!(seen["rows"], selected.to_string());
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
