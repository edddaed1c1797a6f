//! A source whose use cases have next to no notes: what is known of them without any counts, and is named so.

use std::collections::BTreeMap;

use super::Lab;
use super::usecases::{calm, text as sql_text};
use crate::kit::{code, text};

const STAGES: [&str; 3] = ["U3 - Scoping", "U4 - Confirming", "U5 - Onboarding"];
const USE_CASES: usize = 24;

/// Use cases in turn of each stage, the first `with_notes` of them described.
fn use_cases(with_notes: usize) -> Vec<String> {
    let one = |i: usize| {
        let mut fields = vec![("stage", sql_text(STAGES[i % STAGES.len()]))];
        if i >= with_notes {
            fields.push(("usecase_description", "NULL".to_owned()));
        }
        // the last one is late
        if i + 1 == USE_CASES {
            fields.push(("target_live_date", "date_add(current_date(), -3)".to_owned()));
        }
        calm(&format!("UC-{i:02}"), fields)
    };
    (0..USE_CASES).map(one).collect()
}

#[test]
fn engine_a_source_without_notes_is_scored_by_what_is_known_and_says_so() {
    let lab = Lab::with_usecases(&use_cases(0));
    lab.deploy();
    let out = lab.piq(&["run", "incremental_pipeline_job", "-t", "local"]);
    let said = text(&out.stdout);
    assert_eq!(code(&out), 0, "{said}{}", text(&out.stderr));
    assert!(said.contains("no notes") && said.contains("ai_confidence"), "{said}");
    assert!(said.contains("stage, age and dates"), "{said}");
    let scores = lab.map(
        "SELECT concat(stage_code, CASE WHEN days_to_live < 0 THEN ' late' ELSE '' END), \
         array_join(sort_array(collect_set(concat(CAST(confidence_score AS STRING), ' ', confidence_level_normalized))), ', ') \
         FROM pipelineiq_view GROUP BY 1",
    );
    let expected = [("U3", "35 Low"), ("U4", "60 Medium"), ("U5", "85 Medium"), ("U5 late", "30 Low")];
    assert_eq!(scores, BTreeMap::from(expected.map(|(stage, score)| (stage.to_owned(), score.to_owned()))));
    lab.holds_for_all("level_reason LIKE '%by its stage, age and dates alone%' AND evidence_coverage = 0 AND top_drivers[0] LIKE 'stage U_ +%'");
    assert_eq!(
        lab.number("SELECT count(*) FROM pipelineiq_view WHERE array_contains(top_drivers, 'LIVE_PAST -35')"),
        1
    );
}

#[test]
fn engine_one_use_case_without_notes_among_others_is_low() {
    let lab = Lab::with_usecases(&use_cases(4));
    let job = lab.deploy();
    lab.run(job);
    lab.holds_for_all("level_reason NOT LIKE '%alone%'");
    lab.holds_for_all("usecase_id < 'UC-04' OR confidence_level_normalized = 'Low' AND confidence_score <= 20");
}
