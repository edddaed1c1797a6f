//! A machine that fails is not a fault of any cell: the message says what the machine lacks, and shows nobody's SQL.

use std::process::{Command, Output};

use serde_json::Value;

use super::engine_dir;
use crate::kit::{Project, said, text};

/// Runs piq where no file may grow past so many blocks: it is refused, as on a full disk.
fn with_little_disk(project: &Project, blocks: u32, args: &[&str]) -> Output {
    let piq = project.command(args);
    let mut limited = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    limited.args(["-c", &script, "sh"]).arg(piq.get_program()).args(piq.get_args());
    limited.current_dir(project.path(".")).env("PIQ_ENGINE_DIR", engine_dir());
    limited.output().expect("sh starts")
}

fn errors(out: &Output) -> Vec<Value> {
    let lines = text(&out.stderr).lines().filter_map(|l| serde_json::from_str(l).ok()).collect::<Vec<Value>>();
    lines.into_iter().filter(|d| d["severity"] == "error").collect()
}

#[test]
fn engine_a_plan_on_a_full_disk_names_the_file_and_blames_no_cell() {
    let project = Project::new();
    let out = with_little_disk(&project, 80, &["validate", "--plan", "-t", "local", "-o", "json"]);
    assert_eq!(out.status.code(), Some(1), "{}", said(&out));
    let found = errors(&out);
    let message = found.first().and_then(|d| d["message"].as_str()).unwrap_or_default();
    assert!(found.len() == 1 && message.contains("catalog.json") && message.contains("File too large"), "{found:#?}");
    assert!(found[0]["file"].is_null(), "{found:#?}");
}

#[test]
fn engine_a_run_on_a_full_disk_says_so_and_blames_no_cell() {
    let project = Project::new();
    let run = |args: &[&str]| project.command(args).env("PIQ_ENGINE_DIR", engine_dir()).output().expect("piq starts");
    for args in [&["sample-data", "--rows", "3"][..], &["deploy", "-t", "local"]] {
        let out = run(args);
        assert!(out.status.success(), "{}", said(&out));
    }
    let out = with_little_disk(&project, 80, &["run", "-t", "local", "-o", "json"]);
    assert!(!out.status.success(), "{}", said(&out));
    let found = errors(&out);
    let of_tasks: Vec<&Value> =
        found.iter().filter(|d| d["message"].as_str().is_some_and(|m| m.starts_with("task `"))).collect();
    assert!(!of_tasks.is_empty() && of_tasks.iter().all(|d| d["file"].is_null()), "{found:#?}");
    let advised = |d: &Value| d["hints"].to_string().contains("no cell is at fault");
    assert!(of_tasks.iter().any(|d| advised(d)), "{found:#?}");
    assert!(!text(&out.stderr).contains("CREATE OR REPLACE"), "no SQL is shown: {}", said(&out));

    // with room again the same run does all
    let again = run(&["run", "-t", "local"]);
    assert!(again.status.success(), "{}", said(&again));
}

#[test]
fn engine_a_statement_gets_the_memory_that_is_set_and_no_more() {
    let project = Project::new();
    let query = |memory: &str, sql: &str| {
        let mut command = project.command(&["query", "-t", "local", "-o", "json", sql]);
        command.env("PIQ_ENGINE_DIR", engine_dir()).env("PIQ_ENGINE_MEMORY", memory);
        command.output().expect("piq starts")
    };
    let out = query("700M", "SELECT 1 AS one");
    assert!(out.status.success(), "{}", said(&out));
    let out = query("700M", "SELECT count(*) FROM (SELECT explode(sequence(1, 400000000)) AS n) AS numbers");
    let found = errors(&out);
    let message = found.first().and_then(|d| d["message"].as_str()).unwrap_or_default();
    assert!(message.contains("more than 700 MB, PIQ_ENGINE_MEMORY"), "{}", said(&out));
    let out = query("much", "SELECT 1 AS one");
    assert!(text(&out.stderr).contains("expected a size such as `4G` or `1500M`, found `much`"), "{}", said(&out));
}
