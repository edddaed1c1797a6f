//! Charts over a few rows: what the spec says. That it is a picture is tested in the browser.

use serde_json::{Value, json};

use super::super::cell::Data;
use super::super::palette::Palette;
use super::super::statement::{QueryColumn, QueryTable};
use super::{Chart, NoChart, chart};

fn data(columns: &[(&str, &str)], rows: &[&[&str]]) -> Data {
    let columns = columns.iter().map(|(n, t)| QueryColumn { name: (*n).into(), type_name: (*t).into() }).collect();
    let rows = rows.iter().map(|r| r.iter().map(|v| (*v != "-").then(|| (*v).to_owned())).collect()).collect();
    Data::new(QueryTable { columns, rows }, Vec::new(), 100)
}

fn sales() -> Data {
    data(
        &[("month", "DATE"), ("level", "STRING"), ("sum", "LONG")],
        &[
            &["2026-01-01", "Low", "5"],
            &["2026-01-01", "High", "7"],
            &["2026-04-01", "Low", "3"],
            &["2026-04-01", "-", "1"],
        ],
    )
}

fn encodings() -> Value {
    json!({
        "x": {"fieldName": "month", "scale": {"type": "temporal"}},
        "y": {"fieldName": "sum", "scale": {"type": "quantitative"}},
        "color": {"fieldName": "level", "scale": {"type": "categorical",
            "mappings": [{"value": "High", "color": "#00aa00"}, {"value": "Low", "color": "#aa0000"}]}},
    })
}

fn draw(kind: &str, spec: Value, data: &Data) -> Result<Chart, NoChart> {
    chart(kind, &spec, data, &Palette::default())
}

fn rows(chart: &Chart) -> &[Value] {
    chart.spec["data"]["values"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn months_stand_on_bands_and_one_without_data_has_its_place() {
    let chart = draw("bar", json!({"encodings": encodings()}), &sales()).expect("a chart");
    assert_eq!(chart.labels[0], rows(&chart)[0]["x"].as_str().unwrap_or_default());
    assert_eq!(chart.labels.len(), 4);
    let encoding = &chart.spec["layer"][0]["encoding"];
    assert_eq!(encoding["y"]["stack"], "zero");
    assert_eq!(encoding["color"]["scale"]["domain"], json!(["High", "Low", "null"]));
    assert_eq!(encoding["color"]["scale"]["range"], json!(["#00aa00", "#aa0000", Palette::default().at(0)]));
}

#[test]
fn layouts_are_kept() {
    let with = |layout: &str| {
        let spec = json!({"encodings": encodings(), "mark": {"layout": layout}});
        draw("bar", spec, &sales()).expect("a chart").spec["layer"][0]["encoding"].clone()
    };
    assert_eq!(with("percent-stack")["y"]["stack"], "normalize");
    assert_eq!(with("group")["y"]["stack"], Value::Null);
    assert_eq!(with("group")["xOffset"]["field"], "s");
    assert!(with("stack")["xOffset"].is_null());
}

#[test]
fn bars_lie_when_the_measure_is_across() {
    let spec = json!({"encodings": {
        "x": {"fieldName": "sum", "scale": {"type": "quantitative"}, "displayName": "Total"},
        "y": {"fieldName": "level", "scale": {"type": "categorical", "sort": {"by": "x-reversed"}}},
    }});
    let chart = draw("bar", spec, &sales()).expect("a chart");
    let encoding = &chart.spec["layer"][0]["encoding"];
    assert_eq!(encoding["y"]["scale"]["domain"], json!(["Low", "High", "null"]));
    assert_eq!(encoding["x"]["axis"]["title"], "Total");
    assert_eq!((chart.bands, chart.labels.len()), (3, 0));
}

#[test]
fn several_measures_are_series_with_their_own_names() {
    let data = data(&[("d", "STRING"), ("a", "LONG"), ("b", "LONG")], &[&["x", "1", "2"]]);
    let spec = json!({"encodings": {
        "x": {"fieldName": "d", "scale": {"type": "categorical"}},
        "y": {"scale": {"type": "quantitative"}, "fields": [
            {"fieldName": "b", "displayName": "Second"}, {"fieldName": "a", "displayName": "First"}]},
    }});
    let chart = draw("line", spec, &data).expect("a chart");
    let series: Vec<_> = rows(&chart).iter().map(|r| (r["s"].as_str(), r["y"].as_f64())).collect();
    assert_eq!(series, [(Some("Second"), Some(2.0)), (Some("First"), Some(1.0))]);
    assert_eq!(chart.spec["layer"][0]["encoding"]["color"]["scale"]["domain"], json!(["Second", "First"]));
}

#[test]
fn stacked_areas_have_every_series_at_every_place() {
    let chart = draw("area", json!({"encodings": encodings()}), &sales()).expect("a chart");
    assert_eq!(rows(&chart).len(), 6, "two months of three series");
}

#[test]
fn slices_have_their_share() {
    let spec = json!({"encodings": {"angle": {"fieldName": "sum"}, "color": {"fieldName": "level"}}});
    let data = data(&[("level", "STRING"), ("sum", "LONG")], &[&["a", "1"], &["b", "3"]]);
    let chart = draw("pie", spec, &data).expect("a chart");
    assert_eq!(rows(&chart).iter().map(|r| r["p"].as_str()).collect::<Vec<_>>(), [Some("25.0%"), Some("75.0%")]);
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let no_field = json!({"encodings": {"x": {"fieldName": "gone"}, "y": {"fieldName": "sum"}}});
    assert_eq!(draw("bar", no_field, &sales()), Err(NoChart::Wrong("the widget's query has no field `gone`".into())));
    let Err(NoChart::Unsupported(reason)) = draw("no-such-type", json!({}), &sales()) else { panic!("no reason") };
    assert!(reason.contains("`no-such-type`"));
    let place = json!({"encodings": {"coordinates": {"country": {"fieldName": "level"}}}});
    assert!(matches!(draw("symbol-map", place, &sales()), Err(NoChart::Unsupported(_))));
}
