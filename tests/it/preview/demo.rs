//! The project's dashboards on what the pipeline made of sample use cases.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use super::super::engine::{Lab, command};
use super::{Page, chromium, widgets};
use crate::kit::{Running, first_line, send};

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

/// A row of `ref_figures`: what a counter shows.
struct Figure {
    relation: String,
    expression: String,
    condition: String,
}

fn figures(lab: &Lab) -> BTreeMap<String, Figure> {
    let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let row = |r: &Vec<Value>| {
        (word(&r[0]), Figure { relation: word(&r[1]), expression: word(&r[2]), condition: word(&r[3]) })
    };
    lab.sql("SELECT figure, relation, expression, condition FROM ref_figures").iter().map(row).collect()
}

/// Every counter that is shown has its definition, and shows what its SQL gives: on all pages but those that `except`
/// names, for the rows that `condition` lets in.
fn counters_equal_their_definitions(lab: &Lab, said: &Value, condition: &str, except: &[&str]) -> usize {
    let figures = figures(lab);
    let mut seen = 0;
    for widget in said["widgets"].as_array().expect("widgets").iter().filter(|w| w["type"] == "counter") {
        let (page, name) = (widget["page"].as_str().expect("a page"), widget["name"].as_str().expect("a name"));
        if except.contains(&page) {
            continue;
        }
        let figure = name.strip_prefix(page).and_then(|n| n.strip_prefix('_')).expect("a figure");
        let f = figures.get(figure).unwrap_or_else(|| panic!("`{name}` has no definition in ref_figures"));
        let sql = format!("SELECT {} FROM {} WHERE ({}) AND {condition}", f.expression, f.relation, f.condition);
        let wanted = number(lab.sql(&sql)[0][0].as_str().unwrap_or("0"));
        let shown = number(widget["raw"].as_str().filter(|raw| *raw != "null").unwrap_or("0"));
        assert!((shown - wanted).abs() < 0.01, "{name}: {shown}, but {sql}: {wanted}");
        seen += 1;
    }
    seen
}

/// What the demo does: the use cases that are written by hand as they were a week ago, a run, the present ones, a run.
fn demo() -> Lab {
    let lab = Lab::new();
    lab.succeed(&["sample-data", "--week", "-1"]);
    let job = lab.deploy();
    lab.run(job);
    lab.succeed(&["sample-data"]);
    lab.run(job);
    lab
}

/// The pages with their widgets that show rows.
fn pages(url: &str) -> Vec<Page> {
    let (host, path) = url.split_at(url["http://".len()..].find('/').expect("a path") + "http://".len());
    let (status, state) = send(host, "", "GET", &format!("{path}api/state"), "");
    assert_eq!(status, 200, "{state}");
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let text = |v: &Value| v.as_str().expect("a text").to_owned();
    let mut found = Vec::new();
    for dashboard in list(&state["dashboards"]) {
        for page in list(&dashboard["pages"]) {
            let widgets = list(&page["widgets"]);
            let shows_rows = |w: &&Value| w["filter"] != true && w["type"] != "text" && w["type"] != "counter";
            let widgets = widgets.iter().filter(shows_rows).map(|w| text(&w["name"])).collect();
            found.push(Page { dashboard: text(&dashboard["id"]), page: text(&page["name"]), widgets });
        }
    }
    found
}

#[test]
fn engine_every_widget_draws_what_its_definition_says_and_a_global_filter_acts_on_every_page() {
    let lab = demo();
    let (_process, url) = running(&lab);
    numbers(&lab, &url);
    let Some(browser) = chromium::found() else { return };

    // `just preview-pictures` keeps a small screenshot of every page
    let pictures = std::env::var("PIQ_PREVIEW_PICTURES").ok();
    let scale = if pictures.is_some() { 0.7 } else { 1.0 };
    let viewport = |width: u32| json!({"width": width, "height": 1000});
    let asked = json!({"url": url, "pictures": pictures, "scale": scale, "viewport": viewport(1280)});
    let said = chromium::run(&browser, "survey.mjs", asked);
    let phone = chromium::run(&browser, "survey.mjs", json!({"url": url, "viewport": viewport(390), "dark": true}));
    for (seen, at) in [(&said, "1280 px"), (&phone, "390 px")] {
        assert_eq!((&seen["complaints"], &seen["outside"]), (&json!([]), &json!([])), "at {at}");
        let all = seen["widgets"].as_array().into_iter().flatten();
        let hang: Vec<&Value> = all.filter(|w| w["outside"] != json!([])).collect();
        assert!(hang.is_empty(), "these hang out of their card at {at}: {hang:#?}");
    }
    let widgets = said["widgets"].as_array().expect("widgets");
    assert!(widgets.len() > 100, "only {} widgets", widgets.len());
    let rest: Vec<_> = widgets.iter().filter(|w| w["state"] != "drawn").collect();
    assert!(rest.is_empty(), "{rest:#?}");
    assert!(counters_equal_their_definitions(&lab, &said, "true", &[]) > 40);
    fits_a_laptop(&browser, &url);

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
    counters_equal_their_definitions(&lab, &filtered, &format!("sales_region = '{region}'"), &["usecase"]);
    let (before, after) =
        (raw(&said, "coverage", "coverage_open_usecases"), raw(&filtered, "coverage", "coverage_open_usecases"));
    assert!(number(after) < number(before), "the filter leaves out nothing: {before} and {after}");

    // half of the use cases are smaller
    let wanted = json!({"url": url, "dashboard": "piq_main", "filter": "Minimum $", "value": "50000"});
    let narrowed = chromium::run(&browser, "survey.mjs", wanted);
    let condition = "estimated_monthly_dollar_dbus >= 50000";
    assert!(counters_equal_their_definitions(&lab, &narrowed, condition, &["since", "usecase"]) > 20);

    a_manager_is_chosen_once(&lab, &browser, &url);
    a_row_leads_to_its_use_case(&lab, &browser, &url);
}

/// Every chart and table against base tables, "since last week" against the sample's files, and what leaders rely on.
fn numbers(lab: &Lab, url: &str) {
    let compared = widgets::all_equal_their_definitions(lab, url, &pages(url));
    assert!(compared >= 65, "only {compared} widgets");
    widgets::changes_are_what_the_sample_did(lab, url);
    widgets::next_actions_are_about_their_use_case(lab);
    assert_eq!(lab.sql("SELECT * FROM piq_contradictions"), Vec::<Vec<Value>>::new());
    let share =
        "SELECT CAST(round(100.0D * count_if(likely_to_slip) / count(*)) AS STRING) FROM pipelineiq_view WHERE is_open";
    let share = number(lab.sql(share)[0][0].as_str().expect("a share"));
    assert!((5.0..=35.0).contains(&share), "{share} % are likely to slip");
}

/// Tables of both dashboards need no scrolling to the side on a screen of 1280 pixels, and pages none on a phone.
fn fits_a_laptop(browser: &Path, url: &str) {
    for (width, tables) in [(1280, true), (390, false)] {
        let seen =
            chromium::run(browser, "width.mjs", json!({"url": url, "viewport": {"width": width, "height": 900}}));
        assert_eq!(seen["pages"], json!([]), "pages wider than {width} px");
        assert!(!tables || seen["tables"] == json!([]), "tables wider than {width} px: {}", seen["tables"]);
    }
}

/// The manager that is chosen at the top holds for every page.
fn a_manager_is_chosen_once(lab: &Lab, browser: &Path, url: &str) {
    let manager = "coalesce(nullif(trim(sales_manager), ''), 'Unassigned')";
    let sql =
        format!("SELECT {manager}, count(*) AS n FROM pipelineiq_view WHERE is_open GROUP BY 1 ORDER BY n, 1 LIMIT 1");
    let rows = lab.sql(&sql);
    let name = rows[0][0].as_str().expect("a manager");
    let wanted = json!({"url": url, "dashboard": "piq_sales_managers", "filter": "Sales manager", "value": name});
    let said = chromium::run(browser, "survey.mjs", wanted);
    let condition = format!("{manager} = '{}'", name.replace('\'', "\\'"));
    assert!(counters_equal_their_definitions(lab, &said, &condition, &["usecase"]) > 15);
    let all = said["widgets"].as_array().expect("widgets");
    let brief = all.iter().find(|w| w["name"] == "my_team_briefs").expect("the brief");
    let text = brief["text"].as_str().unwrap_or_default();
    assert!(text.contains(name) && !text.contains('['), "a text without codes: {text}");
}

/// From the list of what needs somebody to everything about it: one click.
fn a_row_leads_to_its_use_case(lab: &Lab, browser: &Path, url: &str) {
    for (dashboard, row) in [("piq_main", 1), ("piq_sales_managers", 0)] {
        let wanted =
            json!({"url": url, "dashboard": dashboard, "page": "attention", "table": "attention_at_risk", "row": row});
        let said = chromium::run(browser, "use_case.mjs", wanted);
        let id = said["hash"]["f_usecase~usecase_choice"].as_str().expect("a use case").to_owned();
        assert_eq!((&said["hash"]["dashboard"], &said["hash"]["page"]), (&dashboard.into(), &"usecase".into()));
        let rows = lab.sql(&format!(
            "SELECT usecase_name, next_best_action_recommendation, CAST(confidence_score AS STRING), CAST(slip_risk_score AS STRING), \
             CAST(next_action_due AS STRING) FROM pipelineiq_view WHERE usecase_id = '{id}'"
        ));
        let stored = |n: usize| rows[0][n].as_str().expect("stored");
        assert_eq!(said["link"], stored(0));
        let shown = |widget: &str| said["shown"][widget].as_str().unwrap_or_else(|| panic!("no `{widget}`")).to_owned();
        assert!(shown("usecase_facts").contains(&format!("{} ({id})", stored(0))), "{said:#}");
        assert!(shown("usecase_action").contains(stored(1)) && shown("usecase_action").contains(stored(4)), "{said:#}");
        let raw = |widget: &str| {
            let all = said["widgets"].as_array().expect("widgets");
            all.iter().find(|w| w["name"] == widget).expect("a counter")["raw"].clone()
        };
        assert_eq!((raw("usecase_usecase_score"), raw("usecase_usecase_risk")), (stored(2).into(), stored(3).into()));
        for reason in lab.sql(&format!("SELECT reason FROM piq_usecase_rules WHERE usecase_id = '{id}'")) {
            assert!(shown("usecase_rules").contains(reason[0].as_str().expect("words")), "{reason:?}");
        }
    }
}
