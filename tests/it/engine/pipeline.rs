//! T1, T3, T4, T5, T9, T10: what a run asks and what it stores.

use std::collections::BTreeMap;

use serde_json::json;

use super::Lab;

const SOURCE: &str = "main.gtm_silver.use_case_detail";
/// Words of the question about confidence.
const CONFIDENCE: &str = "You read the notes of one sales use case";

/// Calls that the ledger says were made since a moment, by AI function.
fn ledger(lab: &Lab, since: &str) -> BTreeMap<String, u64> {
    let sql = format!(
        "SELECT CASE WHEN model LIKE 'ai\\_%' THEN model ELSE 'ai_query' END, CAST(count(*) AS STRING) FROM piq_ai_calls \
         WHERE status <> 'skipped_empty' AND finished_at > '{since}' GROUP BY 1"
    );
    lab.map(&sql).into_iter().map(|(name, n)| (name, n.parse().expect("number"))).collect()
}

fn now(lab: &Lab) -> String {
    lab.sql("SELECT CAST(coalesce(max(finished_at), TIMESTAMP'2000-01-01 00:00:00') AS STRING) FROM piq_ai_calls")[0][0]
        .as_str()
        .expect("time")
        .to_owned()
}

/// Enrichments with a call for `id` since a moment.
fn called(lab: &Lab, id: &str, since: &str) -> Vec<String> {
    let sql = format!(
        "SELECT enrichment, max(status) FROM piq_ai_calls WHERE usecase_id = '{id}' AND finished_at > '{since}' GROUP BY 1"
    );
    lab.map(&sql).into_keys().collect()
}

/// Use cases that the rules of scope let in, counted without the pipeline.
fn in_scope(lab: &Lab) -> u64 {
    lab.number(&format!(
        "SELECT count(DISTINCT usecase_id) FROM {SOURCE} WHERE estimated_monthly_dollar_dbus >= 500 \
         AND substr(stage, 1, 2) NOT IN ('U6', 'Lo', 'Cl', 'Di') AND target_live_date <= date_add(current_date(), 183) \
         AND snapshot_date = (SELECT max(snapshot_date) FROM {SOURCE})"
    ))
}

#[test]
fn engine_every_use_case_is_asked_once_and_only_changes_are_asked_again() {
    let lab = Lab::with_sample(24);
    let job = lab.deploy();
    lab.run(job);
    let selected = in_scope(&lab);
    assert!(selected > 12, "{selected}");
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq"), selected);
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq_view"), selected);
    let per_enrichment =
        lab.map("SELECT enrichment, CAST(count(DISTINCT usecase_id) AS STRING) FROM piq_ai_calls WHERE enrichment NOT LIKE '%coaching_brief' GROUP BY 1");
    assert!(
        per_enrichment.len() >= 4 && per_enrichment.values().all(|n| *n == selected.to_string()),
        "{per_enrichment:?}"
    );
    assert_eq!(lab.asked(), ledger(&lab, "2000-01-01"), "the ledger has what the gateway was asked");

    // T4: nothing changed
    let (rows, version) =
        ("SELECT max(piq_last_updated) FROM pipelineiq", lab.sql("SELECT max(piq_last_updated) FROM pipelineiq"));
    lab.run(job);
    assert_eq!(lab.asked(), BTreeMap::new());
    assert_eq!(lab.sql(rows), version, "no row was merged");
    assert_eq!(lab.number("SELECT count(*) FROM piq_batch"), 0);

    // T5 and T1: edits on the day of the run, without a new date
    let ids = lab.sql("SELECT usecase_id FROM pipelineiq_view WHERE implementation_notes IS NOT NULL AND usecase_description IS NOT NULL ORDER BY 1 LIMIT 2");
    let [notes, described] = [0, 1].map(|n: usize| ids[n][0].as_str().expect("id").to_owned());
    lab.sql(&format!("UPDATE {SOURCE} SET implementation_notes = 'The champion left.' WHERE usecase_id = '{notes}'"));
    lab.sql(&format!(
        "UPDATE {SOURCE} SET usecase_description = 'Sensor events in one stream.' WHERE usecase_id = '{described}'"
    ));
    let before = now(&lab);
    lab.run(job);
    assert_eq!(lab.asked(), ledger(&lab, &before));
    let (by_notes, by_description) = (called(&lab, &notes, &before), called(&lab, &described, &before));
    assert!(by_notes.contains(&"ai_confidence".into()) && !by_notes.contains(&"ai_oneliner".into()), "{by_notes:?}");
    assert!(
        by_description.contains(&"ai_oneliner".into()) && by_description.contains(&"ai_usecase_types".into()),
        "{by_description:?}"
    );
    let others = format!(
        "SELECT count(*) FROM piq_ai_calls WHERE finished_at > '{before}' AND enrichment NOT LIKE '%coaching_brief' AND usecase_id NOT IN ('{notes}', '{described}')"
    );
    assert_eq!(lab.number(&others), 0);

    // T9: an older snapshot and a second row of the same use case change nothing
    lab.sql(&format!("INSERT INTO {SOURCE} SELECT * FROM {SOURCE} WHERE usecase_id = '{notes}'"));
    lab.sql(&format!("CREATE OR REPLACE TABLE main.gtm_silver.last_week USING DELTA AS SELECT * FROM {SOURCE}"));
    lab.sql("UPDATE main.gtm_silver.last_week SET snapshot_date = date_sub(snapshot_date, 7), usecase_name = 'An older name'");
    lab.sql(&format!("INSERT INTO {SOURCE} SELECT * FROM main.gtm_silver.last_week"));
    lab.run(job);
    assert_eq!((lab.asked(), lab.number("SELECT count(*) FROM pipelineiq")), (BTreeMap::new(), selected));
    assert_eq!(lab.number("SELECT count(*) - count(DISTINCT usecase_id) FROM pipelineiq_view"), 0);
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq_view WHERE usecase_name = 'An older name'"), 0);

    // T3: time passes for one that was too far ahead; to the day it looks the same from the other side
    let late = lab.sql(&format!("SELECT usecase_id FROM {SOURCE} WHERE usecase_id NOT IN (SELECT usecase_id FROM pipelineiq) AND estimated_monthly_dollar_dbus >= 500 AND stage NOT LIKE 'U6%' LIMIT 1"));
    let late = late[0][0].as_str().expect("one is out of scope by its date");
    lab.sql(&format!("UPDATE {SOURCE} SET target_live_date = date_add(current_date(), 183), last_modified_date = DATE'2020-01-01', last_modified_ts = TIMESTAMP'2020-01-01 00:00:00' WHERE usecase_id = '{late}'"));
    lab.run(job);
    assert_eq!(lab.number("SELECT count(*) FROM piq_batch"), 1);
    assert_eq!(lab.number(&format!("SELECT count(*) FROM pipelineiq WHERE usecase_id = '{late}'")), 1);
}

#[test]
fn engine_failed_and_malformed_answers_lose_nothing_and_are_asked_again() {
    let lab = Lab::with_sample(10);
    let job = lab.deploy();
    lab.faults(json!([
        {"function": "ai_query", "contains": CONFIDENCE, "nth": 1, "count": 2, "action": {"fail": "the model is busy"}},
        {"function": "ai_query", "contains": CONFIDENCE, "nth": 3, "count": 2, "action": {"answer": "I think it is **High**."}},
        {"function": "ai_query", "contains": "Your last answer was not valid", "action": {"answer": "It is **High**."}},
        {"function": "ai_classify", "action": {"answer": "Something else"}}
    ]));
    lab.run(job);
    let selected = in_scope(&lab);
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq"), selected);
    let bad = "SELECT status, CAST(count(*) AS STRING) FROM piq_ai_calls WHERE enrichment = 'ai_confidence' AND status IN ('failed', 'invalid') GROUP BY 1";
    assert_eq!(lab.map(bad), [("failed", "2"), ("invalid", "4")].map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    assert_eq!(
        lab.number(
            "SELECT count(*) FROM pipelineiq WHERE usecase_type IS NOT NULL AND usecase_type = 'Something else'"
        ),
        0
    );
    let unscored = lab.number("SELECT count(*) FROM pipelineiq WHERE confidence_level_normalized = 'Not computed'");
    assert_eq!(unscored, 4, "an invalid answer was asked for once more in the run, and was invalid again");
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE confidence_level_normalized = 'Not computed' AND confidence_score IS NOT NULL"), 0);
    lab.asked();

    // retried, and a good answer is not overwritten by a later failure
    lab.faults(json!([]));
    lab.run(job);
    let asked = lab.asked();
    assert!(asked["ai_query"] >= 4 && asked["ai_classify"] > 0, "{asked:?}");
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE usecase_type IS NULL"), 0);
    lab.run(job);
    assert_eq!(lab.asked(), BTreeMap::new());

    // blocked after five attempts
    let id = lab.sql("SELECT usecase_id FROM pipelineiq_view WHERE usecase_description IS NOT NULL LIMIT 1")[0][0]
        .as_str()
        .expect("id")
        .to_owned();
    let kept = lab.sql(&format!("SELECT usecase_type FROM pipelineiq WHERE usecase_id = '{id}'"));
    lab.sql(&format!(
        "UPDATE {SOURCE} SET usecase_description = 'Words that no label fits.' WHERE usecase_id = '{id}'"
    ));
    let label = "Words that no label fits";
    lab.faults(json!([{"function": "ai_classify", "contains": label, "action": {"fail": "no"}}]));
    let tries = format!(
        "SELECT count(*) FROM piq_ai_calls WHERE usecase_id = '{id}' AND enrichment = 'ai_usecase_types' AND status IN ('failed', 'blocked')"
    );
    for attempt in 1..=6 {
        lab.asked();
        lab.run(job);
        assert_eq!(lab.number(&tries), attempt.min(5), "attempt {attempt}");
    }
    assert_eq!(lab.asked(), BTreeMap::new(), "a blocked input is not asked again");
    assert_eq!(
        lab.number(&format!("SELECT count(*) FROM piq_ai_calls WHERE usecase_id = '{id}' AND status = 'blocked'")),
        1
    );
    assert_eq!(lab.sql(&format!("SELECT usecase_type FROM pipelineiq WHERE usecase_id = '{id}'")), kept);
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
