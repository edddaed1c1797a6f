//! `piq validate --plan`: what only the engine can refuse is found before a run, at the file of its author, and nothing is
//! asked, written or left.

use serde_json::Value;

use super::engine_dir;
use crate::kit::{Project, said, text};

fn plan(project: &Project, target: &str) -> std::process::Output {
    let mut command = project.command(&["validate", "--plan", "-t", target, "-o", "json"]);
    command.env("PIQ_ENGINE_DIR", engine_dir()).output().expect("piq starts")
}

fn errors(out: &std::process::Output) -> Vec<Value> {
    let lines = text(&out.stderr).lines().filter_map(|l| serde_json::from_str(l).ok()).collect::<Vec<Value>>();
    lines.into_iter().filter(|d| d["severity"] == "error").collect()
}

/// A file, words in it and what takes their place, and words of the line that is named.
type Fault = (&'static str, &'static str, &'static str, &'static str);

/// Each passes the checks that know no types.
const FAULTS: [Fault; 3] = [
    // how an answer's text is shaped
    (
        "sql/enrichments/ai_context.sql",
        "value: {{ one_line('context', 800) | tojson }}",
        "value: context > array(1)",
        "value: context > array(1)",
    ),
    // what counts as an answer
    (
        "sql/enrichments/ai_business_types.sql",
        "valid: {{ (words('business_usecase_type') ~ ' <= 5') | tojson }}",
        "valid: business_usecase_type > array(1)",
        "business_usecase_type > array(1)",
    ),
    // a question that only some use cases are asked
    (
        "sql/summaries/coaching_brief.sql",
        "FROM filtered_usecases",
        ", explode(1) AS one FROM filtered_usecases",
        "explode(1)",
    ),
];

#[test]
fn engine_the_plan_finds_what_only_the_engine_refuses_and_leaves_nothing() {
    let project = Project::new();
    // only the workspace knows the schema of this target
    let out = plan(&project, "dev");
    assert!(out.status.success(), "{}", said(&out));
    assert!(text(&out.stderr).contains("notebooks and refused 0"), "{}", said(&out));
    assert!(!project.path(".piq/workspace").exists(), "a plan makes no workspace");

    let mut lines = Vec::new();
    let whole = FAULTS.map(|(file, ..)| (file, project.read(file)));
    for (file, from, to, line) in FAULTS {
        let before = project.read(file);
        let at = before.rfind(from).filter(|_| !file.ends_with(".csv")).or_else(|| before.find(from));
        let at = at.unwrap_or_else(|| panic!("{file}: {from}"));
        let broken = format!("{}{to}{}", &before[..at], &before[at + from.len()..]);
        lines.push((file, broken.lines().position(|l| l.contains(line)).expect("the line") as u64 + 1));
        project.write(file, &broken);
    }
    let checked = project.piq(&["validate", "-t", "local"]);
    assert!(checked.status.success(), "found without the engine: {}", said(&checked));
    let out = plan(&project, "local");
    assert_eq!(out.status.code(), Some(1), "{}", said(&out));
    let found = errors(&out);
    let missing: Vec<&(&str, u64)> =
        lines.iter().filter(|(file, line)| !found.iter().any(|d| d["file"] == *file && d["line"] == *line)).collect();
    assert!(missing.is_empty() && found.len() == FAULTS.len(), "{missing:?} of {found:#?}");

    // a column that is computed from what others say
    for (file, before) in &whole {
        project.write(file, before);
    }
    project.edit("sql/enrichments/older_names.sql", "  p.metrics_score AS", "  concat(p.metrics_score, array(1)) AS");
    let found = errors(&plan(&project, "local"));
    assert!(found.len() == 1 && found[0]["file"] == "sql/enrichments/older_names.sql", "{found:#?}");

    // all cells after it read what this one makes
    project.edit("sql/reference/ref_slip_signals.csv", "days_to_live < 0", "size(days_to_live) < 0");
    let found = errors(&plan(&project, "local"));
    assert!(found.len() == 1 && found[0]["file"] == "sql/reference/ref_slip_signals.csv", "{found:#?}");
    assert_eq!(found[0]["line"], 2, "{found:#?}");

    // all read the mapping of the source: its fault is the only one that is named
    project.edit("sql/source.sql", "SELECT * FROM", "SELECT *, colour FROM");
    let found = errors(&plan(&project, "local"));
    assert!(!found.is_empty() && found.iter().all(|d| d["file"] == "sql/source.sql" && d["line"] == 3), "{found:#?}");
}

/// All that the mapping must have, and a column that no contract names.
const MINE: &str = "usecase_id,usecase_name,usecase_description,account_name,stage,sales_manager,field_manager,estimated_monthly_dollar_dbus,target_onboarding_date,target_live_date,last_modified_date,snapshot_date,colour
A1,First,A pilot,Example,U3,Ann Example,Bo Example,1000,2026-12-01,2027-01-01,2026-11-01,2026-11-02,red
";

#[test]
fn engine_the_plan_reads_the_columns_of_the_table_that_is_there() {
    let project = Project::new();
    project.write("mine.csv", MINE);
    let run = |args: &[&str]| project.command(args).env("PIQ_ENGINE_DIR", engine_dir()).output().expect("piq starts");
    let loaded = run(&["load", "mine.csv", "--as-source", "-t", "local"]);
    assert!(loaded.status.success(), "{}", said(&loaded));
    let out = plan(&project, "local");
    assert!(out.status.success(), "{}", said(&out));
    let mapping = project.read("sql/source.sql");
    assert!(mapping.contains("colour"), "the starting mapping lists what the table has besides: {mapping}");
    project
        .write("sql/source.sql", &mapping.replacen("usecase_name", "concat(usecase_name, colourr) AS usecase_name", 1));
    let found = errors(&plan(&project, "local"));
    assert!(found.iter().any(|d| d["message"].as_str().is_some_and(|m| m.contains("colourr"))), "{found:#?}");
}
