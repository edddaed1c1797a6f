//! Other sources: an empty one, one that breaks its contract, and the CSV export of another CRM.

use super::Lab;
use super::usecases::{SOURCE, calm};

#[test]
fn engine_an_empty_source_gives_empty_tables_and_a_broken_one_is_named_before_any_call() {
    let lab = Lab::with_usecases(&[]);
    let job = lab.deploy();
    lab.run(job);
    for view in ["pipelineiq_view", "sales_manager_summary_view", "field_manager_summary_view"] {
        assert_eq!(lab.number(&format!("SELECT count(*) FROM {view}")), 0, "{view}");
    }
    // optional columns are missing: NULL; required ones are missing or of another type: named, all at once
    lab.sql("CREATE TABLE main.gtm_silver.narrow USING DELTA AS SELECT usecase_id, snapshot_date, usecase_name, usecase_description, account_name, sales_manager, field_manager, stage, estimated_monthly_dollar_dbus, target_onboarding_date, target_live_date, last_modified_date FROM main.gtm_silver.use_case_detail");
    lab.sql(&format!("INSERT INTO main.gtm_silver.narrow SELECT usecase_id, snapshot_date, usecase_name, usecase_description, account_name, sales_manager, field_manager, stage, estimated_monthly_dollar_dbus, target_onboarding_date, target_live_date, last_modified_date FROM ({}) AS u", calm("UC-1", vec![])));
    lab.project.write("sql/source.sql", "SELECT * FROM main.gtm_silver.narrow\n");
    lab.deploy();
    lab.run(job);
    assert_eq!(
        lab.sql("SELECT usecase_id, poc_status, last_modified_ts IS NOT NULL, num_of_blockers FROM pipelineiq_view")
            .len(),
        1
    );
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq_view WHERE poc_status IS NULL AND last_modified_ts IS NOT NULL AND is_stale = false"), 1);
    lab.asked();
    let wrong = "SELECT usecase_id, snapshot_date, usecase_name, account_name, sales_manager, field_manager, stage, \
                 estimated_monthly_dollar_dbus, target_onboarding_date, CAST(target_live_date AS STRING) AS target_live_date, last_modified_date\n\
                 FROM main.gtm_silver.narrow";
    // a mapping that names its columns is refused before anything is deployed
    lab.project.write("sql/source.sql", &format!("{wrong}\n"));
    let out = lab.piq(&["deploy", "-t", "local"]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.code() == Some(1) && said.contains("lacks required columns: `usecase_description`"), "{said}");
    // what only the engine knows is said by the run
    lab.sql(&format!("CREATE VIEW main.gtm_silver.wrong AS {wrong}"));
    lab.project.write("sql/source.sql", "SELECT * FROM main.gtm_silver.wrong\n");
    lab.deploy();
    let run = lab.finished(lab.start_run(job));
    assert_eq!(run["state"]["result_state"], "FAILED");
    let error = lab.errors(&run);
    assert!(error.contains("required column usecase_description is missing"), "{error}");
    assert!(error.contains("column target_live_date is STRING where DATE is wanted"), "{error}");
    assert!(lab.asked().is_empty());
}

#[test]
fn engine_a_summary_notebook_alone_builds_in_an_empty_schema() {
    let lab = Lab::with_usecases(&[calm("UC-1", vec![])]);
    let job = lab.deploy();
    // tasks are named after what they make
    let views = ["sales_manager_summary_view", "field_manager_summary_view"];
    for view in views {
        lab.succeed(&["run", "incremental_pipeline_job", "--only", view, "-t", "local", "--quiet"]);
        assert_eq!(lab.number(&format!("SELECT count(*) FROM {view}")), 0, "{view}");
        assert!(lab.sql(&format!("DESCRIBE TABLE {view}")).len() > 40, "{view}");
    }
    assert!(lab.asked().is_empty());
    // the tables that they made are those that the whole job goes on with
    lab.run(job);
    for view in views {
        assert_eq!(lab.number(&format!("SELECT sum(usecase_count) FROM {view}")), 1, "{view}");
    }
    // without its source it says which table is missing
    lab.sql("CREATE SCHEMA main.elsewhere");
    lab.project.write("sql/source.sql", "SELECT * FROM main.elsewhere.use_case_detail\n");
    lab.deploy();
    let run = lab.finished(lab.start_run(job));
    assert_eq!(run["state"]["result_state"], "FAILED");
    let said = lab.errors(&run);
    assert!(said.contains("[TABLE_OR_VIEW_NOT_FOUND]") && said.contains("main.elsewhere.use_case_detail"), "{said}");
}

/// As a CRM exports it: one row per opportunity.
const EXPORT: [&str; 4] = [
    "('OPP-1', 'Glade Pharma', 'Gwen Park', 'Lakehouse Plus', 'Engaging', DATE'2026-01-10', date_add(current_date(), 60), 5400)",
    "('OPP-2', 'Harbour Bank', 'Hiro Tan', 'Lakehouse Basic', 'Prospecting', DATE'2026-02-01', date_add(current_date(), 90), 1200)",
    "('OPP-3', 'Basalt Energy', 'Gwen Park', 'Lakehouse Plus', 'Won', DATE'2025-09-01', date_add(current_date(), -30), 8000)",
    "('OPP-4', 'Iris Telecom', NULL, 'Lakehouse Plus', 'Lost', DATE'2025-09-01', date_add(current_date(), 20), 8000)",
];

#[test]
fn engine_an_export_of_another_crm_becomes_a_source_by_one_file() {
    let lab = Lab::with_usecases(&[]);
    lab.sql(&format!(
        "CREATE TABLE main.gtm_silver.opportunities USING DELTA AS SELECT * FROM (VALUES {}) AS v(opportunity, account, owner, product, stage, engage_date, close_date, value)",
        EXPORT.join(", ")
    ));
    // the mapping is the worked example of the documentation
    let docs = include_str!("../../../docs/pipeline.md");
    let mapping =
        docs.split("```sql\n").find(|block| block.starts_with("-- sql/source.sql")).expect("the worked example");
    let mapping = mapping.split("```").next().expect("its end");
    lab.project.write("sql/source.sql", &mapping.replace("main.crm.opportunities", "main.gtm_silver.opportunities"));
    let job = lab.deploy();
    lab.run(job);
    let rows = lab.sql("SELECT usecase_id, stage_code, sales_manager, confidence_level_normalized <> 'Not computed' FROM pipelineiq_view ORDER BY usecase_id");
    assert_eq!(
        serde_json::json!(rows),
        serde_json::json!([["OPP-1", "U3", "Gwen Park", "true"], ["OPP-2", "U2", "Hiro Tan", "true"]])
    );
    assert_eq!(lab.number(&format!("SELECT count(*) FROM {SOURCE}")), 0);
    assert_eq!(lab.number("SELECT count(*) FROM sales_manager_summary_view"), 2);
}

#[test]
fn engine_a_source_without_notes_asks_nothing_in_vain_and_the_run_says_so() {
    let lab = Lab::with_sample(12);
    // what a CRM export has at least: names, people, stage, money and dates
    lab.project.write(
        "sql/source.sql",
        "SELECT usecase_id, snapshot_date, usecase_name, '' AS usecase_description, account_name, sales_manager, field_manager,\n  \
         stage, estimated_monthly_dollar_dbus, target_onboarding_date, target_live_date, last_modified_date\n\
         FROM {{ pipeline.source_table }}\n",
    );
    lab.succeed(&["deploy", "-t", "local", "--quiet"]);
    let shown = lab.succeed(&["run", "incremental_pipeline_job", "-t", "local", "--quiet"]);
    let line = shown.lines().find(|l| l.starts_with("no notes")).unwrap_or_else(|| panic!("{shown}"));
    for enrichment in ["ai_confidence", "ai_context", "ai_nextsteps"] {
        assert!(line.contains(enrichment), "{line}");
        let asked =
            format!("SELECT count(*) FROM piq_ai_calls WHERE enrichment = '{enrichment}' AND model IS NOT NULL");
        assert_eq!(lab.number(&asked), 0, "{enrichment}");
    }
    // questions on a condition, and those that read names, are not among them
    assert!(!line.contains("ai_blockers") && !line.contains("ai_usecase_types"), "{line}");
    assert_eq!(
        lab.number(
            "SELECT count(*) FROM pipelineiq WHERE evidence_coverage > 0 OR confidence_level_normalized <> 'Low'"
        ),
        0
    );
    // the risk rests on stage and dates, which are known
    assert!(lab.number("SELECT count(DISTINCT slip_risk_score) FROM pipelineiq") > 1);
}
