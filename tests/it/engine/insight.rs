//! The commands that read the pipeline's tables: plan's estimate, explain, doctor source, eval, bootstrap.

use std::process::Output;

use serde_json::Value;

use super::Lab;

const SOURCE: &str = "main.gtm_silver.use_case_detail";

fn json(out: &Output) -> Value {
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| {
        panic!("{e}: {} {}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
    })
}

impl Lab {
    pub(super) fn told(&self, args: &[&str]) -> Value {
        json(&self.piq(&[args, &["-o", "json", "-t", "local"]].concat()))
    }

    /// The same, by the committed schema of the command's result.
    pub(super) fn told_by_schema(&self, schema: &str, args: &[&str]) -> Value {
        let path = piq_testing::root().join(format!("docs/schema/{schema}.schema.json"));
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("a schema")).expect("JSON");
        let found = self.told(args);
        let faults: Vec<String> = jsonschema::validator_for(&schema)
            .expect("a schema")
            .iter_errors(&found)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{faults:?} in {found}");
        found
    }

    /// The section of `piq plan` about the next run.
    fn estimate(&self) -> Value {
        let plan = self.told(&["plan"]);
        assert!(plan["pipeline"]["selected"].is_u64(), "{plan}");
        plan["pipeline"].clone()
    }
}

fn calls(estimate: &Value, enrichment: &str) -> u64 {
    let all = estimate["enrichments"].as_array().expect("enrichments");
    all.iter().find(|e| e["enrichment"] == enrichment).map_or(0, |e| e["calls"].as_u64().expect("calls"))
}

/// Calls about use cases: the managers' briefs come in runs of their own.
fn about_usecases(estimate: &Value) -> u64 {
    estimate["total"]["calls"].as_u64().expect("calls") - calls(estimate, "coaching_brief")
}

#[test]
fn engine_a_plan_foresees_what_a_run_costs() {
    let lab = Lab::with_sample(40);

    // before the first deploy there is no table, and everything is new
    let first = lab.estimate();
    assert_eq!(first["first_run"], true);
    assert_eq!(first["selected"], first["in_scope"]);
    assert!(calls(&first, "ai_confidence") > 20, "{first}");
    let one = first["enrichments"].as_array().expect("list").iter().find(|e| e["enrichment"] == "ai_soundbyte");
    assert_eq!(one.expect("asked")["upper_bound"], true);

    let job = lab.deploy();
    lab.run(job);
    let next = lab.estimate();
    let last = &next["last_run"];
    let error = last["error_percent"].as_f64().expect("money was spent");
    assert!(error.abs() <= 20.0, "estimate against ledger: {last}");
    assert!(calls(&first, "coaching_brief") > 0, "{first}");
    assert_eq!(
        last["estimated_calls"].as_u64(),
        Some(about_usecases(&first)),
        "what was planned is what the batch was pinned with"
    );
    let ledger = lab.sql(
        "SELECT CAST(sum(est_cost_usd) AS STRING) FROM piq_ai_calls WHERE run_id = (SELECT max(piq_run_id) FROM piq_batch)",
    );
    let ledger: f64 = ledger[0][0].as_str().and_then(|n| n.parse().ok()).expect("dollars");
    assert!((last["usd"].as_f64().expect("dollars") - ledger).abs() < 1e-9);

    // only what changed counts, and what reads it
    let busy = lab.number("SELECT count(DISTINCT usecase_id) FROM piq_ai_calls WHERE status IN ('failed', 'invalid')");
    let calm = lab.sql(
        "SELECT usecase_id FROM pipelineiq_view WHERE implementation_notes IS NOT NULL AND usecase_id NOT IN \
         (SELECT usecase_id FROM piq_ai_calls WHERE status IN ('failed', 'invalid')) ORDER BY 1 LIMIT 1",
    );
    if let Some(id) = calm.first().and_then(|row| row[0].as_str()) {
        lab.sql(&format!("UPDATE {SOURCE} SET implementation_notes = 'The champion left.' WHERE usecase_id = '{id}'"));
        let changed = lab.estimate();
        assert_eq!(changed["selected"].as_u64(), Some(busy + 1), "{changed}");
        assert_eq!((calls(&changed, "ai_implementation"), calls(&changed, "ai_oneliner")), (1, 0), "{changed}");
    }

    // limits leave the use cases with most dollars
    lab.sql("DELETE FROM piq_ai_calls");
    lab.project.edit("sql/pipeline.yml", "max_calls_per_run: 300000", "max_calls_per_run: 40");
    let limited = lab.estimate();
    assert_eq!(limited["selected"], limited["in_scope"]);
    let total = limited["total"]["calls"].as_u64().expect("calls");
    assert!(total <= 40 && about_usecases(&limited) > 20, "the briefs of managers are within them too: {limited}");
    assert!(limited["in_run"].as_u64() < limited["selected"].as_u64(), "{limited}");
    let text = lab.succeed(&["plan", "-t", "local"]);
    assert!(text.contains("limits of 40 calls") && text.contains("with most dollars now"), "{text}");

    // an empty source costs nothing
    lab.sql(&format!("DELETE FROM {SOURCE}"));
    let empty = lab.estimate();
    assert_eq!((empty["selected"].as_u64(), empty["total"]["calls"].as_u64()), (Some(0), Some(0)), "{empty}");
}

#[test]
fn engine_an_account_adds_up_to_what_is_stored_and_shows_where_it_does_not() {
    let lab = Lab::with_sample(12);
    let job = lab.deploy();
    lab.run(job);
    let ids = lab.sql("SELECT usecase_id FROM pipelineiq ORDER BY 1");
    assert!(ids.len() > 5);
    for id in ids.iter().step_by(3).filter_map(|row| row[0].as_str()) {
        let account = lab.told_by_schema("explain", &["explain", id]);
        let confidence = &account["confidence"];
        assert_eq!(confidence["disagreements"], serde_json::json!([]), "{id}: {confidence}");
        shows_what_the_page_shows(&lab, id, &account);
        assert_eq!(account["slip"]["disagreements"], serde_json::json!([]), "{id}: {}", account["slip"]);
        let paid =
            lab.sql(&format!("SELECT CAST(sum(est_cost_usd) AS STRING) FROM piq_ai_calls WHERE usecase_id = '{id}'"));
        let paid: f64 = paid[0][0].as_str().and_then(|n| n.parse().ok()).expect("dollars");
        assert!((account["totals"]["cost_usd"].as_f64().expect("dollars") - paid).abs() < 1e-9, "{id}");
    }
    let id = ids[0][0].as_str().expect("an id");
    let text = lab.succeed(&["explain", id, "-t", "local"]);
    for part in [
        "What is known",
        "What to do next",
        "Who, by when",
        "Confidence",
        "Sum of the dimensions",
        "Slip risk",
        "Open questions",
        "History",
        "Answers",
        "ai_confidence",
        "Calls",
        "So far",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }

    // two statements that contradict each other are said first
    lab.sql(&format!(
        "UPDATE pipelineiq SET likely_to_slip = true, risk_level = 'Clear', slip_signals = array('LIVE_PAST', 'RED') WHERE usecase_id = '{id}'"
    ));
    let account = lab.told(&["explain", id]);
    assert!(account["contradictions"].to_string().contains("RISK_WITHOUT_LEVEL"), "{}", account["contradictions"]);
    assert_eq!(account["slip"]["disagreements"][0]["computed"], "100", "{}", account["slip"]);
    let points: i64 = account["rules"].as_array().into_iter().flatten().filter_map(|r| r["points"].as_i64()).sum();
    assert_eq!(points, 110, "{}", account["rules"]);
    assert!(lab.succeed(&["explain", id, "-t", "local"]).contains("! contradiction RISK_WITHOUT_LEVEL"));

    // a stored score that does not follow from its parts is shown
    lab.sql(&format!("UPDATE pipelineiq SET confidence_score = 99 WHERE usecase_id = '{id}'"));
    let account = lab.told(&["explain", id]);
    assert_eq!(account["confidence"]["disagreements"][0]["column"], "confidence_score", "{account}");
    assert_eq!(account["confidence"]["disagreements"][0]["stored"], "99");

    // a changed input is told from an answered one
    lab.sql(&format!("UPDATE {SOURCE} SET usecase_description = 'Another idea.' WHERE usecase_id = '{id}'"));
    let account = lab.told(&["explain", id]);
    let state = |name: &str| {
        let answers = account["answers"].as_array().expect("answers");
        answers.iter().find(|a| a["enrichment"] == name).expect("an answer")["state"].clone()
    };
    assert_eq!((state("ai_oneliner"), state("ai_nextsteps")), ("changed".into(), "current".into()));

    let unknown = lab.piq(&["explain", "UC-it's not there", "-t", "local"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("unknown use case `UC-it's not there`"));
}

/// Every row of every widget of the page about a use case stands in the account, as the dashboard's own query gives it.
fn shows_what_the_page_shows(lab: &Lab, id: &str, account: &Value) {
    let file = piq_testing::root().join("dashboards/piq_main.lvdash.json");
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("a file")).expect("JSON");
    let confidence = &account["confidence"];
    for (dataset, shown, columns) in [
        ("usecase_facts", &account["facts"], &[("what", "what"), ("said", "said")][..]),
        ("usecase_action", &account["action"], &[("what", "what"), ("said", "said")]),
        (
            "usecase_dimensions",
            &confidence["dimensions"],
            &[
                ("weight", "weight"),
                ("said", "said"),
                ("counts", "counts"),
                ("evidence", "evidence"),
                ("quote", "quote"),
            ],
        ),
        ("usecase_arithmetic", &confidence["arithmetic"], &[("what", "what"), ("note", "note")]),
        ("usecase_rules", &account["rules"], &[("code", "code"), ("effect", "effect"), ("reason", "reason")]),
        ("usecase_questions", &account["questions"], &[("question", "question"), ("weight", "weight")]),
        (
            "usecase_history",
            &account["history"],
            &[
                ("as_of", "as_of"),
                ("dollars", "monthly_dollars"),
                ("blockers", "blockers"),
                ("confidence_level", "confidence_level"),
                ("confidence_score", "confidence_score"),
                ("risk_level", "risk_level"),
                ("level_reason", "level_reason"),
            ],
        ),
    ] {
        let datasets = dashboard["datasets"].as_array().expect("datasets");
        let found = datasets.iter().find(|d| d["name"] == dataset).expect("a dataset");
        let lines = found["queryLines"].as_array().expect("lines").iter().filter_map(Value::as_str);
        let query: String = lines.filter(|l| !l.starts_with("USE ")).collect();
        let names: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
        let rows = lab.sql(&format!(
            "SELECT {} FROM ({}) AS page",
            names.join(", "),
            query.replace(":usecase", &format!("'{id}'"))
        ));
        // numbers as numbers, NULL and an empty text alike
        let plain = |v: &Value| match v {
            Value::Null => String::new(),
            Value::Number(n) => n.as_f64().unwrap_or_default().to_string(),
            Value::String(s) => s.parse::<f64>().map_or_else(|_| s.clone(), |n| n.to_string()),
            other => other.to_string(),
        };
        let mut page: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(plain).collect()).collect();
        let row = |r: &Value| columns.iter().map(|(_, field)| plain(&r[*field])).collect();
        let mut told: Vec<Vec<String>> = shown.as_array().into_iter().flatten().map(row).collect();
        page.sort();
        told.sort();
        assert_eq!(told, page, "{id}: {dataset}");
        assert!(!page.is_empty() || dataset == "usecase_rules" || dataset == "usecase_questions", "{id}: {dataset}");
    }
    let next = &account["next_action"];
    let who = format!("{}, {}", next["owner"].as_str().unwrap_or("-"), next["due"].as_str().unwrap_or("-"));
    assert!(account["action"].to_string().contains(&who), "{who} is not in {}", account["action"]);
}

#[test]
fn engine_the_doctor_names_what_the_source_lacks() {
    let lab = Lab::with_sample(10);
    let good = lab.told_by_schema("doctor_source", &["doctor", "source"]);
    assert_eq!(
        (good["rows"].as_u64(), good["usecases"].as_u64(), good["duplicates"].as_u64()),
        (Some(10), Some(10), Some(0))
    );
    assert!(good["columns"].as_array().expect("columns").iter().all(|c| c["fit"] == "present"), "{good}");

    lab.sql(&format!("INSERT INTO {SOURCE} SELECT * FROM {SOURCE} WHERE usecase_id = 'UC-000001'"));
    lab.sql(&format!(
        "UPDATE {SOURCE} SET stage = 'Negotiating', implementation_status = 'Purple' WHERE usecase_id = 'UC-000002'"
    ));
    let found = lab.told(&["doctor", "source"]);
    assert_eq!(found["duplicates"].as_u64(), Some(1));
    let messages = found["findings"].to_string();
    assert!(messages.contains("`Negotiating`") && messages.contains("`Purple`"), "{messages}");
    assert!(!found["findings"].as_array().expect("list").iter().any(|f| f["error"] == true), "{messages}");

    let mapping = |name: &str| {
        format!(
            "SELECT usecase_id, snapshot_date, usecase_name AS {name}, usecase_description, account_name, sales_manager, \
             field_manager, stage, estimated_monthly_dollar_dbus, target_onboarding_date, CAST(target_live_date AS STRING) AS target_live_date, \
             last_modified_date FROM {{{{ pipeline.source_table }}}}\n"
        )
    };
    // a name that nothing reads is found before the workspace is asked
    lab.project.write("sql/source.sql", &mapping("use_case_name"));
    let slip = lab.piq(&["doctor", "source", "-t", "local"]);
    let said = String::from_utf8_lossy(&slip.stderr).into_owned();
    assert_eq!(slip.status.code(), Some(1), "{said}");
    assert!(said.contains("sql/source.sql:1:51") && said.contains("did you mean `usecase_name`?"), "{said}");
    lab.project.write("sql/source.sql", &mapping("usecase_name"));
    let out = lab.piq(&["doctor", "source", "-t", "local", "-o", "json"]);
    assert_eq!(out.status.code(), Some(1));
    let broken = json(&out);
    let column = |name: &str| {
        let columns = broken["columns"].as_array().expect("columns");
        columns.iter().find(|c| c["column"] == name).expect("a column").clone()
    };
    assert_eq!(column("target_live_date")["fit"], "wrong_type");
    assert_eq!(
        (column("vertical")["fit"].as_str(), column("vertical")["required"].as_bool()),
        (Some("missing"), Some(false))
    );
    assert_eq!(broken["scope"], Value::Null, "the scope is not counted while the contract is broken");

    let machine = lab.piq(&["doctor", "-t", "local", "-o", "json"]);
    let checks = json(&machine);
    let status = |name: &str| {
        let all = checks["checks"].as_array().expect("checks").clone();
        all.iter().find(|c| c["name"] == name).unwrap_or_else(|| panic!("no {name} in {checks}"))["status"].clone()
    };
    assert_eq!((status("engine"), status("workspace"), status("warehouse")), ("ok".into(), "ok".into(), "ok".into()));
}

#[test]
fn engine_accuracy_is_measured_on_the_truth_and_held_against_thresholds() {
    let lab = Lab::with_sample(120);
    let early = lab.piq(&["eval", "-t", "local"]);
    assert_eq!(early.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&early.stderr).contains("has no enriched use cases yet"));

    let job = lab.deploy();
    lab.run(job);
    let out = lab.piq(&["eval", "-t", "local", "-o", "json"]);
    let found = json(&out);
    assert_eq!((out.status.code(), found["passed"].as_bool()), (Some(0), Some(true)), "{found}");
    assert_eq!(found["answered_by"], "the fake model");
    assert_eq!(found["overall"]["usecases"].as_u64(), Some(lab.number("SELECT count(*) FROM pipelineiq")));
    let right = lab.number(
        "SELECT count(*) FROM pipelineiq AS p JOIN main.gtm_silver.use_case_truth AS t ON t.usecase_id = p.usecase_id \
         WHERE p.usecase_type = t.usecase_type",
    );
    let all = found["overall"]["usecases"].as_f64().expect("number");
    let accuracy = found["overall"]["type_accuracy"].as_f64().expect("measured");
    assert!((accuracy - right as f64 / all).abs() < 1e-9, "{accuracy} {right}");
    let apart = lab.sql(
        "SELECT CAST(avg(abs(coalesce(p.champion_score, 2) - coalesce(t.champion_score, 2))) AS STRING) FROM pipelineiq AS p \
         JOIN main.gtm_silver.use_case_truth AS t ON t.usecase_id = p.usecase_id",
    );
    let apart: f64 = apart[0][0].as_str().and_then(|n| n.parse().ok()).expect("a mean");
    let champion = |found: &Value| {
        let all = found["dimensions"].as_array().expect("dimensions");
        all.iter().find(|d| d["dimension"] == "champion").expect("a dimension").clone()
    };
    assert!((champion(&found)["error"].as_f64().expect("measured") - apart).abs() < 1e-6, "{found} {apart}");
    the_distribution_is_that_of_the_tables(&lab, &found["distribution"]);
    let shapes = found["shapes"].as_array().expect("shapes").iter();
    assert_eq!(shapes.map(|s| s["usecases"].as_f64().expect("number")).sum::<f64>(), all);
    assert!(lab.succeed(&["eval", "-t", "local"]).contains("answers of the fake model"));

    lab.project.edit("sql/pipeline.yml", "max_dimension_error: 2.0", "max_dimension_error: 0");
    let out = lab.piq(&["eval", "-t", "local", "-o", "json"]);
    assert_eq!((out.status.code(), json(&out)["passed"].as_bool()), (Some(1), Some(false)));

    // where the truth knows nothing, the pipeline's own SQL gives Low, and every score found is invented
    let truth = "main.gtm_silver.use_case_truth";
    lab.sql(&format!("UPDATE {truth} SET champion_score = NULL, metrics_score = NULL, urgency_score = NULL, competition_score = NULL, \
        identify_pain_score = NULL, economic_buyer_score = NULL, decision_process_score = NULL, decision_criteria_score = NULL, \
        paper_process_score = NULL, implementation_plan_score = NULL"));
    let found = lab.told_by_schema("eval", &["eval"]);
    let low = lab.number("SELECT count(*) FROM pipelineiq WHERE confidence_level_normalized = 'Low'");
    let agreement = found["overall"]["level_agreement"].as_f64().expect("measured");
    assert!((agreement - low as f64 / all).abs() < 1e-9, "{agreement} {low} of {all}");
    let scored = lab.number("SELECT count(champion_score) FROM pipelineiq");
    let champion = champion(&found);
    assert_eq!((champion["invented"].as_u64(), champion["missed"].as_u64()), (Some(scored), Some(0)));
}

/// By level and by risk, with thresholds as the tables in the workspace have them.
fn the_distribution_is_that_of_the_tables(lab: &Lab, found: &Value) {
    let texts = |rows: &Value, fields: &[&str]| -> Vec<Vec<String>> {
        let text =
            |v: &Value| v.as_f64().map_or_else(|| v.as_str().unwrap_or("NULL").to_owned(), |n| format!("{n:.4}"));
        let row = |r: &Value| fields.iter().map(|f| text(&r[*f])).collect();
        rows.as_array().expect("rows").iter().map(row).collect()
    };
    let number = |v: &Value| {
        v.as_str().map_or("NULL".to_owned(), |s| s.parse().map_or(s.to_owned(), |n: f64| format!("{n:.4}")))
    };
    let all = lab.number("SELECT count(*) FROM pipelineiq_view WHERE is_open");
    assert_eq!(found["usecases"].as_u64(), Some(all));
    assert_eq!(
        found["likely_to_slip"].as_u64(),
        Some(lab.number("SELECT count(*) FROM pipelineiq_view WHERE is_open AND likely_to_slip"))
    );
    let by = |column: &str, more: &str| {
        format!(
            "SELECT {column}, count(*), count(*) / {all}.0D, coalesce(sum(estimated_monthly_dollar_dbus), 0){more} \
             FROM pipelineiq_view WHERE is_open GROUP BY 1"
        )
    };
    for (rows, fields, sql) in [
        (
            &found["levels"],
            &["level", "usecases", "share", "monthly_dollars", "likely_to_slip", "likely_to_slip_share"][..],
            by(
                "confidence_level_normalized",
                ", count_if(likely_to_slip), count_if(likely_to_slip) / CAST(count(*) AS DOUBLE)",
            ),
        ),
        (&found["risks"], &["level", "usecases", "share", "monthly_dollars"], by("risk_level", "")),
    ] {
        let mut wanted: Vec<Vec<String>> = lab.sql(&sql).iter().map(|r| r.iter().map(number).collect()).collect();
        let mut seen = texts(rows, fields);
        seen.retain(|row| row[1] != "0.0000");
        seen.sort();
        wanted.sort();
        assert_eq!(seen, wanted);
    }
    let bands = lab
        .sql("SELECT level, min_score, min_coverage, min_core_score FROM ref_confidence_bands ORDER BY min_score DESC");
    let bands: Vec<Vec<String>> = bands.iter().map(|r| r.iter().map(number).collect()).collect();
    let mut levels = texts(&found["levels"], &["level", "min_score", "min_coverage", "min_core_score"]);
    levels.truncate(bands.len());
    assert_eq!(levels, bands);
    let bands = lab.sql("SELECT risk_level, min_points FROM ref_risk_bands ORDER BY min_points DESC");
    let bands: Vec<Vec<String>> = bands.iter().map(|r| r.iter().map(number).collect()).collect();
    assert_eq!(texts(&found["risks"], &["level", "min_points"]), bands);
    let text = lab.succeed(&["eval", "-t", "local"]);
    for part in ["By confidence", "open use cases", "likely to slip", "By risk", "At risk", "from points"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn engine_an_older_table_is_taken_along_once() {
    let lab = Lab::with_sample(10);
    let job = lab.deploy();
    lab.run(job);
    let summarised = lab.number("SELECT count(*) FROM pipelineiq WHERE trim(one_liner) <> ''");
    // a table as it was before: some of the columns, one of another type, one of its own, an id twice
    lab.sql("CREATE SCHEMA IF NOT EXISTS main.older");
    lab.sql(
        "CREATE TABLE main.older.pipelineiq USING DELTA AS SELECT usecase_id, concat('Older: ', one_liner) AS one_liner, usecase_type, \
         CAST(confidence_score AS STRING) AS confidence_score, confidence_level, 'x' AS owner_note FROM main.pipelineiq.pipelineiq",
    );
    lab.sql("INSERT INTO main.older.pipelineiq SELECT * FROM main.older.pipelineiq ORDER BY usecase_id LIMIT 1");
    for table in ["pipelineiq", "piq_ai_calls", "piq_input_hashes"] {
        lab.sql(&format!("DELETE FROM {table}"));
    }
    lab.asked();

    let dry = lab.told(&["bootstrap", "--from", "main.older.pipelineiq", "--dry-run"]);
    assert_eq!(lab.number("SELECT count(*) FROM piq_bootstrap") + lab.number("SELECT count(*) FROM pipelineiq"), 0);
    let first = lab.told_by_schema("bootstrap", &["bootstrap", "--from", "main.older.pipelineiq"]);
    assert_eq!(first, dry, "a dry run says what would be done");
    assert_eq!(first["copied"], serde_json::json!(["one_liner", "usecase_type", "confidence_level"]));
    assert_eq!(first["retyped"][0]["column"], "confidence_score");
    assert_eq!(first["unknown"], serde_json::json!(["owner_note"]));
    assert_eq!(first["taken"], serde_json::json!(["ai_oneliner", "ai_usecase_types"]));
    assert!(first["missing"].to_string().contains("soundbyte"));
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE one_liner LIKE 'Older: %'"), summarised);

    let second = lab.told(&["bootstrap", "--from", "main.older.pipelineiq"]);
    assert_eq!((second["rows"].as_u64(), second["answers"].as_array().map(Vec::len)), (Some(0), Some(0)), "{second}");

    let foreseen = lab.estimate();
    assert_eq!((calls(&foreseen, "ai_oneliner"), calls(&foreseen, "ai_usecase_types")), (0, 0), "{foreseen}");
    lab.run(job);
    let taken = lab
        .map("SELECT enrichment, CAST(count(*) AS STRING) FROM piq_ai_calls WHERE status = 'bootstrapped' GROUP BY 1");
    assert_eq!(taken.get("ai_oneliner"), Some(&summarised.to_string()), "{taken:?}");
    let again = lab.number(
        "SELECT count(*) FROM piq_ai_calls WHERE enrichment IN ('ai_oneliner', 'ai_usecase_types') AND attempts > 0",
    );
    assert_eq!(again, 0, "what is known is not asked");
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE one_liner LIKE 'Older: %'"), summarised);

    for (from, code) in [("main.older.nothing", 1), ("main.older.pipelineiq; DROP TABLE x", 2)] {
        assert_eq!(lab.piq(&["bootstrap", "--from", from, "-t", "local"]).status.code(), Some(code), "{from}");
    }
}
