//! `piq dev`: a change of a file is in the workspace without another command.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use super::kit::{Project, Running, Workspace, code, follows_schema, said, signal};

/// A line comes within this time, or never.
const PATIENCE: Duration = Duration::from_secs(240);

const BUNDLE: &str = "\
bundle:
  name: shop
targets:
  dev:
    default: true
    mode: development
  prod:
    mode: production
resources:
  jobs:
    hello:
      name: hello
      tasks:
        - task_key: greet
          notebook_task:
            notebook_path: ./hello.sql
";

fn shop() -> Project {
    let project = Project::empty();
    project.write("databricks.yml", BUNDLE);
    project.write("hello.sql", "-- Databricks notebook source\nSELECT 1\n");
    project
}

/// `piq dev` with one JSON line for each change, and its messages.
pub(crate) struct Dev {
    process: Running,
    results: Receiver<String>,
    messages: Receiver<String>,
}

/// Lines of a stream, as they come.
fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Dev {
    fn start(workspace: &Workspace, project: &Project, args: &[&str]) -> Self {
        Self::of(&mut workspace.command(project, &[&["dev", "-o", "json"], args].concat()))
    }

    /// A command that was put together, with `-o json`.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("piq starts");
        let results = lines(child.stdout.take().expect("piped"));
        let messages = lines(child.stderr.take().expect("piped"));
        Self { process: Running(child), results, messages }
    }

    pub(crate) fn result(&self) -> Value {
        let line = self.results.recv_timeout(PATIENCE).expect("a result");
        let result = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        follows_schema("dev", &result);
        result
    }

    /// What a run of `--run` gave.
    pub(crate) fn run(&self) -> Value {
        let line = self.results.recv_timeout(PATIENCE).expect("a run");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"))
    }

    pub(crate) fn message(&self, holds: &str) -> String {
        loop {
            let line = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|e| panic!("{e}: no message with {holds}"));
            if line.contains(holds) {
                return line;
            }
        }
    }

    /// Stops it as Ctrl-C does, and gives its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        signal("-INT", self.process.0.id());
        self.message("stopped");
        self.process.0.wait().expect("waited for").code()
    }
}

/// The text of the deployed notebook.
fn notebook(workspace: &Workspace) -> String {
    let job = &workspace.get("/api/2.2/jobs/list?expand_tasks=true")["jobs"][0];
    let path = job["settings"]["tasks"][0]["notebook_task"]["notebook_path"].as_str().expect("a path").to_owned();
    let answer = workspace.get(&format!("/api/2.0/workspace/export?direct_download=false&format=SOURCE&path={path}"));
    let content = answer["content"].as_str().expect("content");
    use base64::Engine as _;
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(content).expect("base64")).expect("UTF-8")
}

#[test]
fn a_changed_file_is_deployed_a_broken_one_is_not_and_its_repair_is() {
    let (workspace, project) = (Workspace::start(), shop());
    let dev = Dev::start(&workspace, &project, &[]);
    assert_eq!(dev.result()["changes"]["created"], 2, "it deploys when it starts");

    project.write("hello.sql", "-- Databricks notebook source\nSELECT 2\n");
    let result = dev.result();
    assert_eq!((&result["changed"][0], &result["deployed"]), (&"hello.sql".into(), &true.into()), "{result}");
    assert!(notebook(&workspace).contains("SELECT 2"));

    project.edit("databricks.yml", "task_key", "taskkey");
    project.write("hello.sql", "-- Databricks notebook source\nSELECT 3\n");
    let result = dev.result();
    assert_eq!(result["deployed"], false, "{result}");
    let found: Value = serde_json::from_str(&dev.message("unknown-key")).expect("JSON");
    assert_eq!((&found["file"], &found["line"]), (&"databricks.yml".into(), &14.into()));
    assert!(notebook(&workspace).contains("SELECT 2"), "a broken project is not deployed");

    project.edit("databricks.yml", "taskkey", "task_key");
    loop {
        let result = dev.result();
        if result["deployed"] == true {
            break;
        }
    }
    assert!(notebook(&workspace).contains("SELECT 3"));

    assert_eq!(dev.stop(), Some(0));
}

#[test]
fn a_resource_is_deleted_only_with_leave_and_the_watch_goes_on() {
    let (workspace, project) = (Workspace::start(), shop());
    let dev = Dev::start(&workspace, &project, &[]);
    assert_eq!(dev.result()["deployed"], true);
    let (head, _) = BUNDLE.split_once("resources:").expect("resources");
    project.write("databricks.yml", head);
    assert_eq!(dev.result()["deployed"], false);
    dev.message("hello");
    project.write("databricks.yml", BUNDLE);
    assert_eq!(dev.result()["deployed"], true);
    signal("-TERM", dev.process.0.id());
    dev.message("stopped");
}

#[test]
fn a_production_target_is_refused() {
    let (workspace, project) = (Workspace::start(), shop());
    let out = workspace.command(&project, &["dev", "-t", "prod"]).output().expect("piq starts");
    assert_eq!(code(&out), 2, "{}", said(&out));
    assert!(said(&out).contains("the target `prod` is in production mode"), "{}", said(&out));
}
