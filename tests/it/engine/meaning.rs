//! T2, T6, T8, caps, a week of CRM life: what is asked, and what is not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Lab;
use super::usecases::{SOURCE, calm, text};

/// Calls of a run, by enrichment: the use cases they were about.
fn asked_since(lab: &Lab, calls: u64) -> BTreeMap<String, BTreeSet<String>> {
    let sql = format!(
        "SELECT enrichment, usecase_id FROM (SELECT *, row_number() OVER (ORDER BY finished_at DESC) AS latest FROM piq_ai_calls WHERE attempts > 0) AS c WHERE latest <= (SELECT count(*) FROM piq_ai_calls WHERE attempts > 0) - {calls}"
    );
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in lab.sql(&sql) {
        let name = |i: usize| row[i].as_str().expect("name").to_owned();
        assert!(found.entry(name(0)).or_default().insert(name(1)), "asked twice: {row:?}");
    }
    found
}

fn calls(lab: &Lab) -> u64 {
    lab.number("SELECT count(*) FROM piq_ai_calls WHERE attempts > 0")
}

fn total(lab: &Lab) -> u64 {
    lab.asked().values().sum()
}

#[test]
fn engine_edits_during_a_run_old_dates_and_new_prompts_are_picked_up_and_nothing_else() {
    let rows: Vec<String> = (1..=4)
        .map(|i| calm(&format!("UC-{i}"), vec![("implementation_notes", text("The plan has owners and dates."))]))
        .collect();
    let lab = Lab::with_usecases(&rows);
    let job = lab.deploy();

    // T2: an edit while the run waits for a model
    lab.faults(json!([{"function": "ai_gen", "nth": 1, "count": 1, "action": {"delay": 3000}}]));
    let run = lab.start_run(job);
    lab.until("a call that waits", || (lab.gateway()["waiting"] == 1).then_some(()));
    lab.sql(&format!("UPDATE {SOURCE} SET implementation_notes = 'Our champion left.' WHERE usecase_id = 'UC-2'"));
    let run = lab.finished(run);
    assert_eq!(run["state"]["result_state"], "SUCCESS", "{}", lab.errors(&run));
    lab.faults(json!([]));
    let before = calls(&lab);
    lab.run(job);
    let found = asked_since(&lab, before);
    assert_eq!(found["ai_implementation"], ["UC-2".to_owned()].into());
    assert_eq!(found["ai_confidence"], ["UC-2".to_owned()].into());
    assert!(!found.contains_key("ai_oneliner"), "{found:?}");

    // T6: a new id with an old date
    lab.insert(&[calm(
        "UC-9",
        vec![("last_modified_date", "DATE'2019-05-01'".into()), ("created_date", "DATE'2019-05-01'".into())],
    )]);
    lab.run(job);
    assert_eq!(lab.number("SELECT count(*) FROM pipelineiq WHERE usecase_id = 'UC-9'"), 1);

    // back to an earlier text: its answers are still there, and are the ones shown
    let summary = "SELECT implementation_notes_summary FROM pipelineiq WHERE usecase_id = 'UC-2'";
    let left = lab.sql(summary);
    let before = calls(&lab);
    lab.sql(&format!(
        "UPDATE {SOURCE} SET implementation_notes = 'The plan has owners and dates.' WHERE usecase_id = 'UC-2'"
    ));
    lab.run(job);
    assert_ne!(lab.sql(summary), left);
    assert!(!asked_since(&lab, before).contains_key("ai_confidence"));

    // T8: a new prompt version of one enrichment
    let before = calls(&lab);
    lab.project.edit("sql/enrichments/ai_nextsteps.sql", "prompt_version: \"1\"", "prompt_version: \"2\"");
    lab.project.edit("sql/enrichments/ai_business_types.sql", "prompt_version: \"1\"", "prompt_version: \"2\"");
    // layout and comments are no part of a prompt
    lab.project.edit("sql/enrichments/ai_oneliner.sql", "SELECT\n  usecase_id,", "SELECT   usecase_id, -- the key\n");
    lab.deploy();
    lab.run(job);
    let found = asked_since(&lab, before);
    let everyone: BTreeSet<String> = ["UC-1", "UC-2", "UC-3", "UC-4", "UC-9"].map(str::to_owned).into();
    assert_eq!(found["ai_business_types"], everyone);
    // no next steps are written down: nothing to ask, and the same summary as before for what reads it
    assert!(!found.contains_key("ai_nextsteps") && !found.contains_key("ai_confidence"), "{found:?}");
    assert!(found.keys().all(|e| ["ai_business_types", "ai_soundbyte"].contains(&e.as_str())), "{found:?}");

    // nothing changed, and nothing happens
    lab.asked();
    let written = lab.sql("SELECT max(piq_last_updated) FROM pipelineiq");
    lab.run(job);
    assert_eq!((total(&lab), lab.sql("SELECT max(piq_last_updated) FROM pipelineiq")), (0, written));
}

#[test]
fn engine_caps_stop_before_the_first_call_past_them_and_most_dollars_come_first() {
    let rows: Vec<String> =
        (1..=6).map(|i| calm(&format!("UC-{i}"), vec![("estimated_monthly_dollar_dbus", format!("{i}000"))])).collect();
    let lab = Lab::with_usecases(&rows);
    lab.project.edit("sql/pipeline.yml", "max_calls_per_run: 300000", "max_calls_per_run: 20");
    let job = lab.deploy();
    lab.run(job);
    let ids = |lab: &Lab| {
        let rows = lab.sql("SELECT usecase_id FROM pipelineiq ORDER BY usecase_id");
        rows.iter().map(|r| r[0].as_str().expect("id").to_owned()).collect::<Vec<_>>()
    };
    let first = ids(&lab);
    let briefs =
        lab.number("SELECT count(*) FROM piq_ai_calls WHERE enrichment LIKE '%coaching_brief' AND attempts > 0");
    let asked = total(&lab) - briefs;
    assert!(asked <= 20, "{asked}");
    assert!(!first.is_empty() && first.len() < 6, "{first:?}");
    assert_eq!(first, (7 - first.len()..=6).map(|i| format!("UC-{i}")).collect::<Vec<_>>());
    // the estimate that the cap is held against is on the safe side
    let (planned, spent) = (
        "SELECT sum(piq_est_usd) FROM piq_batch",
        "SELECT sum(est_cost_usd) FROM piq_ai_calls WHERE enrichment NOT LIKE '%coaching_brief'",
    );
    let amount = |sql: &str| lab.sql(sql)[0][0].as_str().and_then(|n| n.parse::<f64>().ok()).expect("amount");
    let (planned, spent) = (amount(planned), amount(spent));
    assert!(planned >= spent, "planned {planned}, spent {spent}");

    // dollars: less than one use case costs
    lab.project.edit("sql/pipeline.yml", "max_usd_per_run: 1000", "max_usd_per_run: 0.000001");
    lab.deploy();
    lab.run(job);
    assert_eq!((total(&lab), ids(&lab)), (0, first));
    // without caps the rest follows
    lab.project.edit("sql/pipeline.yml", "max_usd_per_run: 0.000001", "max_usd_per_run: 1000");
    lab.project.edit("sql/pipeline.yml", "max_calls_per_run: 20", "max_calls_per_run: 300000");
    lab.deploy();
    lab.run(job);
    assert_eq!(ids(&lab).len(), 6);
    let twice = "SELECT count(*) FROM (SELECT usecase_id, enrichment, input_hash FROM piq_ai_calls WHERE enrichment NOT LIKE '%coaching_brief' GROUP BY 1, 2, 3 HAVING count(*) > 1) AS d";
    assert_eq!(lab.number(twice), 0);
}

#[test]
fn engine_a_week_of_changes_asks_once_for_each_change_and_managers_add_up() {
    let lab = Lab::with_sample(40);
    let job = lab.deploy();
    lab.run(job);
    assert_eq!(total(&lab), calls(&lab));
    managers_add_up(&lab);
    for day in 1..=7 {
        let before = calls(&lab);
        lab.succeed(&["sample-data", "--rows", "40", "--seed", "3", "--mutate", &day.to_string()]);
        lab.run(job);
        let found = asked_since(&lab, before);
        assert_eq!(total(&lab), found.values().map(|ids| ids.len() as u64).sum::<u64>(), "day {day}");
        assert_eq!(lab.number("SELECT count(*) FROM piq_ai_calls WHERE status NOT IN ('ok', 'skipped_empty')"), 0);
    }
    managers_add_up(&lab);
    assert!(
        lab.number("SELECT count(*) FROM piq_live_dates") > lab.number("SELECT count(*) FROM pipelineiq"),
        "a date was put off"
    );
    assert!(lab.number("SELECT sum(postponements_180d) FROM sales_manager_summary_view") > 0);
    let planned = lab.number("SELECT count(*) FROM piq_batch");
    assert!(planned < lab.number("SELECT count(*) FROM pipelineiq"), "{planned}");
}

/// Sums over managers are those of the base view, shares add up, names are kept.
fn managers_add_up(lab: &Lab) {
    for (view, manager) in
        [("sales_manager_summary_view", "sales_manager"), ("field_manager_summary_view", "field_manager")]
    {
        let sums = [
            ("usecase_count", "count(*)"),
            ("monthly_dollars", "sum(estimated_monthly_dollar_dbus)"),
            ("high_count + medium_count + low_count + not_computed_count", "count(*)"),
            ("high_count", "count_if(confidence_level_normalized = 'High')"),
            (
                "low_dollars",
                "sum(CASE WHEN confidence_level_normalized = 'Low' THEN estimated_monthly_dollar_dbus ELSE 0 END)",
            ),
            ("slip_count", "count_if(likely_to_slip)"),
            ("slip_dollars", "sum(CASE WHEN likely_to_slip THEN estimated_monthly_dollar_dbus ELSE 0 END)"),
            (
                "slip_180_count",
                "count_if(likely_to_slip AND datediff(target_live_date, current_date()) BETWEEN 0 AND 180)",
            ),
            ("accel_count", "count_if(can_be_accelerated)"),
            ("stale_count", "count_if(is_stale)"),
            ("live_date_past_count", "count_if(target_live_date < current_date())"),
            ("no_status_count", "count_if(implementation_status IS NULL)"),
            ("no_next_steps_count", "count_if(coalesce(trim(demand_plan_stage_next_steps), '') = '')"),
            ("unassigned_count", "count_if(account_executive IS NULL AND account_solution_architect IS NULL)"),
            ("blocker_count", "sum(coalesce(num_of_blockers, 0))"),
            ("blocked_usecase_count", "count_if(num_of_blockers > 0)"),
        ];
        let (left, right): (Vec<String>, Vec<String>) =
            sums.iter().map(|(l, r)| (format!("sum({l})"), (*r).to_owned())).unzip();
        let totals = lab.sql(&format!("SELECT {} FROM {view}", left.join(", ")));
        let base = lab.sql(&format!("SELECT {} FROM pipelineiq_view", right.join(", ")));
        assert_eq!(totals, base, "{view}: {left:?}");
        let wrong = lab.sql(&format!(
            "SELECT manager FROM {view} WHERE abs(high_pct + medium_pct + low_pct + not_computed_pct - 100) > 0.000001 \
             OR size(talking_points) > 10 OR coaching_brief IS NULL OR size(split(coaching_brief, ' +')) > 120 \
             OR weakest_dimension IS NULL OR size(top_slippage_categories) > 3"
        ));
        assert!(wrong.is_empty(), "{view}: {wrong:?}");
        for mix in ["mix_by_type", "mix_by_vertical", "mix_by_cloud"] {
            let wrong = lab.sql(&format!(
                "SELECT manager, sum(x.pct) FROM (SELECT manager, explode({mix}) AS x FROM {view}) AS m GROUP BY manager \
                 HAVING abs(sum(x.pct) - 100) > 0.000001"
            ));
            assert!(wrong.is_empty(), "{view}: {wrong:?}");
        }
        let names = |sql: String| lab.sql(&sql);
        assert_eq!(
            names(format!("SELECT manager FROM {view} ORDER BY manager")),
            names(format!("SELECT DISTINCT coalesce({manager}, 'Unassigned') AS m FROM pipelineiq_view ORDER BY m"))
        );
    }
    assert!(lab.number("SELECT count(*) FROM sales_manager_summary_view WHERE manager IN ('Chloé d\\'Arc', 'Esra Yıldız', 'Dmitri O\\'Neil')") > 0);
}
