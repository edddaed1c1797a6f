//! The target `local`, whose workspace each command starts for itself: several at once, and a disk that is full.

use std::process::{Command, Output, Stdio};

use super::rig::{BUNDLE, JOB, counts, good, text};
use crate::kit::{Project, process::alone};

fn project() -> Project {
    let project = Project::empty();
    project.write("databricks.yml", &format!("{BUNDLE}  local: {{mode: development}}\n"));
    project.write("resources/load.yml", JOB);
    project.write("src/first.sql", "-- Databricks notebook source\nSELECT 1\n");
    project.write("src/second.py", "# Databricks notebook source\nprint(2)\n");
    project
}

const DEPLOY: [&str; 5] = ["deploy", "-t", "local", "-o", "json"];

/// piq, with files that must not grow over so many blocks, as on a disk that is full.
fn limited(project: &Project, blocks: u64, args: &[&str]) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut shell = Command::new("sh");
    let shell = alone(&mut shell, &project.path(".")).args(["-c", &script, "sh", env!("CARGO_BIN_EXE_piq")]);
    shell.args(args).output().expect("sh starts")
}

/// Names of the files in the project's folder.
fn names(project: &Project) -> Vec<String> {
    let entries = std::fs::read_dir(project.path(".")).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn several_deploys_at_once_share_one_workspace_and_do_the_work_once() {
    let project = project();
    let start = || project.command(&DEPLOY).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("piq starts");
    let children: Vec<_> = (0..4).map(|_| start()).collect();
    let reports = children.into_iter().map(|child| counts(&good(&child.wait_with_output().expect("piq ends"))));
    let mut created: Vec<u64> = reports.map(|c| c[0]).collect();
    created.sort_unstable();
    assert_eq!(created, [0, 0, 0, 3]);
    assert_eq!(counts(&good(&project.piq(&DEPLOY))), [0, 0, 0, 3]);
}

#[test]
fn a_plan_that_does_not_fit_on_the_disk_leaves_the_earlier_one() {
    let project = project();
    let plan = ["plan", "-t", "local", "--out", "plan.json"];
    assert_eq!(project.piq(&plan).status.code(), Some(0));
    let before = std::fs::read(project.path("plan.json")).expect("a plan");
    let there = names(&project);
    for n in 0..200 {
        project.write(&format!("src/n{n}.txt"), "text\n");
    }
    // the workspace's own log is read and written anew: leave it room
    let log = std::fs::metadata(project.path(".piq/workspace/log.jsonl")).expect("a log").len();
    let out = limited(&project, log.max(before.len() as u64) / 512 + 2, &plan);
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write the plan to plan.json") && said.contains("File too large"), "{said}");
    assert_eq!(std::fs::read(project.path("plan.json")).expect("a plan"), before);
    assert_eq!(names(&project), there, "nothing half-written is left");
    assert_eq!(project.piq(&plan).status.code(), Some(0));
}

#[test]
fn a_deploy_that_fills_the_disk_says_so_and_the_next_one_finishes_it() {
    let project = project();
    good(&project.piq(&DEPLOY));
    for n in 0..200 {
        project.write(&format!("src/n{n}.txt"), "text\n");
    }
    let log = std::fs::metadata(project.path(".piq/workspace/log.jsonl")).expect("a log").len();
    let out = limited(&project, log / 512 + 16, &DEPLOY);
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("log.jsonl") && said.contains("File too large"), "{said}");
    let next = good(&project.piq(&[&DEPLOY[..], &["--lock-timeout", "0s"]].concat()));
    assert_eq!(counts(&next)[2], 0);
    assert_eq!(counts(&good(&project.piq(&DEPLOY))), [0, 0, 0, 203]);
}
