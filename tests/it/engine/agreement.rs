//! No two statements about one use case contradict each other. The pairs are rows of `ref_contradictions`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Lab;
use super::usecases::{answered, calm, scores, text};

/// How many use cases, out of all combinations of the values below.
const CASES: usize = 180;

/// What the model says: score of every dimension and of the blockers.
const ANSWERS: [(i64, i64); 4] = [(10, 0), (8, 1), (6, 2), (2, 6)];
const DAYS: [i64; 7] = [-20, -1, 2, 14, 25, 45, 150];
const BLOCKERS: [&str; 4] = ["0", "1", "3", "5"];
const STATUSES: [Option<&str>; 4] = [Some("Green"), Some("Yellow"), Some("Red"), None];
const STAGES: [&str; 4] = ["U2 - Qualifying", "U3 - Scoping", "U4 - Confirming", "U5 - Onboarding"];
const PUSHES: [&str; 3] = ["0", "1", "3"];
const CHANGED: [i64; 3] = [0, 13, 40];

/// The combination with this number: a step that shares no factor with any count reaches every pair of values.
fn combination(number: usize) -> String {
    let mut rest = number * 1_009;
    let mut next = |values: usize| {
        let at = rest % values;
        rest /= values;
        at
    };
    let answer = next(ANSWERS.len());
    let days = DAYS[next(DAYS.len())];
    let status = STATUSES[next(STATUSES.len())];
    let fields = vec![
        ("competition_string", text(&format!("Marker-{answer}. The customer names ten true facts here."))),
        ("target_live_date", format!("date_add(current_date(), {days})")),
        ("target_onboarding_date", format!("date_add(current_date(), {})", days - 30)),
        ("num_of_blockers", BLOCKERS[next(BLOCKERS.len())].to_owned()),
        ("implementation_status", status.map_or("NULL".to_owned(), text)),
        ("stage", text(STAGES[next(STAGES.len())])),
        ("target_live_date_push_count", PUSHES[next(PUSHES.len())].to_owned()),
        ("last_modified_date", format!("date_sub(current_date(), {})", CHANGED[next(CHANGED.len())])),
    ];
    calm(&format!("UC-{number:03}"), fields)
}

fn codes(lab: &Lab) -> BTreeSet<String> {
    let rows = lab.sql("SELECT DISTINCT code FROM piq_contradictions");
    rows.iter().map(|r| r[0].as_str().expect("a code").to_owned()).collect()
}

#[test]
fn engine_no_two_statements_about_a_use_case_contradict_each_other() {
    let lab = Lab::with_usecases(&(0..CASES).map(combination).collect::<Vec<_>>());
    let job = lab.deploy();
    let answers = ANSWERS.iter().enumerate().map(|(n, (score, blockers))| {
        answered(&format!("Marker-{n}."), &Value::Object(scores(*score, "names ten true facts", *blockers)).to_string())
    });
    lab.faults(json!(answers.collect::<Vec<_>>()));
    lab.run(job);
    let found = lab.sql("SELECT usecase_id, code, description FROM piq_contradictions ORDER BY 1, 2");
    assert!(found.is_empty(), "{found:#?}");

    // every statement is made about somebody, so that there is something to contradict
    for statement in [
        "confidence_level_normalized = 'High'",
        "confidence_level_normalized = 'Medium'",
        "confidence_level_normalized = 'Low'",
        "risk_level = 'At risk'",
        "risk_level = 'Watch'",
        "risk_level = 'Clear'",
        "can_be_accelerated",
        "recommendation = 'Keep to the plan'",
        "gate_code = 'FACTS_AT_RISK'",
        "gate_code = 'STATUS_RED'",
        "override_code = 'LIVE_DATE_PAST'",
    ] {
        let said = lab.number(&format!("SELECT count(*) FROM pipelineiq_view WHERE {statement}"));
        assert!(said > 0, "{statement}: said of nobody");
    }
    lab.holds_for_all("level_reason LIKE concat('%', confidence_level_normalized, '%')");
    lab.holds_for_all("(risk_reason IS NULL OR risk_reason = '') = (size(slip_signals) = 0)");
    // a level below what the score alone gives names its rule
    lab.holds_for_all("gate_code IS NOT NULL OR (confidence_score >= 75) = (confidence_level_normalized = 'High')");

    // the list finds what it is there for: with the stored statements turned around nearly every pair is made
    let all = lab.number("SELECT count(*) FROM ref_contradictions");
    let mut seen = BTreeSet::new();
    for change in [
        "confidence_level_normalized = 'High', likely_to_slip = true, can_be_accelerated = true, risk_level = 'Clear', \
         risk_reason = NULL, accel_days = 0, confidence_score = NULL",
        "likely_to_slip = false, slippage_category = 'Budget', accel_category = 'Other', risk_level = 'Clear', \
         confidence_level_normalized = 'Medium', confidence_score = 50, blockers_summary = 'No open blockers.'",
        "confidence_level_normalized = 'Low', can_be_accelerated = true, accel_category = 'Other'",
        "confidence_level_normalized = 'High', can_be_accelerated = false",
    ] {
        lab.sql(&format!("UPDATE pipelineiq SET {change}"));
        seen.extend(codes(&lab));
    }
    // the recommendation and the date of the action are made by the view itself
    assert_eq!(seen.len() as u64 + 2, all, "{seen:?}");
}
