//! Endpoints that refuse, answer in another form, hang or fail now and then: each run says so, and nothing is lost.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Lab;
use super::usecases::SOURCE;
use crate::kit::{code, text};

const MODEL: &str = "databricks-gpt-oss-120b";

/// Words of the question about confidence, which a trial does not have.
const CONFIDENCE: &str = "You read the notes of one sales use case";

/// What a run with a misbehaving endpoint must come to.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    /// It stops before a question is asked.
    BeforeAnyCall,
    /// It fails with its good answers stored; the others are `refused`.
    Refused,
    /// It fails with its good answers stored; some calls are `refused`, some `failed`.
    SomeBad,
    /// It succeeds.
    Well,
}

fn behaviors() -> Vec<(&'static str, Value, Value, Ends, &'static str)> {
    let fail = |why: &str| json!([{"function": "ai_query", "action": {"fail": why}}]);
    let model = |what: &str| json!({MODEL: {what: true}});
    vec![
        ("STRING", json!([]), model("text_result"), Ends::Well, ""),
        ("no bounds are sent", json!([]), model("refuses_bounds"), Ends::Well, ""),
        ("401", fail("401 UNAUTHENTICATED: bad token"), json!({}), Ends::BeforeAnyCall, "401 UNAUTHENTICATED"),
        ("404", json!([]), model("retired"), Ends::BeforeAnyCall, "was retired"),
        (
            "schema keyword",
            fail("400 BAD_REQUEST: property 'minimum' is not supported"),
            json!({}),
            Ends::BeforeAnyCall,
            "'minimum' is not supported",
        ),
        ("temperature", json!([]), model("refuses_temperature"), Ends::BeforeAnyCall, "`temperature` is not supported"),
        ("batch", json!([]), model("refuses_batch"), Ends::BeforeAnyCall, "not supported for batch inference"),
        (
            "403",
            json!([{"contains": CONFIDENCE, "action": {"fail": "403 PERMISSION_DENIED: disabled for this workspace"}}]),
            json!({}),
            Ends::Refused,
            "403 PERMISSION_DENIED",
        ),
        ("hangs", json!([{"function": "ai_query", "action": "hang"}]), json!({}), Ends::Refused, "408"),
        (
            "every third",
            json!([{"every": 3, "action": {"fail": "500 INTERNAL_ERROR"}}]),
            json!({}),
            Ends::SomeBad,
            "500",
        ),
        ("429", fail("429 REQUEST_LIMIT_EXCEEDED"), json!({}), Ends::Refused, "429 REQUEST_LIMIT_EXCEEDED"),
        ("500", fail("500 INTERNAL_ERROR"), json!({}), Ends::Refused, "500 INTERNAL_ERROR"),
    ]
}

#[test]
fn engine_an_endpoint_that_misbehaves_fails_the_run_and_each_question_is_answered_once_it_is_well() {
    let lab = Lab::with_env(4, &[("PIQ_MODEL_TIMEOUT", "0.2")]);
    lab.deploy();
    // the views of managers wait for the end: they have questions of their own
    let only = |tasks: &[&str]| {
        let out = lab.piq(&[&["run", "incremental_pipeline_job", "-t", "local"], tasks].concat());
        (code(&out), text(&out.stdout), text(&out.stderr))
    };
    let run = || only(&["--only", "incremental_pipeline"]);
    assert_eq!(only(&[]).0, 0);
    let ledger = "SELECT count(*) FROM piq_ai_calls";
    for (round, (name, faults, models, ends, said)) in behaviors().into_iter().enumerate() {
        lab.sql(&format!(
            "UPDATE {SOURCE} SET implementation_notes = 'The plan of round {round} is agreed.', usecase_description = 'Predict demand, round {round}.'"
        ));
        let before = lab.number(ledger);
        lab.asked();
        lab.faults(faults);
        lab.post("/piq/gateway/models", &json!({"models": models}));
        let (exit, out, err) = run();
        let told = format!("{name}: {out}\n{err}");
        assert_eq!(exit, i32::from(ends != Ends::Well), "{told}");
        assert!(said.is_empty() || err.contains(said), "{told}");
        assert!(!out.contains("has changed"), "{told}");
        let new = |status: &str| {
            lab.number(&format!(
                "SELECT count(*) FROM (SELECT *, row_number() OVER (ORDER BY finished_at DESC) AS latest FROM piq_ai_calls) AS c \
                 WHERE latest <= (SELECT count(*) FROM piq_ai_calls) - {before} AND status = '{status}'"
            ))
        };
        match ends {
            Ends::BeforeAnyCall => {
                assert_eq!(lab.number(ledger), before, "{told}");
                assert_eq!(lab.asked(), BTreeMap::new(), "{told}");
            }
            Ends::Well => assert_eq!((new("refused"), new("failed"), new("invalid")), (0, 0, 0), "{told}"),
            Ends::Refused => {
                assert!(new("refused") > 0 && new("failed") == 0 && new("blocked") == 0 && new("ok") > 0, "{told}");
                assert!(out.contains("unanswered") && out.contains(" refused (") && out.contains(said), "{told}");
            }
            Ends::SomeBad => {
                assert!(new("refused") > 0 && new("failed") > 0 && new("ok") > 0, "{told}");
                assert!(out.contains("unanswered") && out.contains(" failed"), "{told}");
            }
        }
        if ends != Ends::BeforeAnyCall {
            let paid =
                "SELECT count(*) FROM piq_ai_calls WHERE status = 'refused' AND (est_cost_usd > 0 OR attempts > 0)";
            assert_eq!(lab.number(paid), 0, "{told}");
        }
        lab.faults(json!([]));
        lab.post("/piq/gateway/models", &json!({"models": {}}));
        // what stopped before any call leaves nothing to mend: the run after the last of them shows it for all
        if matches!(ends, Ends::Well) || ends == Ends::BeforeAnyCall && name != "batch" {
            continue;
        }
        let (exit, out, err) = run();
        assert_eq!(exit, 0, "{name}: {err}");
        assert!(!out.contains("unanswered"), "{name}: {out}");
    }
    let twice = "SELECT count(*) FROM (SELECT 1 AS one FROM piq_ai_calls WHERE model IS NOT NULL GROUP BY usecase_id, enrichment, input_hash HAVING count_if(status = 'ok') > 1) AS c";
    assert_eq!(lab.number(twice), 0, "no question has two good answers");
    assert_eq!(only(&[]).0, 0);
    let (exit, out, _) = only(&[]);
    assert_eq!(exit, 0);
    assert!(out.contains("nothing that a model reads has changed"), "{out}");
}

#[test]
fn engine_what_is_blocked_is_named_by_each_run_and_opened_by_retry() {
    let lab = Lab::with_sample(4);
    let job = lab.deploy();
    lab.run(job);
    lab.sql(&format!("UPDATE {SOURCE} SET implementation_notes = 'Words that no model can read.'"));
    lab.faults(json!([{"contains": CONFIDENCE, "action": {"fail": "the text is not to be read"}}]));
    for _ in 0..5 {
        lab.run_fails(job);
    }
    lab.faults(json!([]));
    let asked =
        || lab.number("SELECT count(*) FROM piq_ai_calls WHERE model IS NOT NULL AND enrichment NOT LIKE '%brief'");
    let before = asked();
    let run = || text(&lab.piq(&["run", "incremental_pipeline_job", "-t", "local"]).stdout);
    let open = lab.told_by_schema("run", &["run", "incremental_pipeline_job"])["pipeline"]["open"].clone();
    assert!(open.as_array().is_some_and(|all| all.iter().any(|one| one["status"] == "blocked")), "{open}");
    let out = run();
    assert_eq!(asked(), before, "a blocked input is not asked");
    let blocked = lab.number("SELECT count(*) FROM piq_ai_calls WHERE status = 'blocked'");
    assert!(out.contains(&format!("ai_confidence {blocked} blocked (the text is not to be read)")), "{out}");
    assert!(out.contains("`piq retry`") && !out.contains("has changed"), "{out}");

    let bad = lab.piq(&["retry", "-t", "local", "--enrichment", "ai_confidenc"]);
    assert_eq!(code(&bad), 2, "{}", text(&bad.stderr));
    let one = lab.sql("SELECT min(usecase_id) FROM piq_ai_calls WHERE status = 'blocked'")[0][0].clone();
    let one = one.as_str().expect("id");
    let would = lab.told_by_schema("retry", &["retry", "--use-case", one, "--dry-run"]);
    assert_eq!(would["opened"], json!([{"enrichment": "ai_confidence", "usecases": 1}]));
    let said = lab.succeed(&["retry", "-t", "local", "--use-case", one, "--dry-run"]);
    assert!(said.contains("would open ai_confidence      1"), "{said}");
    lab.succeed(&["retry", "-t", "local", "--use-case", one, "--enrichment", "ai_confidence"]);
    assert_eq!(lab.number("SELECT count(*) FROM piq_ai_calls WHERE status = 'blocked'"), blocked - 1);
    run();
    let good = |ids: &str| {
        lab.number(&format!("SELECT count(*) FROM piq_ai_calls WHERE enrichment = 'ai_confidence' AND status = 'ok' AND run_id = (SELECT max(run_id) FROM piq_ai_calls WHERE enrichment = 'ai_confidence'){ids}"))
    };
    assert_eq!((good(""), good(&format!(" AND usecase_id = '{one}'"))), (1, 1));
    let said = lab.succeed(&["retry", "-t", "local"]);
    assert!(said.contains("opened ai_confidence"), "{said}");
    assert!(!run().contains("unanswered"));
    assert!(lab.succeed(&["retry", "-t", "local"]).contains("no such call is blocked"));
}
