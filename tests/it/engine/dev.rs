//! `piq dev --run`: a changed notebook runs without another command, and only the tasks that are asked for.

use serde_json::Value;

use super::{Lab, command};
use crate::dev::Dev;

const BUNDLE: &str = "\
bundle:
  name: shop
targets:
  local:
    default: true
resources:
  jobs:
    hello:
      name: hello
      tasks:
        - task_key: greet
          notebook_task:
            notebook_path: ./greet.sql
        - task_key: leave
          notebook_task:
            notebook_path: ./leave.sql
";

fn notebook(greeting: &str) -> String {
    format!(
        "-- Databricks notebook source\nCREATE OR REPLACE TABLE main.default.greetings AS SELECT '{greeting}' AS greeting\n"
    )
}

#[test]
fn a_changed_notebook_runs_and_no_other_task_does() {
    let lab = Lab::new();
    for folder in ["sql", "templates", "dashboards"] {
        std::fs::remove_dir_all(lab.project.path(folder)).expect("removed");
    }
    lab.project.write("bundle/databricks.yml", BUNDLE);
    lab.project.write("bundle/greet.sql", &notebook("hello"));
    lab.project.write("bundle/leave.sql", "-- Databricks notebook source\nSELECT nothing FROM main.default.nowhere\n");
    let greeting = || lab.sql("SELECT greeting FROM main.default.greetings");

    let args = ["dev", "-t", "local", "-o", "json", "--run", "hello.greet"];
    let dev = Dev::of(&mut command(&lab.project, &args));
    assert_eq!(dev.result()["deployed"], true);
    assert_eq!(dev.run()["result_state"], "SUCCESS");
    assert_eq!(greeting(), [["hello"]]);

    lab.project.write("bundle/greet.sql", &notebook("good day"));
    assert_eq!(dev.result()["changed"][0], "bundle/greet.sql");
    let run = dev.run();
    let tasks: Vec<&Value> = run["tasks"].as_array().into_iter().flatten().map(|t| &t["task_key"]).collect();
    assert_eq!((&run["result_state"], tasks), (&"SUCCESS".into(), vec![&"greet".into()]), "{run}");
    assert_eq!(greeting(), [["good day"]]);

    // a run that fails does not end the watch
    lab.project.write("bundle/greet.sql", "-- Databricks notebook source\nSELECT 1 FROM main.default.nowhere\n");
    assert_eq!(dev.result()["deployed"], true);
    assert_eq!(dev.run()["result_state"], "FAILED");
    lab.project.write("bundle/greet.sql", &notebook("welcome"));
    assert_eq!(dev.result()["deployed"], true);
    assert_eq!(dev.run()["result_state"], "SUCCESS");
    assert_eq!((greeting(), dev.stop()), (vec![vec!["welcome".into()]], Some(0)));
}
