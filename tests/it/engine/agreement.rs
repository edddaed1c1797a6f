//! No two statements about one use case contradict each other. The pairs are rows of `ref_contradictions`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Lab;
use super::usecases::{answered, calm, facts, scores, text};

/// How many use cases, out of all combinations of the values below.
const CASES: usize = 260;

/// What the model says: score of every dimension and of the blockers.
const ANSWERS: [(i64, i64); 4] = [(10, 0), (8, 1), (6, 2), (2, 6)];
// both sides of every threshold of the rules
const DAYS: [i64; 13] = [-20, -1, 0, 2, 14, 15, 25, 29, 30, 45, 75, 150, 183];
const BLOCKERS: [&str; 6] = ["0", "1", "2", "3", "4", "5"];
const STATUSES: [Option<&str>; 4] = [Some("Green"), Some("Yellow"), Some("Red"), None];
const STAGES: [&str; 4] = ["U2 - Qualifying", "U3 - Scoping", "U4 - Confirming", "U5 - Onboarding"];
const PUSHES: [&str; 3] = ["0", "1", "3"];
const CHANGED: [i64; 4] = [0, 13, 14, 40];

/// The places of the values of this combination: answer, days, status, blockers, stage, pushes, changed.
fn places(number: usize) -> [usize; 7] {
    let mut rest = number * 8_971;
    COUNTS.map(|values| {
        let at = rest % values;
        rest /= values;
        at
    })
}

/// How many values there are of each.
const COUNTS: [usize; 7] =
    [ANSWERS.len(), DAYS.len(), STATUSES.len(), BLOCKERS.len(), STAGES.len(), PUSHES.len(), CHANGED.len()];

/// The combination with this number. With this step `CASES` of them reach every pair of values, which a test holds.
fn combination(number: usize) -> String {
    let [answer, days, status, blockers, stage, pushes, changed] = places(number);
    let (days, status) = (DAYS[days], STATUSES[status]);
    let fields = vec![
        ("competition_string", text(&format!("Marker-{answer}. {}", facts("The customer names the {} true fact.")))),
        ("target_live_date", format!("date_add(current_date(), {days})")),
        ("target_onboarding_date", format!("date_add(current_date(), {})", days - 30)),
        ("num_of_blockers", BLOCKERS[blockers].to_owned()),
        ("implementation_status", status.map_or("NULL".to_owned(), text)),
        ("stage", text(STAGES[stage])),
        ("target_live_date_push_count", PUSHES[pushes].to_owned()),
        ("last_modified_date", format!("date_sub(current_date(), {})", CHANGED[changed])),
    ];
    calm(&format!("UC-{number:03}"), fields)
}

fn codes(lab: &Lab) -> BTreeSet<String> {
    let rows = lab.sql("SELECT DISTINCT code FROM piq_contradictions");
    rows.iter().map(|r| r[0].as_str().expect("a code").to_owned()).collect()
}

#[test]
fn the_combinations_reach_every_pair_of_values() {
    let mut seen = BTreeSet::new();
    for places in (0..CASES).map(places) {
        for first in 0..places.len() {
            seen.extend((first + 1..places.len()).map(|second| (first, second, places[first], places[second])));
        }
    }
    let pairs = (0..COUNTS.len()).flat_map(|a| (a + 1..COUNTS.len()).map(move |b| COUNTS[a] * COUNTS[b]));
    assert_eq!(seen.len(), pairs.sum::<usize>());
}

#[test]
fn engine_no_two_statements_about_a_use_case_contradict_each_other() {
    let lab = Lab::with_usecases(&(0..CASES).map(combination).collect::<Vec<_>>());
    let job = lab.deploy();
    let answers = ANSWERS.iter().enumerate().map(|(n, (score, blockers))| {
        answered(
            &format!("Marker-{n}."),
            &Value::Object(scores(*score, "names the {} true fact", *blockers)).to_string(),
        )
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
