//! The project's dashboards on what the pipeline made of sample use cases.

use std::process::Stdio;

use serde_json::{Value, json};

use super::super::engine::{Lab, command};
use super::chromium;
use crate::kit::{Running, first_line};

/// `piq dashboards preview` as a process, and its address.
fn running(lab: &Lab) -> (Running, String) {
    let args = ["dashboards", "preview", "-t", "local", "--no-open", "-o", "json"];
    let (process, said) = first_line(command(&lab.project, &args).stderr(Stdio::null()));
    (process, said["url"].as_str().expect("an address").to_owned())
}

fn raw<'a>(said: &'a Value, page: &str, widget: &str) -> &'a str {
    let all = said["widgets"].as_array().expect("widgets");
    let found = all.iter().find(|w| w["page"] == page && w["name"] == widget);
    found.and_then(|w| w["raw"].as_str()).unwrap_or_else(|| panic!("no counter `{widget}` on `{page}`"))
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// Counters of several pages, and what they count, written by hand.
const COUNTERS: [(&str, &str, &str); 6] = [
    ("pulse", "pulse_whole_pipeline_use_cases", "count(*) FROM pipelineiq_view WHERE {}"),
    (
        "pulse",
        "pulse_whole_pipeline_dollars_a_month",
        "sum(estimated_monthly_dollar_dbus) FROM pipelineiq_view WHERE {}",
    ),
    (
        "pulse",
        "pulse_bankable_dollars_a_month",
        "coalesce(sum(estimated_monthly_dollar_dbus), 0) FROM pipelineiq_view \
         WHERE confidence_level_normalized = 'High' AND {}",
    ),
    (
        "pulse",
        "pulse_coachable_use_cases",
        "count(*) FROM pipelineiq_view WHERE confidence_level_normalized = 'Medium' AND {}",
    ),
    ("slippage", "slippage_at_risk_use_cases", "count(*) FROM pipelineiq_view WHERE likely_to_slip AND {}"),
    ("coverage", "coverage_whole_pipeline_use_cases", "count(*) FROM pipelineiq_view WHERE {}"),
];

fn counters_equal_the_sql(lab: &Lab, said: &Value, condition: &str) {
    for (page, widget, sql) in COUNTERS {
        let sql = format!("SELECT {}", sql.replace("{}", condition));
        let rows = lab.sql(&sql);
        let wanted = number(rows[0][0].as_str().unwrap_or("0"));
        let shown = number(raw(said, page, widget));
        assert!((shown - wanted).abs() < 0.01, "{page}/{widget}: {shown}, but {sql}: {wanted}");
    }
}

#[test]
fn engine_every_widget_draws_counters_equal_the_sql_and_a_global_filter_acts_on_every_page() {
    let Some(browser) = chromium::found() else { return };
    let lab = Lab::with_sample(40);
    let job = lab.deploy();
    lab.run(job);
    let (_process, url) = running(&lab);

    // `just preview-pictures` keeps a small screenshot of every page
    let pictures = std::env::var("PIQ_PREVIEW_PICTURES").ok();
    let scale = if pictures.is_some() { 0.5 } else { 1.0 };
    let said = chromium::run(&browser, "survey.mjs", json!({"url": url, "pictures": pictures, "scale": scale}));
    assert_eq!((&said["complaints"], &said["outside"]), (&json!([]), &json!([])));
    let widgets = said["widgets"].as_array().expect("widgets");
    assert!(widgets.len() > 100, "only {} widgets", widgets.len());
    let rest: Vec<_> = widgets.iter().filter(|w| w["state"] != "drawn").collect();
    assert!(rest.is_empty(), "{rest:#?}");
    counters_equal_the_sql(&lab, &said, "TRUE");

    // the region with the fewest use cases, so that the filter leaves something out
    let sql = "SELECT sales_region, count(*) AS n FROM pipelineiq_view WHERE sales_region IS NOT NULL GROUP BY 1 ORDER BY n, 1";
    let rows = lab.sql(sql);
    assert!(rows.len() > 1, "the sample has one region only");
    let region = rows[0][0].as_str().expect("a region");
    let filtered = chromium::run(
        &browser,
        "survey.mjs",
        json!({"url": url, "dashboard": "piq_main", "filter": "Region", "value": region}),
    );
    counters_equal_the_sql(&lab, &filtered, &format!("sales_region = '{region}'"));
    let (before, after) = (
        raw(&said, "pulse", "pulse_whole_pipeline_use_cases"),
        raw(&filtered, "pulse", "pulse_whole_pipeline_use_cases"),
    );
    assert!(number(after) < number(before), "the filter leaves out nothing: {before} and {after}");

    figures_of_managers_are_those_of_the_view(&lab);
    // half of the use cases are smaller
    let wanted = json!({"url": url, "dashboard": "piq_sales_managers", "filter": "Minimum $", "value": "50000"});
    let narrowed = chromium::run(&browser, "survey.mjs", wanted);
    the_minimum_reaches_every_page(&said, &narrowed);
}

/// Without a minimum the managers' dataset has the figures of the summary view that it narrows.
fn figures_of_managers_are_those_of_the_view(lab: &Lab) {
    let file = std::fs::read_to_string(lab.project.path("dashboards/piq_sales_managers.lvdash.json")).expect("a file");
    let file: Value = serde_json::from_str(&file).expect("JSON");
    let datasets = file["datasets"].as_array().expect("datasets");
    let managers = datasets.iter().find(|d| d["name"] == "managers").expect("the dataset");
    let lines = managers["queryLines"].as_array().expect("lines").iter().filter_map(Value::as_str);
    let sql = lines.collect::<String>().replace(":minimum_dollars", "0");
    let body = sql.rsplit(";\n").next().expect("a query");
    let pairs = [
        ("usecases", "usecase_count"),
        ("accounts", "account_count"),
        ("dollars", "monthly_dollars"),
        ("high_count", "high_count"),
        ("high_dollars", "high_dollars"),
        ("medium_count", "medium_count"),
        ("medium_dollars", "medium_dollars"),
        ("low_count", "low_count"),
        ("low_dollars", "low_dollars"),
        ("weighted_confidence_score", "weighted_confidence_score"),
        ("confidence_change", "confidence_change"),
        ("slip_count", "slip_count"),
        ("slip_dollars", "slip_dollars"),
        ("accel_count", "accel_count"),
        ("accel_dollars", "accel_dollars"),
        ("pull_in_dollars", "pull_in_dollars"),
        ("stale_count", "stale_count"),
        ("live_date_past_count", "live_date_past_count"),
        ("no_status_count", "no_status_count"),
        ("no_next_steps_count", "no_next_steps_count"),
        ("unassigned_count", "unassigned_count"),
    ];
    let differs = pairs.map(|(own, view)| {
        format!("sum(CASE WHEN abs(coalesce(d.{own}, -1) - coalesce(m.{view}, -1)) > 0.01 THEN 1 ELSE 0 END) AS {own}")
    });
    let sql = format!(
        "SELECT count(d.sales_manager), count(*), {} FROM sales_manager_summary_view AS m \
         LEFT JOIN (\n{body}\n) AS d ON d.sales_manager = m.manager",
        differs.join(", ")
    );
    let row = &lab.sql(&sql)[0];
    assert!(number(row[1].as_str().unwrap_or("0")) > 1.0 && row[0] == row[1], "{row:?}");
    for ((own, view), found) in pairs.iter().zip(&row[2..]) {
        assert_eq!(found, "0", "`{own}` of the dataset is not `{view}` of the view");
    }
}

/// On every page of the managers' dashboard figures in $ are less with a minimum, and tables of managers are others.
fn the_minimum_reaches_every_page(before: &Value, after: &Value) {
    let all = |said: &Value| -> Vec<Value> {
        let widgets = said["widgets"].as_array().expect("widgets").iter();
        widgets.filter(|w| w["dashboard"] == "piq_sales_managers").cloned().collect()
    };
    let narrowed = all(after);
    let mut pages = std::collections::BTreeSet::new();
    for old in all(before) {
        let name = old["name"].as_str().unwrap_or_default();
        let counts = old["type"] == "counter" && name.contains("_dollars_");
        if !counts && !["rollup_managers", "hygiene_league_table"].contains(&name) {
            continue;
        }
        let new = narrowed.iter().find(|w| w["page"] == old["page"] && w["name"] == old["name"]).expect("the widget");
        if counts {
            let (old, new) = (number(old["raw"].as_str().unwrap_or("")), number(new["raw"].as_str().unwrap_or("")));
            assert!(new <= old, "{name}: {old}, with a minimum {new}");
            if new == old {
                continue;
            }
        } else {
            assert_ne!(old["text"], new["text"], "{name} is the same with a minimum");
        }
        pages.insert(old["page"].to_string());
    }
    assert_eq!(pages.len(), 6, "{pages:?}");
}
