//! What a person sees of a run at a terminal: one live line for each task that is under way, and what stays.

use serde_json::json;

use super::{Lab, engine_dir};
use crate::kit::Project;
use crate::kit::terminal::{Shown, Terminal};

fn run(project: &Project, columns: u16, args: &[&str]) -> Terminal {
    let engine = engine_dir().display().to_string();
    Terminal::start_with(&project.path(""), columns, args, &[("PIQ_ENGINE_DIR", &engine)])
}

/// The screen without what differs between two runs: numbers, and the address.
fn without_numbers(shown: &Shown) -> String {
    let lines = shown.styled.lines().map(|line| {
        let line = line.split("http://").next().unwrap_or(line);
        let mut out = String::new();
        for c in line.chars() {
            let c = if c.is_ascii_digit() { '0' } else { c };
            // as many digits as there are
            if !(c == '0' && out.ends_with('0')) {
                out.push(c);
            }
        }
        // numbers at the right of a column move what is before them
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_run_shows_what_each_task_does_and_keeps_one_line_for_each() {
    let lab = Lab::with_sample(20);
    lab.deploy();
    // long enough to be seen between two looks at the run
    lab.faults(json!([{"nth": 3, "count": 1, "action": {"delay": 6000}}]));
    let terminal = run(&lab.project, 80, &["run", "-t", "local"]);
    terminal.wait_for("asking ");
    let (code, shown) = terminal.finish();
    assert_eq!(code, 0, "{}", shown.text);
    assert!(!shown.text.contains("asking "), "a live line stays:\n{}", shown.text);
    assert!(!shown.hides_cursor);
    for task in ["create_ref_tables", "incremental_pipeline", "sales_manager_summary_view"] {
        let ended = shown.text.lines().filter(|l| l.starts_with('[') && l.contains(task) && l.contains("SUCCESS"));
        assert_eq!(ended.count(), 1, "{task}:\n{}", shown.text);
    }
    assert!(shown.text.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn a_failing_run_shows_the_cell_at_any_width() {
    let lab = Lab::new();
    lab.project.write(
        "bundle/databricks.yml",
        "bundle:\n  name: shop\ntargets:\n  local:\n    default: true\nresources:\n  jobs:\n    hello:\n      name: hello\n      \
         tasks:\n        - task_key: greet\n          notebook_task:\n            notebook_path: ./hello.sql\n",
    );
    lab.project.write("bundle/hello.sql", "-- Databricks notebook source\nSELECT nothing FROM main.default.nowhere\n");
    for folder in ["sql", "templates", "dashboards"] {
        std::fs::remove_dir_all(lab.project.path(folder)).expect("removed");
    }
    lab.succeed(&["deploy", "-t", "local"]);
    for columns in [80, 120] {
        let (code, shown) = run(&lab.project, columns, &["run", "hello", "-t", "local"]).finish();
        assert_eq!(code, 1, "{}", shown.text);
        assert!(shown.text.contains("SELECT nothing FROM main.default.nowhere"), "{}", shown.text);
        insta::assert_snapshot!(format!("failing_run_{columns}"), without_numbers(&shown));
    }
}
