//! What must hold of runs, T1 to T6, T8 and T9; T7 is in `recovery`, T10 in `failures`.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use serde_json::json;

use super::Lab;
use super::calls::{asked_since, calls, total};
use super::usecases::{SOURCE, calm, text};

/// Use cases of the lab that are in scope from the start.
const IDS: [&str; 5] = ["UC-1", "UC-2", "UC-3", "UC-4", "UC-5"];

/// A lab that has run once and is at rest. Tests that overlap share it, and each leaves it at rest again; the last one
/// ends it.
struct AtRest {
    lab: Arc<Mutex<Lab>>,
}

impl AtRest {
    fn new() -> Self {
        static SHARED: Mutex<Weak<Mutex<Lab>>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        // a test that failed may have left anything
        let lab = shared.upgrade().filter(|lab| !lab.is_poisoned()).unwrap_or_else(|| Arc::new(Mutex::new(at_rest())));
        *shared = Arc::downgrade(&lab);
        Self { lab }
    }

    fn lock(&self) -> MutexGuard<'_, Lab> {
        let lab = self.lab.lock().unwrap_or_else(PoisonError::into_inner);
        lab.asked();
        lab
    }
}

fn at_rest() -> Lab {
    let notes = || {
        vec![
            ("implementation_notes", text("The plan has owners and dates.")),
            ("demand_plan_stage_next_steps", text("The architects meet on Monday.")),
        ]
    };
    let mut rows: Vec<String> = IDS.iter().map(|id| calm(id, notes())).collect();
    // a day beyond the horizon of sql/pipeline.yml
    rows.push(calm("UC-FAR", vec![("target_live_date", "date_add(current_date(), 184)".into())]));
    let lab = Lab::with_usecases(&rows);
    let job = lab.deploy();
    lab.run(job);
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq"), 5);
    lab
}

fn only(id: &str) -> BTreeSet<String> {
    [id.to_owned()].into()
}

fn edit(lab: &Lab, id: &str, column: &str, words: &str) {
    lab.sql(&format!("UPDATE {SOURCE} SET {column} = {} WHERE usecase_id = '{id}'", text(words)));
}

#[test]
fn engine_t1_an_edit_later_on_the_day_of_a_run_is_picked_up_by_the_next() {
    let shared = AtRest::new();
    let lab = shared.lock();
    let job = lab.deploy();
    // last_modified_date is the day of the run that has been, and stays so
    let same_day = format!(
        "SELECT count(*) FROM {SOURCE} AS s JOIN pipelineiq AS p ON p.usecase_id = s.usecase_id \
         WHERE s.usecase_id = 'UC-1' AND s.last_modified_date = CAST(p.piq_last_updated AS DATE)"
    );
    assert_eq!(lab.number(&same_day), 1);
    let before = calls(&lab);
    edit(&lab, "UC-1", "implementation_notes", "Our champion left.");
    lab.run(job);
    let found = asked_since(&lab, before);
    assert_eq!(found["ai_implementation"], only("UC-1"));
    assert_eq!(found["ai_confidence"], only("UC-1"));
    assert_eq!(lab.number("SELECT count(*) FROM piq_batch"), 1);
    let summary = "SELECT implementation_notes_summary FROM pipelineiq WHERE usecase_id = 'UC-1'";
    let left = lab.sql(summary);
    assert!(left[0][0].as_str().expect("summary").contains("champion left"), "{left:?}");

    // back to the earlier text: its answers are still there, and are the ones shown
    let before = calls(&lab);
    edit(&lab, "UC-1", "implementation_notes", "The plan has owners and dates.");
    lab.run(job);
    assert_ne!(lab.sql(summary), left);
    assert!(!asked_since(&lab, before).contains_key("ai_confidence"));
}

#[test]
fn engine_t2_an_edit_during_a_run_is_picked_up_by_the_next() {
    let shared = AtRest::new();
    let lab = shared.lock();
    let job = lab.deploy();
    // something to ask, so that the run waits for a model
    edit(&lab, "UC-2", "usecase_description", "Predict demand for every warehouse.");
    lab.faults(json!([{"nth": 1, "count": 1, "action": {"delay": 3000}}]));
    let run = lab.start_run(job);
    lab.until("a call that waits", || (lab.gateway()["waiting"] == 1).then_some(()));
    edit(&lab, "UC-2", "implementation_notes", "The pilot is late.");
    let run = lab.finished(run);
    assert_eq!(run["state"]["result_state"], "SUCCESS", "{}", lab.errors(&run));
    lab.faults(json!([]));
    let summary = "SELECT count(*) FROM pipelineiq WHERE usecase_id = 'UC-2' AND implementation_notes_summary LIKE '%pilot is late%'";
    assert_eq!(lab.number(summary), 0, "the run works on what it pinned");
    let before = calls(&lab);
    lab.run(job);
    let found = asked_since(&lab, before);
    assert_eq!(found["ai_implementation"], only("UC-2"));
    assert!(!found.contains_key("ai_oneliner"), "{found:?}");
    assert_eq!(lab.number(summary), 1);
}

#[test]
fn engine_t3_a_row_that_enters_the_window_because_time_passed_is_processed() {
    let shared = AtRest::new();
    let lab = shared.lock();
    let far = "SELECT count(*) FROM pipelineiq WHERE usecase_id = 'UC-FAR'";
    assert_eq!(lab.number(far), 0);
    // No run takes another date than today's. The end of the window moves by a day, as it does overnight, and the row
    // in the source stays as it is.
    lab.project.edit("sql/pipeline.yml", "horizon_days: 183", "horizon_days: 184");
    let job = lab.deploy();
    lab.run(job);
    assert_eq!(lab.number("SELECT count(*) FROM piq_batch"), 1, "nothing else is selected");
    assert_eq!(lab.number(far), 1);
}

#[test]
fn engine_t4_an_unchanged_source_costs_no_call_and_merges_no_row() {
    let shared = AtRest::new();
    let lab = shared.lock();
    let job = lab.deploy();
    let written = || lab.sql("SELECT usecase_id, piq_last_updated FROM pipelineiq ORDER BY usecase_id");
    let (ledger, rows) = (lab.number("SELECT count(*) FROM piq_ai_calls"), written());
    assert!(ledger > 0 && rows.len() >= 5);
    lab.run(job);
    assert_eq!(total(&lab), 0);
    assert_eq!(lab.number("SELECT count(*) FROM piq_batch"), 0);
    assert_eq!((lab.number("SELECT count(*) FROM piq_ai_calls"), written()), (ledger, rows));
}

#[test]
fn engine_t5_only_what_reads_a_changed_column_is_called() {
    let shared = AtRest::new();
    let lab = shared.lock();
    let job = lab.deploy();
    let before = calls(&lab);
    edit(&lab, "UC-4", "implementation_notes", "Legal has to approve the contract first.");
    lab.run(job);
    let found = asked_since(&lab, before);
    // what reads the notes, and what reads an answer that changed with them
    for reader in ["ai_implementation", "ai_confidence", "ai_next_best_action"] {
        assert_eq!(found.get(reader), Some(&only("UC-4")), "{reader}: {found:?}");
    }
    let may = ["ai_implementation", "ai_confidence", "ai_next_best_action", "ai_slippage_acceleration"];
    for (asked, about) in &found {
        let brief = asked.ends_with("coaching_brief");
        assert!(brief || (may.contains(&asked.as_str()) && *about == only("UC-4")), "{found:?}");
    }
}

#[test]
fn engine_t6_a_new_id_with_an_old_date_is_processed() {
    let shared = AtRest::new();
    let lab = shared.lock();
    let job = lab.deploy();
    let old = || "DATE'2019-05-01'".to_owned();
    lab.insert(&[calm("UC-OLD", vec![("last_modified_date", old()), ("created_date", old())])]);
    lab.run(job);
    assert_eq!(lab.sql("SELECT usecase_id FROM piq_batch"), [[json!("UC-OLD")]]);
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE usecase_id = 'UC-OLD'"), 1);
}

#[test]
fn engine_t8_a_new_prompt_version_asks_again_for_its_enrichment_and_what_depends_on_it() {
    let shared = AtRest::new();
    let lab = shared.lock();
    let before = calls(&lab);
    let with_steps = lab.sql("SELECT usecase_id FROM pipelineiq_view WHERE demand_plan_stage_next_steps IS NOT NULL");
    let with_steps: BTreeSet<String> = with_steps.iter().map(|r| r[0].as_str().expect("id").to_owned()).collect();
    assert_eq!(with_steps.len(), 5);
    // the new prompt is answered in other words, so that what reads the answer has something new to read
    lab.project.edit("sql/enrichments/ai_nextsteps.sql", "prompt_version: \"1\"", "prompt_version: \"2\"");
    lab.faults(json!([{"function": "ai_summarize", "contains": "meet on Monday", "action": {"answer": "Architects: Monday."}}]));
    // layout and comments are no part of a prompt
    lab.project.edit("sql/enrichments/ai_oneliner.sql", "SELECT\n  usecase_id,", "SELECT   usecase_id, -- the key\n");
    let job = lab.deploy();
    lab.run(job);
    lab.faults(json!([]));
    let found = asked_since(&lab, before);
    for again in ["ai_nextsteps", "ai_confidence", "ai_next_best_action"] {
        assert_eq!(found.get(again), Some(&with_steps), "{again}: {found:?}");
    }
    let may = ["ai_nextsteps", "ai_confidence", "ai_next_best_action", "ai_slippage_acceleration"];
    assert!(found.keys().all(|e| may.contains(&e.as_str()) || e.ends_with("coaching_brief")), "{found:?}");
}

#[test]
fn engine_t9_one_row_for_each_use_case_whatever_the_snapshots() {
    let shared = AtRest::new();
    let lab = shared.lock();
    let job = lab.deploy();
    let selected = lab.number("SELECT count(*) FROM pipelineiq");
    // last week's snapshot, and a use case twice in the latest
    lab.sql(&format!("CREATE OR REPLACE TABLE main.gtm_silver.last_week USING DELTA AS SELECT * FROM {SOURCE}"));
    lab.sql("UPDATE main.gtm_silver.last_week SET snapshot_date = date_sub(snapshot_date, 7), usecase_name = 'An older name'");
    lab.sql(&format!("INSERT INTO {SOURCE} SELECT * FROM main.gtm_silver.last_week"));
    lab.insert(&[calm(
        "UC-5",
        vec![
            ("usecase_description", text("Edited in the evening.")),
            ("last_modified_ts", "CAST(date_add(current_date(), 2) AS TIMESTAMP)".into()),
        ],
    )]);
    lab.run(job);
    assert_eq!(lab.sql("SELECT usecase_id FROM piq_batch"), [[json!("UC-5")]], "older snapshots change nothing");
    for relation in ["pipelineiq", "pipelineiq_view"] {
        let rows = lab.sql(&format!("SELECT count(*), count(DISTINCT usecase_id) FROM {relation}"));
        assert_eq!(rows, [[json!(selected.to_string()), json!(selected.to_string())]], "{relation}");
    }
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq_view WHERE usecase_name = 'An older name'"), 0);
    lab.sql(&format!(
        "DELETE FROM {SOURCE} WHERE usecase_name = 'An older name' OR usecase_description = 'Edited in the evening.'"
    ));
    lab.run(job);
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq_view"), selected);
}
