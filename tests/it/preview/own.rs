//! The project's own dashboards with made-up data: every widget draws.

use std::path::Path;

use piq_preview::Synthetic;
use serde_json::{Value, json};

use super::{Served, chromium, preview};

#[test]
fn every_widget_of_the_projects_dashboards_is_drawn() {
    let Some(browser) = chromium::found() else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards");
    let paths = ["piq_main", "piq_sales_managers"].map(|n| folder.join(format!("{n}.lvdash.json")));
    let texts = paths.iter().map(|p| std::fs::read_to_string(p).expect("a file"));
    let dashboards: Vec<Value> = texts.map(|t| serde_json::from_str(&t).expect("JSON")).collect();
    let served = Served::new(preview(&paths, Box::new(Synthetic::of(&dashboards))));
    let pictures = std::env::var("PIQ_PREVIEW_PICTURES").ok();
    let said = chromium::run(&browser, "survey.mjs", json!({"url": served.url(), "pictures": pictures}));
    assert_eq!((&said["complaints"], &said["outside"]), (&json!([]), &json!([])));
    let widgets = said["widgets"].as_array().expect("widgets");
    assert!(widgets.len() > 100, "only {} widgets", widgets.len());
    let rest: Vec<_> = widgets.iter().filter(|w| w["state"] != "drawn").collect();
    assert!(rest.is_empty(), "{rest:#?}");
    let charts = ["bar", "line", "area", "pie", "heatmap", "histogram", "scatter", "combo"];
    for chart in widgets.iter().filter(|w| charts.iter().any(|c| w["type"] == *c)) {
        assert!(chart["marks"].as_u64().is_some_and(|n| n > 0), "{chart:#}");
    }
}
