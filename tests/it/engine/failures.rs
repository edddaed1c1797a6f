//! T10: calls that fail and answers that are not what was asked for.

use std::collections::BTreeMap;

use serde_json::json;

use super::Lab;
use super::calls::ledger_is_what_the_gateway_counted;
use super::usecases::SOURCE;

/// Words of the question about confidence.
const CONFIDENCE: &str = "You read the notes of one sales use case";

#[test]
fn engine_t10_bad_answers_lose_nothing_store_nothing_wrong_are_asked_again_and_blocked_after_five() {
    let lab = Lab::with_sample(10);
    let job = lab.deploy();
    lab.faults(json!([
        {"function": "ai_query", "contains": CONFIDENCE, "nth": 1, "count": 2, "action": {"fail": "the model is busy"}},
        {"function": "ai_query", "contains": CONFIDENCE, "nth": 3, "count": 2, "action": {"answer": "I think it is **High**."}},
        {"function": "ai_query", "contains": "Your last answer was not valid", "action": {"answer": "It is **High**."}},
        {"function": "ai_classify", "action": {"answer": "Something else"}},
        {"share": 0.3, "action": {"fail": "the model is busy"}}
    ]));
    let said = lab.run_fails(job);
    assert!(said.contains("Too many calls without a good answer") && said.contains("ai_usecase_types"), "{said}");
    let selected = lab.number("SELECT count(*) FROM piq_batch");
    assert!(selected >= 5, "{selected}");
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq"), selected, "no row is lost");
    let bad = lab.map("SELECT status, CAST(count(*) AS STRING) FROM piq_ai_calls WHERE enrichment = 'ai_confidence' AND status IN ('failed', 'invalid') GROUP BY 1");
    assert_eq!(bad["invalid"], "4", "an invalid answer was asked for once more in the run, and was invalid again");
    assert!(bad["failed"].parse::<u64>().expect("number") >= 2, "{bad:?}");
    let failed = lab.number("SELECT count(*) FROM piq_ai_calls WHERE status = 'failed'");
    assert!(failed * 10 > lab.number("SELECT count(*) FROM piq_ai_calls WHERE model IS NOT NULL"), "{failed} failed");
    ledger_is_what_the_gateway_counted(&lab);
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE usecase_type = 'Something else'"), 0);
    let answered =
        "SELECT usecase_id FROM piq_ai_calls WHERE enrichment = 'ai_confidence' AND status IN ('ok', 'skipped_empty')";
    let unscored = lab.number("SELECT count(*) FROM pipelineiq WHERE confidence_level_normalized = 'Not computed'");
    assert_eq!(unscored, selected - lab.number(&format!("SELECT count(*) FROM ({answered}) AS a")));
    let wrong = format!(
        "SELECT count(*) FROM pipelineiq WHERE confidence_score IS NOT NULL AND usecase_id NOT IN ({answered})"
    );
    assert_eq!(lab.number(&wrong), 0, "a failure is no score");

    // every one of them is retried by the next run
    let open = "SELECT count(*) FROM (SELECT usecase_id, enrichment FROM piq_ai_calls GROUP BY 1, 2 HAVING count_if(status IN ('ok', 'skipped_empty')) = 0) AS open";
    assert!(lab.number(open) > 4);
    lab.faults(json!([]));
    lab.run(job);
    assert_eq!(lab.number(open), 0);
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE usecase_type IS NULL OR confidence_score IS NULL"), 0);
    lab.asked();
    lab.run(job);
    assert_eq!(lab.asked(), BTreeMap::new());

    // an edit that is never answered well keeps the good older answer, and is given up after five attempts
    let id = lab.sql("SELECT usecase_id FROM pipelineiq_view WHERE usecase_description IS NOT NULL LIMIT 1")[0][0]
        .as_str()
        .expect("id")
        .to_owned();
    let kept = lab.sql(&format!("SELECT usecase_type FROM pipelineiq WHERE usecase_id = '{id}'"));
    let label = "Words that no label fits";
    lab.sql(&format!("UPDATE {SOURCE} SET usecase_description = '{label}.' WHERE usecase_id = '{id}'"));
    lab.faults(json!([{"function": "ai_classify", "contains": label, "action": {"fail": "no"}}]));
    let tries = format!(
        "SELECT count(*) FROM piq_ai_calls WHERE usecase_id = '{id}' AND enrichment = 'ai_usecase_types' AND status IN ('failed', 'blocked')"
    );
    let before = lab.number(&tries);
    for attempt in 1..=6 {
        lab.asked();
        if attempt <= 5 {
            assert!(lab.run_fails(job).contains("ai_usecase_types 1 of 1"), "attempt {attempt}");
        } else {
            lab.run(job);
        }
        assert_eq!(lab.number(&tries) - before, attempt.min(5), "attempt {attempt}");
    }
    assert_eq!(lab.asked(), BTreeMap::new(), "a blocked input is not asked again");
    let blocked = format!("SELECT count(*) FROM piq_ai_calls WHERE usecase_id = '{id}' AND status = 'blocked'");
    assert_eq!(lab.number(&blocked), 1);
    assert_eq!(lab.sql(&format!("SELECT usecase_type FROM pipelineiq WHERE usecase_id = '{id}'")), kept);
}

#[test]
fn engine_a_refused_call_is_no_attempt_costs_nothing_fails_the_run_and_is_asked_again() {
    let lab = Lab::with_sample(6);
    let job = lab.deploy();
    let refusal = "403 PERMISSION_DENIED: the endpoint is disabled for this workspace";
    let classified = "<crm_text field=\"usecase_description\">";
    lab.faults(json!([
        {"function": "ai_query", "contains": CONFIDENCE, "action": {"fail": refusal}},
        {"function": "ai_classify", "contains": classified, "action": {"fail": refusal}}
    ]));
    for _ in 0..6 {
        let said = lab.run_fails(job);
        assert!(said.contains("ai_confidence") && said.contains(refusal), "{said}");
        assert!(said.contains("ai_usecase_types"), "{said}");
    }
    let of = "FROM piq_ai_calls WHERE enrichment IN ('ai_confidence', 'ai_usecase_types') AND model IS NOT NULL";
    let states = lab.map(&format!("SELECT status, CAST(sum(attempts) + sum(est_cost_usd) AS STRING) {of} GROUP BY 1"));
    assert_eq!(states, BTreeMap::from([("refused".to_owned(), "0.0".to_owned())]), "no attempt and no dollar");
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE one_liner IS NULL"), 0, "the others are stored");
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE usecase_type IS NOT NULL AND usecase_id NOT IN (SELECT usecase_id FROM piq_ai_calls WHERE enrichment = 'ai_usecase_types' AND status = 'skipped_empty')"), 0);
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE confidence_score IS NOT NULL AND usecase_id NOT IN (SELECT usecase_id FROM piq_ai_calls WHERE enrichment = 'ai_confidence' AND status = 'skipped_empty')"), 0);
    lab.faults(json!([]));
    lab.asked();
    lab.run(job);
    let refused = format!("SELECT count(DISTINCT concat(usecase_id, enrichment)) {of} AND status = 'refused'");
    let answered = format!("SELECT count(*) {of} AND status = 'ok'");
    assert_eq!(lab.number(&answered), lab.number(&refused), "each is answered by one good call");
    lab.asked();
    lab.run(job);
    assert_eq!(lab.asked(), BTreeMap::new());
}
