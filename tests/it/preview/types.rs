//! Types of charts that the public dashboards do not have, and forms of widgets and queries that they rarely have: each
//! is drawn with made-up data.

use piq_preview::Synthetic;
use serde_json::{Value, json};

use super::{Served, chromium, preview};

/// A widget over the dataset `d`; each field is named as its expression reads.
fn widget(name: &str, kind: &str, expressions: &[&str], mut spec: Value) -> Value {
    let field = |e: &&str| json!({"name": e.replace('`', ""), "expression": e});
    spec["widgetType"] = json!(kind);
    json!({"name": name, "spec": spec, "queries": [{"name": "main_query", "query": {
        "datasetName": "d", "disaggregated": false, "fields": expressions.iter().map(field).collect::<Vec<_>>()}}]})
}

fn field(name: &str) -> Value {
    json!({"fieldName": name})
}

fn widgets() -> Vec<Value> {
    let sum = "SUM(`amount`)";
    let measure = json!({"fieldName": "SUM(amount)", "scale": {"type": "quantitative"}});
    let category = json!({"fieldName": "region", "scale": {"type": "categorical"}});
    let xy = json!({"encodings": {"x": category, "y": measure}});
    let two = json!({"encodings": {"x": category, "y": {
        "primary": {"fields": [{"fieldName": "SUM(amount)"}]}, "secondary": {"fields": [{"fieldName": "AVG(amount)"}]}}}});
    let parts = [
        "MIN(`amount`)",
        "PERCENTILE(`amount`, 0.25)",
        "MEDIAN(`amount`)",
        "PERCENTILE(`amount`, 0.75)",
        "MAX(`amount`)",
    ];
    let box_fields: Vec<&str> = ["`region`"].into_iter().chain(parts).collect();
    let of_box = |n: usize| field(&parts[n].replace('`', ""));
    let vega = json!({"mark": "bar", "data": {"name": "databricks_query"}, "encoding": {
        "x": {"field": "region", "type": "nominal"}, "y": {"field": "SUM(amount)", "type": "quantitative"}}});
    let vega = json!({"type": "vega-lite", "spec": vega.to_string()});
    vec![
        widget(
            "box",
            "box",
            &box_fields,
            json!({"encodings": {"x": category, "y": {"whiskerStart": of_box(0),
            "boxStart": of_box(1), "boxMid": of_box(2), "boxEnd": of_box(3), "whiskerEnd": of_box(4)}}}),
        ),
        widget("box-of-rows", "box", &["`region`", sum], xy.clone()),
        widget(
            "choropleth",
            "choropleth-map",
            &["`country`", sum],
            json!({"encodings": {"color": measure, "region": {"regionType": "mapbox-v4-admin",
                "admin0": {"type": "field", "fieldName": "country", "geographicRole": "admin0-name"}}}}),
        ),
        widget(
            "choropleth-states",
            "choropleth-map",
            &["`us_state`", sum],
            json!({"encodings": {"color": measure, "region": {"regionType": "mapbox-v4-admin",
                "admin0": {"type": "value", "value": "United States", "geographicRole": "admin0-name"},
                "admin1": {"type": "field", "fieldName": "us_state", "geographicRole": "admin1-name"}}}}),
        ),
        widget("funnel", "funnel", &["`region`", sum], xy.clone()),
        widget("funnel-lying", "funnel", &["`region`", sum], json!({"encodings": {"x": measure, "y": category}})),
        widget("waterfall", "waterfall", &["`region`", sum], xy),
        widget(
            "sankey",
            "sankey",
            &["`region`", "`owner`", sum],
            json!({"encodings": {"value": field("SUM(amount)"), "stages": [field("region"), field("owner")]}}),
        ),
        widget(
            "sunburst",
            "sunburst",
            &["`region`", "`owner`", sum],
            json!({"encodings": {"value": field("SUM(amount)"), "levels": [field("region"), field("owner")]}}),
        ),
        widget(
            "word-cloud",
            "word-cloud",
            &["`region`", sum],
            json!({"encodings": {"text": field("region"), "size": field("SUM(amount)")}}),
        ),
        widget(
            "custom",
            "custom-vega-viz",
            &["`region`", sum],
            json!({"jsonSpec": vega,
            "encodings": {"fields": [field("region"), field("SUM(amount)")]}}),
        ),
        widget("two-lines", "line", &["`region`", sum, "AVG(`amount`)"], two.clone()),
        widget("two-areas", "area", &["`region`", sum, "AVG(`amount`)"], two.clone()),
        widget("two-bars", "bar", &["`region`", sum, "AVG(`amount`)"], two),
        widget(
            "period",
            "counter",
            &["DATE_TRUNC('MONTH', `day`)"],
            json!({"encodings": {"period": field("DATE_TRUNC('MONTH', day)")}}),
        ),
        widget(
            "pivot",
            "pivot",
            &["`region`", sum],
            json!({"encodings": {"rows": [field("region")], "cell": {"fieldName": "SUM(amount)"}}}),
        ),
    ]
}

fn dashboard() -> Value {
    let sql = "SET TIME ZONE 'UTC'; DECLARE least INT DEFAULT 1; CREATE TEMPORARY FUNCTION twice(a INT) RETURN a * 2;\n\
               SELECT * FROM sales WHERE n > twice(least) AND d BETWEEN :`Time Window`.min AND :`Time Window`.max;\n-- the end";
    let days = json!({"range": {"min": {"value": "2026-01-01"}, "max": {"value": ""}}});
    let item = |(n, widget): (usize, Value)| json!({"widget": widget, "position": {"x": n % 3 * 4, "y": n / 3 * 6, "width": 4, "height": 6}});
    json!({
        "datasets": [{"name": "d", "query": sql, "parameters": [
            {"keyword": "Time Window", "dataType": "DATE", "complexType": "RANGE", "defaultSelection": days}]}],
        "pages": [{"name": "p", "layoutVersion": "GRID_V1", "layout": widgets().into_iter().enumerate().map(item).collect::<Vec<_>>()}],
    })
}

#[test]
fn every_type_of_chart_is_drawn_from_any_form_of_query() {
    let Some(browser) = chromium::found() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("types.lvdash.json");
    let dashboard = dashboard();
    std::fs::write(&path, dashboard.to_string()).expect("written");
    let served = Served::new(preview(&[path], Box::new(Synthetic::of(&[dashboard]))));
    let pictures = std::env::var("PIQ_PREVIEW_PICTURES").ok();
    let said = chromium::run(&browser, "survey.mjs", json!({"url": served.url(), "pictures": pictures}));
    assert_eq!((&said["complaints"], &said["outside"]), (&json!([]), &json!([])));
    for widget in said["widgets"].as_array().expect("widgets") {
        assert_eq!((&widget["state"], &widget["outside"]), (&json!("drawn"), &json!([])), "{widget:#}");
        let name = widget["name"].as_str().unwrap_or_default();
        if !["period", "pivot", "word-cloud"].contains(&name) {
            assert!(widget["marks"].as_u64().is_some_and(|n| n >= 2), "{widget:#}");
        }
    }
}
