//! Public dashboards, drawn with made-up data: the preview must know nearly all of their charts.

use serde_json::{Value, json};

use super::synthetic::Synthetic;
use super::{Served, chromium, preview};

#[test]
fn nearly_every_chart_of_public_dashboards_is_drawn_and_the_rest_says_why_not() {
    let Some(browser) = chromium::found() else { return };
    let paths = piq_testing::public_dashboards();
    if paths.is_empty() {
        return;
    }
    let texts = paths.iter().map(|p| std::fs::read_to_string(p).expect("a file"));
    let dashboards: Vec<Value> = texts.map(|t| serde_json::from_str(&t).expect("JSON")).collect();
    let served = Served::new(preview(&paths, Box::new(Synthetic::of(&dashboards))));
    // a folder for a screenshot of every page, for those who want to look
    let pictures = std::env::var("PIQ_PREVIEW_PICTURES").ok();
    let said = chromium::run(&browser, "survey.mjs", json!({"url": served.url(), "pictures": pictures}));
    assert_eq!(said["complaints"], json!([]), "the browser complains");

    let text = ["text", "counter", "table", "pivot"];
    let widgets = said["widgets"].as_array().expect("widgets");
    let charts: Vec<&Value> = widgets
        .iter()
        .filter(|w| {
            let kind = w["type"].as_str().unwrap_or_default();
            !kind.starts_with("filter") && kind != "range-slider" && !text.contains(&kind)
        })
        .collect();
    let drawn = charts.iter().filter(|w| w["state"] == "drawn" && w["marks"].as_u64().unwrap_or(0) > 0).count();
    let rest: Vec<_> =
        charts.iter().filter(|w| !(w["state"] == "drawn" && w["marks"].as_u64().unwrap_or(0) > 0)).collect();
    assert!(charts.len() >= 250, "only {} charts", charts.len());
    assert!(drawn * 100 >= charts.len() * 95, "{drawn} of {} charts are drawn; the rest: {rest:#?}", charts.len());
    let faults: Vec<_> = widgets.iter().filter(|w| w["state"] == "failed").collect();
    assert!(faults.is_empty(), "{faults:#?}");
    for widget in widgets.iter().filter(|w| w["state"] != "drawn") {
        assert_eq!(widget["state"], "unsupported", "{widget:#}");
        assert!(widget["text"].as_str().is_some_and(|t| t.contains("Unsupported")), "{widget:#}");
    }
}
