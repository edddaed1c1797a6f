//! A project, a workspace, and piq between them.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::kit::{Project, Workspace};
pub(super) use crate::kit::{good, text};

/// A workspace and a small bundle of its own: one job with two notebooks and a plain file.
pub(super) struct Rig {
    pub workspace: Workspace,
    pub project: Project,
}

pub(super) const BUNDLE: &str = "
bundle:
  name: shop
include: [resources/*.yml]
targets:
  dev:
    default: true
    mode: development
  prod:
    mode: production
    workspace:
      root_path: /Workspace/Shared/.bundle/shop/prod
";

pub(super) const JOB: &str = "
resources:
  jobs:
    load:
      name: load
      schedule: {quartz_cron_expression: 0 0 6 * * ?, timezone_id: UTC}
      tags: {team: sales}
      tasks:
        - task_key: first
          notebook_task: {notebook_path: ../src/first.sql}
        - task_key: second
          depends_on: [{task_key: first}]
          timeout_seconds: 60
          notebook_task: {notebook_path: ../src/second.py}
";

impl Rig {
    pub(super) fn new() -> Self {
        let rig = Self { workspace: Workspace::start(), project: Project::empty() };
        rig.clone_into(&rig.project);
        rig
    }

    /// Writes the bundle into another folder, as a second clone has it.
    pub(super) fn clone_into(&self, project: &Project) {
        project.write("databricks.yml", BUNDLE);
        project.write("resources/load.yml", JOB);
        project.write("src/first.sql", "-- Databricks notebook source\nSELECT 1\n");
        project.write("src/second.py", "# Databricks notebook source\nprint(2)\n");
        project.write("src/data.csv", "a,b\n1,2\n");
    }

    pub(super) fn command(&self, project: &Project, args: &[&str]) -> Command {
        self.workspace.command(project, args)
    }

    /// As the service principal, which production wants.
    pub(super) fn as_principal(&self, args: &[&str]) -> Output {
        self.workspace.principal_command(&self.project, args).output().expect("piq starts")
    }

    pub(super) fn piq(&self, args: &[&str]) -> Output {
        self.command(&self.project, args).output().expect("piq starts")
    }

    /// Deploys to dev and gives the result.
    pub(super) fn deploy(&self, more: &[&str]) -> Value {
        let mut args = vec!["deploy", "-t", "dev", "-o", "json"];
        args.extend(more);
        good(&self.piq(&args))
    }

    /// Every job in the workspace.
    pub(super) fn jobs(&self) -> Vec<Value> {
        let list = self.workspace.get("/api/2.2/jobs/list?expand_tasks=true&limit=100");
        list["jobs"].as_array().cloned().unwrap_or_default()
    }

    /// Requests since the last time: method and path without query.
    pub(super) fn requests(&self) -> Vec<String> {
        let log = self.workspace.get("/piq/requests");
        let all = log["requests"].as_array().expect("a list").iter();
        let line = |r: &Value| format!("{} {}", r["method"].as_str().unwrap(), r["path"].as_str().unwrap());
        let lines = all.map(line).collect();
        self.workspace.send("DELETE", "/piq/requests", "");
        lines
    }

    /// Waits until the first fault has hit.
    pub(super) fn wait_for_fault(&self) {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while self.workspace.get("/piq/faults")["hits"][0] == 0 {
            assert!(std::time::Instant::now() < end, "the fault hits nothing");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    pub(super) fn faults(&self, faults: &Value) {
        self.workspace.post("/piq/faults", &json!({"faults": faults}));
    }
}

/// `created, updated, deleted, unchanged`.
pub(super) fn counts(report: &Value) -> [u64; 4] {
    ["created", "updated", "deleted", "unchanged"].map(|name| report["changes"][name].as_u64().expect(name))
}
