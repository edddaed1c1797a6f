//! `piq new enrichment` from outside.

use serde_json::Value;

use super::kit::Project;

fn notebook(project: &Project) -> String {
    let out = project.piq(&["render", "-t", "local", "-o", "out"]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    std::fs::read_to_string(project.path("out/notebooks/1_incremental_pipeline.sql")).expect("rendered")
}

#[test]
fn each_function_gives_a_file_that_renders_and_adds_its_column() {
    for function in ["ai_gen", "ai_classify", "ai_mask", "ai_summarize", "ai_query"] {
        let project = Project::new();
        let out = project.piq(&[
            "new",
            "enrichment",
            "ai_partner_fit",
            "--function",
            function,
            "--inputs",
            "implementation_notes,one_liner",
            "-o",
            "json",
        ]);
        assert_eq!(out.status.code(), Some(0), "{function}: {}", String::from_utf8_lossy(&out.stderr));
        let made: Value = serde_json::from_slice(&out.stdout).expect("JSON");
        assert_eq!(made["path"], "sql/enrichments/ai_partner_fit.sql");
        assert_eq!(made["column"], "partner_fit");
        assert_eq!(made["wave"], 2, "it reads an answer of the first wave");
        let valid = project.piq(&["validate"]);
        assert_eq!(valid.status.code(), Some(0), "{function}: {}", String::from_utf8_lossy(&valid.stderr));
        let notebook = notebook(&project);
        let tables = project.read("out/notebooks/0_create_ref_tables.sql");
        assert!(tables.contains("  partner_fit STRING COMMENT '"), "{function}");
        assert!(notebook.contains(&format!("{function}(")), "{function}");
        let reads = if function == "ai_mask" {
            "concat_ws(' ', piq_text_implementation_notes"
        } else {
            "<crm_text field=\"implementation_notes\">"
        };
        assert!(notebook.contains(reads), "{function}");
    }
}

#[test]
fn a_name_that_cannot_be_taken_is_refused_and_nothing_is_written() {
    let cases: [(&[&str], &str); 10] = [
        (&["Competitor-Position"], "bad-name"),
        (&["ai_"], "bad-name"),
        (&["../evil"], "bad-name"),
        (&["select"], "bad-name"),
        (&["piq_notes"], "name-taken"),
        (&["ref_model_prices"], "name-taken"),
        (&["ai_oneliner"], "name-taken"),
        (&["one_liner"], "duplicate-column"),
        (&["vertical"], "duplicate-column"),
        (&["fine", "--inputs", "usecase_nme"], "unknown-input"),
    ];
    for (args, code) in cases {
        let project = Project::new();
        let before = files(&project);
        let out = project.piq(&[&["new", "enrichment"], args, &["-o", "json"]].concat());
        assert_eq!(out.status.code(), Some(1), "{args:?}");
        let stderr = String::from_utf8_lossy(&out.stderr);
        let codes: Vec<String> = stderr
            .lines()
            .map(|l| serde_json::from_str::<Value>(l).expect("JSON")["code"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert!(codes.iter().any(|c| c == code), "{args:?}: {stderr}");
        assert_eq!(files(&project), before, "{args:?}");
    }
}

#[test]
fn a_slip_in_an_input_is_answered_with_the_nearest_column() {
    let project = Project::new();
    let out = project.piq(&["new", "enrichment", "fine", "--inputs", "usecase_nme"]);
    assert!(String::from_utf8_lossy(&out.stderr).contains("did you mean `usecase_name`?"));
}

#[test]
fn a_file_that_is_there_is_not_replaced() {
    let project = Project::new();
    assert_eq!(project.piq(&["new", "enrichment", "fresh_idea"]).status.code(), Some(0));
    let path = project.path("sql/enrichments/fresh_idea.sql");
    let first = std::fs::read_to_string(&path).expect("written");
    let again = project.piq(&["new", "enrichment", "fresh_idea", "--function", "ai_classify"]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&path).expect("there"), first);
}

fn files(project: &Project) -> Vec<std::ffi::OsString> {
    let entries = std::fs::read_dir(project.path("sql/enrichments")).expect("folder");
    let mut names: Vec<_> = entries.map(|e| e.expect("entry").file_name()).collect();
    names.sort();
    names
}
