//! What a person sees of a run at a terminal: one live line for each task that is under way, and what stays.

use std::path::Path;

use serde_json::json;

use super::{Lab, engine_dir};
use crate::kit::Project;
use crate::kit::terminal::{Shown, Terminal};

fn run(project: &Project, columns: u16, args: &[&str]) -> Terminal {
    let engine = engine_dir().display().to_string();
    // commands are printed as `piq` where the search path finds it
    let own = Path::new(env!("CARGO_BIN_EXE_piq")).parent().expect("a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path))).expect("a search path");
    let path = path.to_string_lossy();
    Terminal::start_with(&project.path(""), columns, args, &[("PIQ_ENGINE_DIR", &engine), ("PATH", &path)])
}

/// The screen without what differs between two runs: numbers, the address, and which of two tasks ends first.
fn without_numbers(shown: &Shown) -> String {
    let lines = shown.styled.lines().map(|line| {
        let line = match line.split_once("http://") {
            // the port is another one each time
            Some((before, rest)) => {
                let end = rest.find([' ', '{']).unwrap_or(rest.len());
                format!("{before}ADDRESS{}", &rest[end..])
            }
            None => line.to_owned(),
        };
        let mut out = String::new();
        for c in line.chars() {
            let c = if c.is_ascii_digit() { '0' } else { c };
            // as many digits as there are
            if !(c == '0' && out.ends_with('0')) {
                out.push(c);
            }
        }
        // and as many thousands
        while out.contains("0,0") {
            out = out.replace("0,0", "0");
        }
        // numbers at the right of a column move what is before them
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    let mut lines: Vec<String> = lines.collect();
    let is_beside = |line: &String| line.starts_with('[') && line.contains("_summary_view ");
    for at in 1..lines.len() {
        if is_beside(&lines[at - 1]) && is_beside(&lines[at]) && lines[at] < lines[at - 1] {
            lines.swap(at - 1, at);
        }
    }
    lines.join("\n")
}

/// Names of days and months change with the day on which the sample is made.
fn without_dates(text: &str) -> String {
    const DATES: [&str; 19] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Mon", "Tue", "Wed", "Thu",
        "Fri", "Sat", "Sun",
    ];
    let rests = [
        "", "uary", "ruary", "ch", "il", "e", "y", "ust", "tember", "ober", "ember", "day", "sday", "nesday", "rsday",
        "urday",
    ];
    let word = |word: &str| {
        let letters = word.trim_matches(|c: char| !c.is_alphabetic());
        let date = letters.get(..3).is_some_and(|start| DATES.contains(&start)) && rests.contains(&&letters[3..]);
        if date { word.replace(letters, "Date") } else { word.to_owned() }
    };
    let lines = text.lines().map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n")
}

/// The styled lines, with each paragraph whose lines depend on how long a number is on one line: what is set in, and the
/// sums of the pipeline.
fn joined(styled: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut of_sums = false;
    for line in styled.lines() {
        let goes_on = line.starts_with("     ") || (of_sums && !line.is_empty());
        of_sums = line.starts_with("The pipeline by confidence") || (of_sums && goes_on);
        match out.last_mut() {
            Some(before) if goes_on => *before = format!("{before} {}", line.trim_start()),
            _ => out.push(line.to_owned()),
        }
    }
    out.join("\n")
}

#[test]
fn the_demo_says_what_to_do_first_at_any_width() {
    for columns in [80, 120] {
        let project = Project::empty();
        let mut terminal = run(&project, columns, &["demo"]);
        terminal.wait_for("until you press Ctrl-C");
        terminal.send("\x03");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{}", shown.text);
        assert!(shown.text.lines().all(|line| line.chars().count() <= usize::from(columns)), "{}", shown.text);
        assert!(!shown.hides_cursor);
        // the terminal's own echo, which may come before or after the end of the last line
        let styled = joined(&shown.styled.replace("\n^C", "").replace("^C", ""));
        let whole = shown.text.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in ["made up", "moves the live date", "ref_model_prices"] {
            assert!(whole.contains(word), "`{word}` is broken:\n{}", shown.text);
        }
        let pinned = Shown { styled, ..shown };
        insta::assert_snapshot!(format!("demo_{columns}"), without_dates(&without_numbers(&pinned)));
    }
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
    insta::assert_snapshot!("run_80", without_numbers(&shown));
    let (code, shown) = run(&lab.project, 120, &["run", "-t", "local"]).finish();
    assert_eq!(code, 0, "{}", shown.text);
    insta::assert_snapshot!("run_of_nothing_120", without_numbers(&shown));
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
