//! SQL that not every engine runs is refused with its file and line in the template.

use serde_json::Value;

use super::kit::Project;

const NOTEBOOK: &str = "templates/notebooks/9_own.sql.j2";
const ENRICHMENT: &str = "sql/enrichments/ai_own.sql";

fn notebook(cell: &str) -> String {
    format!("-- Databricks notebook source\n-- DBTITLE 1,Own\n{{%- set name = 'it' %}}\n{cell}\n")
}

fn enrichment(body: &str) -> String {
    format!(
        "/*\nsummary: A test.\nfunction: ai_gen\nprompt_version: \"1\"\ninputs: [usecase_name]\ncolumns:\n  \
         own: {{type: STRING, comment: \"A test.\"}}\n*/\n{body}\nFROM filtered_usecases\n"
    )
}

fn findings(project: &Project, args: &[&str], code: i32) -> Vec<Value> {
    let out = project.piq(args);
    let text = String::from_utf8(out.stderr).expect("UTF-8");
    assert_eq!(out.status.code(), Some(code), "{args:?}: {text}");
    text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect()
}

fn place(finding: &Value) -> (&str, &str, u64, u64) {
    let number = |key: &str| finding[key].as_u64().unwrap_or_default();
    (
        finding["code"].as_str().unwrap_or_default(),
        finding["file"].as_str().unwrap_or_default(),
        number("line"),
        number("column"),
    )
}

#[test]
fn a_bad_cell_is_one_diagnostic_at_its_place_and_nothing_is_written() {
    let cases = [
        (NOTEBOOK, notebook("SELECT 1,\n  'never ends"), "sql-unclosed", (5, 3)),
        (NOTEBOOK, notebook("SELECT (1,\n  {{ name | sql_string }}"), "sql-bracket", (4, 8)),
        (NOTEBOOK, notebook("DELETE FROM t;\n SELECT 2"), "sql-statements", (5, 2)),
        (NOTEBOOK, notebook("SELECT '{{ name }}''s'"), "sql-quote", (4, 8)),
        (NOTEBOOK, notebook("SELECT a, '{{ name }}', b FROM t\nQUALIFY 1 = 1"), "sql-not-portable", (5, 1)),
        (NOTEBOOK, notebook("CREATE VIEW v AS SELECT ai_gen('{{ name }}')"), "sql-ai-call", (4, 25)),
        (ENRICHMENT, enrichment("SELECT usecase_id, ai_gen(concat('a', usecase_name) AS own"), "sql-bracket", (9, 26)),
        (ENRICHMENT, enrichment("SELECT usecase_id,\n  ai_gen('it''s') AS own"), "sql-quote", (10, 10)),
        (ENRICHMENT, enrichment("SELECT usecase_id,\n  ai_gen(:what) AS own"), "sql-parameter", (10, 10)),
    ];
    for (file, text, code, (line, column)) in cases {
        let project = Project::new();
        project.write(file, &text);
        for command in ["validate", "render"] {
            let found = findings(&project, &[command, "-t", "local", "--output", "json"], 1);
            assert_eq!(found.len(), 1, "{command} {text}: {found:?}");
            assert_eq!(place(&found[0]), (code, file, line, column), "{command} {text}");
            assert!(found[0]["hints"].as_array().is_some_and(|h| h.len() == 2), "{:?}", found[0]);
            assert!(!project.path(".piq").exists(), "{command} {text}");
        }
    }
}

#[test]
fn a_part_of_several_notebooks_is_said_once() {
    let project = Project::new();
    let file = "templates/context_cells.sql.j2";
    let text = std::fs::read_to_string(project.path(file)).expect("text");
    project.write(file, &format!("{text}\n\n-- COMMAND ----------\n\nSELECT * EXCEPT (a) FROM t\n"));
    let found = findings(&project, &["validate", "--output", "json"], 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["code"], &found[0]["file"]), (&"sql-not-portable".into(), &file.into()));
}

#[test]
fn the_sql_of_other_bundles_is_warned_of_only_where_it_cannot_be_read() {
    let project = Project::new();
    let dir = "other";
    let yaml = "bundle:\n  name: other\nresources:\n  jobs:\n    job:\n      name: job\n      tasks:\n        - task_key: a\n          \
                notebook_task:\n            notebook_path: ./src/a.sql\n        - task_key: b\n          notebook_task:\n            \
                notebook_path: ./src/b.sql\n";
    project.write(&format!("{dir}/databricks.yml"), yaml);
    let good = "-- Databricks notebook source\nSELECT * EXCEPT (a) FROM t QUALIFY 1 = 1; SELECT 'it''s'\n";
    let bad = "-- Databricks notebook source\nSELECT count(*\nFROM t\n";
    project.write(&format!("{dir}/src/a.sql"), good);
    project.write(&format!("{dir}/src/b.sql"), bad);
    let found = findings(&project, &["-C", dir, "validate", "--output", "json"], 0);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["severity"], "warning");
    assert_eq!(place(&found[0]), ("sql-bracket", "src/b.sql", 2, 13));
}
