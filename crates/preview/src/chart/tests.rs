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

#[test]
fn measures_of_two_axes_need_no_dimension() {
    let spec = json!({"encodings": {"y": {"primary": {"fieldName": "sum", "scale": {"type": "quantitative"}},
        "secondary": {"fieldName": "sum", "scale": {"type": "quantitative"}}}}});
    for kind in ["bar", "line", "area", "combo"] {
        let chart = draw(kind, spec.clone(), &sales()).expect(kind);
        assert_eq!(chart.labels, [""], "{kind}");
        assert_eq!(rows(&chart).len(), 8, "{kind}");
    }
}

#[test]
fn a_combo_of_plain_measures_has_bars() {
    let spec = json!({"encodings": {"x": {"fieldName": "level"}, "y": {"fields": [{"fieldName": "sum"}]}}});
    let chart = draw("combo", spec, &sales()).expect("a chart");
    assert_eq!(chart.spec["layer"][0]["layer"][0]["mark"]["type"], "bar");
    assert_eq!(rows(&chart)[0]["line"], false);
    assert!(draw("combo", json!({"encodings": {"x": {"fieldName": "level"}}}), &sales()).is_err());
}

#[test]
fn the_authors_expressions_may_read_the_theme() {
    let text = json!({"mark": {"type": "bar", "color": {"expr": "colors.textPrimary.default"}},
        "params": [{"name": "mode", "value": "own"}]});
    let spec = json!({"jsonSpec": {"type": "vega-lite", "spec": text.to_string()}});
    let theme = json!({"gridLineColor": {"light": "#111111", "dark": "#222222"}, "visualizationColors": ["#333333"]});
    let chart = chart("custom-vega-viz", &spec, &sales(), &Palette::of_theme(&theme)).expect("a chart");
    let value = |name: &str| {
        let all = chart.spec["params"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|p| p["name"] == name).map(|p| p["value"].clone()).unwrap_or_default()
    };
    assert_eq!(value("mode"), "own", "a parameter of the author wins");
    assert_eq!(value("dashboardTheme")["visualizationColors"], json!(["#333333"]));
    assert_eq!(value("dashboardTheme")["gridLineColor"]["dark"], "#222222");
    assert_eq!(value("colors")["gridColor"], "#111111");
    for path in ["/textPrimary/default", "/textSecondary/default", "/markHighlightColor"] {
        assert!(value("colors").pointer(path).is_some_and(Value::is_string), "{path}");
    }
    let font = "/resolvedFontSettings/fieldTitle/fontColor/light";
    assert!(value("dashboardTheme").pointer(font).is_some_and(Value::is_string));
}

#[test]
fn paths_lead_through_their_points_in_order() {
    let stops = data(
        &[("route", "STRING"), ("lat", "DOUBLE"), ("lon", "DOUBLE"), ("stop", "LONG"), ("at", "STRING")],
        &[
            &["North", "60.5", "10.5", "2", r#"{"type":"Point","coordinates":[10.5,60.5]}"#],
            &["North", "60.1", "10.1", "1", r#"{"type":"Point","coordinates":[10.1,60.1]}"#],
            &["South", "-", "10.0", "1", "-"],
        ],
    );
    let sequence = json!({"encodings": {"path": {"pathType": "longitude-latitude-sequence", "latitude": {"fieldName": "lat"},
        "longitude": {"fieldName": "lon"}, "order": {"fieldName": "stop"}}, "color": {"fieldName": "route"}}});
    let points = json!({"encodings": {"path": {"pathType": "geometry-point-sequence", "fieldName": "at",
        "order": {"fieldName": "stop"}}, "color": {"fieldName": "route"}}});
    for spec in [sequence, points] {
        let chart = draw("path-map", spec, &stops).expect("a chart");
        let found: Vec<_> = rows(&chart).iter().map(|r| (r["x"].as_f64(), r["y"].as_f64(), r["o"].as_f64())).collect();
        assert_eq!(found, [(Some(10.5), Some(60.5), Some(2.0)), (Some(10.1), Some(60.1), Some(1.0))]);
        assert_eq!(rows(&chart)[0]["p"], rows(&chart)[1]["p"]);
    }
    let line = r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}"#;
    let lines = data(&[("shape", "STRING")], &[&[line]]);
    let geometry = json!({"encodings": {"path": {"pathType": "geometry", "fieldName": "shape"}}});
    let chart = draw("path-map", geometry.clone(), &lines).expect("a chart");
    let parts: std::collections::BTreeSet<String> = rows(&chart).iter().map(|r| r["p"].to_string()).collect();
    assert_eq!((rows(&chart).len(), parts.len()), (4, 2));
    let other = data(&[("shape", "STRING")], &[&["Alder"]]);
    assert!(matches!(draw("path-map", geometry, &other), Err(NoChart::Unsupported(_))));
}

#[test]
fn a_spec_without_a_mark_is_wrong_before_a_browser_sees_it() {
    let of = |text: &str| draw("custom-vega-viz", json!({"jsonSpec": {"type": "vega-lite", "spec": text}}), &sales());
    assert!(matches!(of("{\"encoding\": {}}"), Err(NoChart::Wrong(_))));
    for key in ["layer", "hconcat", "spec"] {
        assert!(of(&format!("{{\"{key}\": []}}")).is_ok(), "{key}");
    }
}
