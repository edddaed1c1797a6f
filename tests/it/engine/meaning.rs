//! Limits, and a week of CRM life: what is asked, and what is not.

use super::Lab;
use super::calls::{asked_since, calls, counted, ledger_is_what_the_gateway_counted, total};
use super::usecases::{SOURCE, calm, text};

/// Calls about managers, by the ledger.
fn briefs(lab: &Lab) -> u64 {
    lab.number("SELECT count(*) FROM piq_ai_calls WHERE enrichment LIKE '%coaching_brief' AND attempts > 0")
}

/// Deploys with another line in `sql/pipeline.yml`, and runs.
fn run_with(lab: &Lab, from: &str, to: &str) {
    lab.project.edit("sql/pipeline.yml", from, to);
    let job = lab.deploy();
    lab.run(job);
}

#[test]
fn engine_limits_stop_a_run_before_the_first_call_past_them_and_most_dollars_come_first() {
    let usecase = |i: u32| {
        let more = vec![
            ("estimated_monthly_dollar_dbus", format!("{i}000")),
            ("sales_manager", text(&format!("Sales {i}"))),
            ("field_manager", text(&format!("Field {i}"))),
        ];
        calm(&format!("UC-{i}"), more)
    };
    let lab = Lab::with_usecases(&(1..=6).map(usecase).collect::<Vec<_>>());
    run_with(&lab, "max_calls_per_run: 300000", "max_calls_per_run: 20");
    let ids = |lab: &Lab| {
        let rows = lab.sql("SELECT usecase_id FROM pipelineiq ORDER BY usecase_id");
        rows.iter().map(|r| r[0].as_str().expect("id").to_owned()).collect::<Vec<_>>()
    };
    let first = ids(&lab);
    let asked = total(&lab);
    assert!(asked <= 20, "{asked}");
    assert!(!first.is_empty() && first.len() < 6, "{first:?}");
    assert_eq!(first, (7 - first.len()..=6).map(|i| format!("UC-{i}")).collect::<Vec<_>>());
    // the estimate that the limit is held against is on the safe side
    let (planned, spent) = (
        "SELECT sum(piq_est_usd) FROM piq_batch",
        "SELECT sum(est_cost_usd) FROM piq_ai_calls WHERE enrichment NOT LIKE '%coaching_brief'",
    );
    let amount = |sql: &str| lab.sql(sql)[0][0].as_str().and_then(|n| n.parse::<f64>().ok()).expect("amount");
    let (planned, spent) = (amount(planned), amount(spent));
    assert!(planned >= spent, "planned {planned}, spent {spent}");

    // dollars: less than one use case costs
    run_with(&lab, "max_usd_per_run: 1000", "max_usd_per_run: 0.000001");
    assert_eq!((total(&lab), ids(&lab)), (0, first));
    // without limits the rest follows
    lab.project.edit("sql/pipeline.yml", "max_usd_per_run: 0.000001", "max_usd_per_run: 1000");
    run_with(&lab, "max_calls_per_run: 20", "max_calls_per_run: 300000");
    assert_eq!(ids(&lab).len(), 6);
    let twice = "SELECT count(*) FROM (SELECT usecase_id, enrichment, input_hash FROM piq_ai_calls WHERE enrichment NOT LIKE '%coaching_brief' GROUP BY 1, 2, 3 HAVING count(*) > 1) AS d";
    assert_eq!(lab.number(twice), 0);

    // a new prompt asks for all twelve briefs again: the limits hold for them, most dollars first
    let written =
        lab.number("SELECT count(DISTINCT usecase_id) FROM piq_ai_calls WHERE enrichment LIKE '%coaching_brief'");
    assert_eq!(written, 12);
    let before = (briefs(&lab), calls(&lab), total(&lab));
    lab.project.edit("sql/summaries/coaching_brief.sql", "prompt_version: \"1\"", "prompt_version: \"2\"");
    run_with(&lab, "max_calls_per_run: 300000", "max_calls_per_run: 5");
    let found = asked_since(&lab, before.1);
    let named = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    assert_eq!(found["sales_manager_coaching_brief"], named(&["Sales 6", "Sales 5", "Sales 4"]));
    assert_eq!(found["field_manager_coaching_brief"], named(&["Field 6", "Field 5"]));
    assert_eq!(total(&lab), 5);
    assert_eq!(lab.number("SELECT count(coaching_brief) FROM sales_manager_summary_view"), 6, "the older ones stay");
    run_with(&lab, "max_usd_per_run: 1000", "max_usd_per_run: 0.000001");
    assert_eq!((total(&lab), briefs(&lab)), (0, before.0 + 5));
    // what use cases ask, briefs cannot: together they stay within the limit
    lab.sql(&format!(
        "UPDATE {SOURCE} SET implementation_notes = 'The plan has owners and dates.' WHERE usecase_id = 'UC-1'"
    ));
    lab.project.edit("sql/pipeline.yml", "max_usd_per_run: 0.000001", "max_usd_per_run: 1000");
    run_with(&lab, "max_calls_per_run: 5", "max_calls_per_run: 8");
    assert_eq!(total(&lab), 8);
    let about_managers = briefs(&lab) - before.0 - 5;
    assert!((1..7).contains(&about_managers), "{about_managers}");
    run_with(&lab, "max_calls_per_run: 8", "max_calls_per_run: 300000");
    assert_eq!(total(&lab), 7 - about_managers, "the next run asks for the rest");
}

#[test]
fn engine_a_week_of_changes_asks_once_for_each_change_and_managers_add_up() {
    let lab = Lab::with_sample(40);
    let job = lab.deploy();
    lab.run(job);
    assert_eq!(counted(&lab), calls(&lab));
    managers_add_up(&lab);
    for day in 1..=7 {
        let (before, asked) = (calls(&lab), counted(&lab));
        lab.succeed(&["sample-data", "--rows", "40", "--seed", "3", "--mutate", &day.to_string()]);
        lab.run(job);
        let found = asked_since(&lab, before);
        // `asked_since` finds each use case and enrichment once
        assert_eq!(counted(&lab) - asked, found.values().map(|ids| ids.len() as u64).sum::<u64>(), "day {day}");
        assert_eq!(lab.number("SELECT count(*) FROM piq_ai_calls WHERE status NOT IN ('ok', 'skipped_empty')"), 0);
    }
    ledger_is_what_the_gateway_counted(&lab);
    managers_add_up(&lab);
    assert!(
        lab.number("SELECT count(*) FROM piq_live_dates") > lab.number("SELECT count(*) FROM pipelineiq"),
        "a date was put off"
    );
    assert!(lab.number("SELECT sum(postponements_180d) FROM sales_manager_summary_view") > 0);
    let planned = lab.number("SELECT count(*) FROM piq_batch");
    assert!(planned < lab.number("SELECT count(*) FROM pipelineiq"), "{planned}");
}

/// Postponements within 180 days, counted from the dates seen.
const POSTPONED: &str = "(SELECT count(*) FROM (SELECT usecase_id, target_live_date, observed_at, lag(target_live_date) OVER (PARTITION BY usecase_id ORDER BY observed_at, target_live_date) AS earlier FROM piq_live_dates) AS d WHERE target_live_date > earlier AND datediff(current_date(), CAST(observed_at AS DATE)) <= 180 AND usecase_id IN (SELECT usecase_id FROM pipelineiq_view WHERE is_open))";

/// Whether every column of the view that counts or adds up is among the sums.
fn every_sum_is_among(lab: &Lab, view: &str, sums: &[(String, String)]) {
    for row in lab.sql(&format!("DESCRIBE TABLE {view}")) {
        let name = row[0].as_str().expect("a column");
        let adds_up = ["_count", "_dollars", "_180d"].iter().any(|end| name.ends_with(end));
        // different accounts and regions of two managers may be the same
        if adds_up && !["account_count", "region_count"].contains(&name) {
            assert!(sums.iter().any(|(left, _)| left == name), "{view}.{name}");
        }
    }
}

/// Sums over managers are those of the base view, shares add up, names are kept.
fn managers_add_up(lab: &Lab) {
    for (view, manager) in
        [("sales_manager_summary_view", "sales_manager"), ("field_manager_summary_view", "field_manager")]
    {
        let dollars = "estimated_monthly_dollar_dbus";
        let mut sums: Vec<(String, String)> = [
            ("usecase_count", "count(*)"),
            ("monthly_dollars", "sum(estimated_monthly_dollar_dbus)"),
            ("high_count + medium_count + low_count + not_computed_count", "count(*)"),
            ("slip_count", "count_if(likely_to_slip)"),
            ("slip_dollars", "sum(CASE WHEN likely_to_slip THEN estimated_monthly_dollar_dbus ELSE 0 END)"),
            ("postponements_180d", POSTPONED),
            ("accel_count", "count_if(can_be_accelerated)"),
            ("accel_dollars", "sum(CASE WHEN can_be_accelerated THEN estimated_monthly_dollar_dbus ELSE 0 END)"),
            (
                "pull_in_dollars",
                "sum(CASE WHEN can_be_accelerated THEN CAST(estimated_monthly_dollar_dbus * accel_days / 30 AS DECIMAL(18,2)) ELSE 0 END)",
            ),
            ("stale_count", "count_if(is_stale)"),
            ("live_date_past_count", "count_if(target_live_date < snapshot_date)"),
            ("no_status_count", "count_if(implementation_status IS NULL)"),
            ("no_next_steps_count", "count_if(coalesce(trim(demand_plan_stage_next_steps), '') = '')"),
            ("unassigned_count", "count_if(account_executive IS NULL AND account_solution_architect IS NULL)"),
            ("blocker_count", "sum(coalesce(num_of_blockers, 0))"),
            ("blocked_usecase_count", "count_if(num_of_blockers > 0)"),
        ]
        .map(|(l, r)| (l.to_owned(), r.to_owned()))
        .into();
        for level in ["High", "Medium", "Low", "Not computed"] {
            let name = level.to_lowercase().replace(' ', "_");
            let here = format!("confidence_level_normalized = '{level}'");
            sums.push((format!("{name}_count"), format!("count_if({here})")));
            sums.push((format!("{name}_dollars"), format!("sum(CASE WHEN {here} THEN {dollars} ELSE 0 END)")));
        }
        for days in [30, 60, 90, 180] {
            let here = format!("likely_to_slip AND datediff(target_live_date, snapshot_date) BETWEEN 0 AND {days}");
            sums.push((format!("slip_{days}_count"), format!("count_if({here})")));
            sums.push((format!("slip_{days}_dollars"), format!("sum(CASE WHEN {here} THEN {dollars} ELSE 0 END)")));
        }
        every_sum_is_among(lab, view, &sums);
        let (left, right): (Vec<String>, Vec<String>) = sums
            .iter()
            .map(|(l, r)| (format!("CAST(sum({l}) AS DECIMAL(20,2))"), format!("CAST({r} AS DECIMAL(20,2))")))
            .unzip();
        let totals = lab.sql(&format!("SELECT {} FROM {view}", left.join(", ")));
        let base = lab.sql(&format!("SELECT {} FROM pipelineiq_view WHERE is_open", right.join(", ")));
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
            names(format!(
                "SELECT DISTINCT coalesce({manager}, 'Unassigned') AS m FROM pipelineiq_view WHERE is_open ORDER BY m"
            ))
        );
    }
    assert!(lab.number("SELECT count(*) FROM sales_manager_summary_view WHERE manager IN ('Chloé d\\'Arc', 'Esra Yıldız', 'Dmitri O\\'Neil')") > 0);
}
