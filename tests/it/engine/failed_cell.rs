//! SQL that the engine refuses is shown at its place in the project.

use serde_json::Value;

use super::Lab;

#[test]
fn engine_a_failed_cell_is_shown_at_its_line_in_the_template() {
    let lab = Lab::with_sample(2);
    let file = "templates/notebooks/0_create_ref_tables.sql.j2";
    let text = std::fs::read_to_string(lab.project.path(file)).expect("text").trim_end().to_owned();
    let cell =
        "\n\n-- COMMAND ----------\n\n-- DBTITLE 1,Own\nSELECT code,\n  {{ 'no_such' }}_column\nFROM ref_stage\n";
    lab.project.write(file, &format!("{text}{cell}"));
    let line = text.lines().count() as u64 + 6;
    lab.succeed(&["deploy", "-t", "local", "--quiet"]);
    let out = lab.piq(&["run", "-t", "local", "--output", "json"]);
    let said = String::from_utf8(out.stderr).expect("UTF-8");
    assert_eq!(out.status.code(), Some(1), "{said}");
    let found: Vec<Value> = said.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    let found: Vec<&Value> = found.iter().filter(|d| d["code"] == "cell-failed").collect();
    assert_eq!(found.len(), 1, "{said}");
    assert_eq!((found[0]["file"].as_str(), found[0]["line"].as_u64()), (Some(file), Some(line)), "{said}");
    assert!(found[0]["message"].as_str().is_some_and(|m| m.contains("no_such_column")), "{said}");
    // the cell itself follows, as the engine had it
    assert!(said.contains("SELECT code,\n  no_such_column\nFROM ref_stage"), "{said}");
}
