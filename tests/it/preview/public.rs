//! Public dashboards with made-up data: nearly every widget is drawn, and stays inside its card.

use piq_preview::Synthetic;
use serde_json::{Value, json};

use super::{Served, chromium, preview};

#[test]
fn nearly_every_widget_of_public_dashboards_is_drawn_and_the_rest_says_why_not() {
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
    let said = chromium::run(
        &browser,
        "survey.mjs",
        json!({"url": served.url(), "pictures": pictures, "viewport": {"width": 1280, "height": 900}}),
    );
    assert_eq!(said["complaints"], json!([]), "the browser complains");

    let widgets = said["widgets"].as_array().expect("widgets");
    // what is drawn as a chart has marks that can be seen
    let charts =
        ["area", "bar", "combo", "forecast-line", "heatmap", "histogram", "line", "pie", "scatter", "symbol-map"];
    let is_drawn = |w: &&Value| {
        let chart = charts.iter().any(|c| w["type"] == *c);
        w["state"] == "drawn" && (!chart || w["marks"].as_u64().unwrap_or(0) > 0)
    };
    let rest: Vec<_> = widgets.iter().filter(|w| !is_drawn(w)).collect();
    assert!(widgets.len() >= 700, "only {} widgets", widgets.len());
    let drawn = widgets.len() - rest.len();
    assert!(drawn * 100 >= widgets.len() * 98, "{drawn} of {} are drawn; the rest: {rest:#?}", widgets.len());
    for widget in rest.iter().filter(|w| w["state"] != "drawn") {
        assert!(widget["text"].as_str().is_some_and(|t| t.contains("Unsupported")), "{widget:#}");
    }
    let outside = |said: &Value| -> Vec<Value> {
        let widgets = said["widgets"].as_array().into_iter().flatten();
        widgets.filter(|w| w["outside"] != json!([])).cloned().collect()
    };
    assert_eq!(outside(&said), [] as [Value; 0], "these hang out of their card at 1280 px");
    let viewport = json!({"width": 390, "height": 844});
    let said = chromium::run(&browser, "survey.mjs", json!({"url": served.url(), "viewport": viewport}));
    assert_eq!((&said["complaints"], outside(&said)), (&json!([]), Vec::new()), "on a phone");
}
