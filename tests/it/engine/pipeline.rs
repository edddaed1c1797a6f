//! A first run, what its selection reads, and a new enrichment.

use indexmap::IndexMap;
use pipelineiq::insight::relations::Relations;
use serde_json::json;

use super::Lab;
use super::calls::ledger_is_what_the_gateway_counted;
use super::usecases::{SOURCE, calm};

/// Use cases that the rules of scope let in, counted without the pipeline.
fn in_scope(lab: &Lab) -> u64 {
    lab.number(&format!(
        "SELECT count(DISTINCT usecase_id) FROM {SOURCE} WHERE estimated_monthly_dollar_dbus >= 500 \
         AND substr(stage, 1, 2) NOT IN ('U6', 'Lo', 'Cl', 'Di') AND target_live_date <= date_add(current_date(), 183) \
         AND snapshot_date = (SELECT max(snapshot_date) FROM {SOURCE})"
    ))
}

#[test]
fn engine_every_use_case_is_asked_once_and_the_ledger_has_what_the_gateway_counted() {
    let lab = Lab::with_sample(24);
    let job = lab.deploy();
    lab.run(job);
    let selected = in_scope(&lab);
    assert!(selected > 12, "{selected}");
    for relation in ["pipelineiq", "pipelineiq_view", "piq_batch"] {
        assert_eq!(lab.number(&format!("SELECT count(*) FROM {relation}")), selected, "{relation}");
    }
    let per_enrichment =
        lab.map("SELECT enrichment, CAST(count(DISTINCT usecase_id) AS STRING) FROM piq_ai_calls WHERE enrichment NOT LIKE '%coaching_brief' GROUP BY 1");
    assert!(
        per_enrichment.len() >= 4 && per_enrichment.values().all(|n| *n == selected.to_string()),
        "{per_enrichment:?}"
    );
    ledger_is_what_the_gateway_counted(&lab);
}

#[test]
fn engine_selection_of_an_unchanged_table_reads_each_source_file_once() {
    let lab = Lab::with_usecases(&[calm("UC-1", vec![])]);
    // more files, and an older snapshot
    lab.insert(&[calm("UC-2", vec![])]);
    lab.insert(&[calm("UC-1", vec![("snapshot_date", "date_sub(current_date(), 7)".into())])]);
    let job = lab.deploy();
    lab.run(job);
    lab.run(job);
    assert_eq!(lab.number("SELECT count(*) FROM piq_batch"), 0, "nothing is selected");
    lab.succeed(&["render", "-t", "local", "-o", "rendered"]);
    let read =
        |name: &str| std::fs::read_to_string(lab.project.path(&format!("rendered/notebooks/{name}.sql"))).expect(name);
    let notebooks = ["0_create_ref_tables", "1_incremental_pipeline"].map(read);
    let relations = Relations::read(notebooks.iter().map(String::as_str));
    let selection = relations.with("SELECT * FROM piq_selected", &IndexMap::new());
    let mut all = source_files(&lab, &format!("SELECT * FROM {SOURCE}"));
    assert!(all.len() >= 3, "{all:?}");
    let mut read = source_files(&lab, &selection);
    all.sort();
    read.sort();
    assert_eq!(read, all, "each once");
}

/// The files of the source that the engine's plan for a query reads, as often as it reads them.
fn source_files(lab: &Lab, query: &str) -> Vec<String> {
    let plan = lab.sql(&format!("EXPLAIN {query}"))[0][0].as_str().expect("a plan").to_owned();
    let parts = plan.split("use_case_detail").skip(1);
    parts.filter_map(|rest| Some(rest.split_once("/part-")?.1.split_once(".parquet")?.0.to_owned())).collect()
}

#[test]
fn engine_a_new_enrichment_is_one_file_and_an_existing_table_gains_its_column() {
    let lab = Lab::with_sample(6);
    let job = lab.deploy();
    lab.run(job);
    lab.asked();
    let selected = lab.number("SELECT count(*) FROM pipelineiq");
    lab.project.write(
        "sql/enrichments/your_new_field.sql",
        "/*\nsummary: A test.\nfunction: ai_gen\nprompt_version: \"1\"\ninputs: [usecase_name]\ncolumns:\n  your_new_field: \
         {type: STRING, comment: \"It's new, and (only) here.\"}\n*/\nSELECT usecase_id, ai_gen({{ crm_text(['usecase_name']) }}) \
         AS your_new_field\nFROM filtered_usecases\n",
    );
    assert_eq!(lab.deploy(), job);
    lab.run(job);
    assert_eq!(lab.asked(), [("ai_gen".to_owned(), selected)].into());
    assert_eq!(lab.number("SELECT count(your_new_field) FROM pipelineiq_view"), selected);
    let described = lab.sql("DESCRIBE TABLE pipelineiq");
    let row = described.iter().find(|row| row[0] == "your_new_field").expect("the column is there");
    assert_eq!(row[1..], [json!("string"), json!("It's new, and (only) here.")]);
}

/// One hash tells what is settled: when it cannot, each enrichment is compared once, and nothing is done again.
#[test]
fn engine_an_enrichment_that_is_taken_away_makes_nothing_else_new() {
    let lab = Lab::with_sample(6);
    let query = "SELECT usecase_id, ai_gen({{ crm_text(['usecase_name']) }}) AS one_more\nFROM filtered_usecases\n";
    lab.project.write(
        "sql/enrichments/one_more.sql",
        &format!(
            "/*\nsummary: A test.\nfunction: ai_gen\nprompt_version: \"1\"\ninputs: [usecase_name]\ncolumns:\n  one_more: \
             {{type: STRING, comment: \"One more.\"}}\n*/\n{query}"
        ),
    );
    let job = lab.deploy();
    lab.run(job);
    let merged = lab.number("SELECT count(*) FROM pipelineiq");
    assert!(merged > 0, "there is something to take away from");
    let hashes =
        "SELECT concat_ws(' ', sort_array(collect_list(concat(usecase_id, source_hash)))) FROM piq_source_hashes";
    let before = lab.sql(hashes);
    lab.asked();
    std::fs::remove_file(lab.project.path("sql/enrichments/one_more.sql")).expect("the file is there");
    assert_eq!(lab.deploy(), job);
    lab.run(job);
    assert_eq!(lab.asked(), [].into(), "nothing is asked");
    assert_eq!(lab.number("SELECT count(*) FROM piq_batch"), 0, "and nothing merged");
    assert_eq!(lab.number("SELECT count(*) FROM piq_selected WHERE piq_changed = ''"), merged, "but all is compared");
    assert_ne!(lab.sql(hashes), before, "what is there now is settled");
    lab.run(job);
    assert_eq!(lab.number("SELECT count(*) FROM piq_selected"), 0, "so the next run compares nothing");
}

/// What is deleted from one of the tables that remember is made again from the others, without a call.
#[test]
fn engine_a_table_that_remembers_may_be_emptied() {
    let lab = Lab::with_sample(6);
    let job = lab.deploy();
    lab.run(job);
    let merged = lab.number("SELECT count(*) FROM pipelineiq");
    lab.asked();
    for (table, selected) in [("piq_source_hashes", 0), ("piq_input_hashes", merged), ("pipelineiq", merged)] {
        lab.sql(&format!("DELETE FROM {table}"));
        lab.run(job);
        assert_eq!(lab.asked(), [].into(), "{table}: nothing is asked");
        assert_eq!(lab.number("SELECT count(*) FROM piq_batch"), selected, "{table}");
        assert_eq!(lab.number(&format!("SELECT count(*) FROM {table}")), merged, "{table}");
        lab.run(job);
        assert_eq!(lab.number("SELECT count(*) FROM piq_selected"), 0, "{table}: settled again");
    }
}
