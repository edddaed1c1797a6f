//! Combos: bars and lines over one dimension.

use serde_json::{Value, json};

use super::super::cell::TableCell;
use super::channel::{Channel, ScaleType};
use super::order::Categories;
use super::series::measures;
use super::{Chart, Input, NoChart, colour, layered, tooltip};

/// More bars than this carry no labels.
const LABELS: usize = 40;

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    // without a dimension the measures stand beside each other
    let x = Channel::read(input.data, &encodings["x"], &encodings["x"])?;
    let y = &encodings["y"];
    let sides = ["primary", "secondary"].iter().any(|side| y[side].is_object());
    let primary = if sides { &y["primary"] } else { y };
    let (bars, lines) = (measures(input.data, primary)?, measures(input.data, &y["secondary"])?);
    if bars.is_empty() && lines.is_empty() {
        return Err(NoChart::Wrong("the widget has no field to measure".to_owned()));
    }
    // an axis of its own for the lines only if the file gives both sides their own scale
    let two_axes = input.kind != "combo" || y["primary"]["scale"].is_object() && y["secondary"]["scale"].is_object();
    let two_axes = two_axes && !bars.is_empty() && !lines.is_empty();
    // a line or area with two axes has the same marks on both
    let shape = |primary: bool| match input.kind {
        "line" => "line",
        "area" => "area",
        "bar" => "bar",
        _ if primary => "bar",
        _ => "line",
    };
    let mut bands = Categories::default();
    let mut rows = Vec::new();
    for row in 0..input.data.rows.len() {
        let at = x.as_ref().map_or(&TableCell::Null, |x| input.data.cell(row, x.column));
        let label = x.as_ref().map(|x| x.category(at)).unwrap_or_default();
        for (measure, line) in bars.iter().map(|b| (b, false)).chain(lines.iter().map(|l| (l, true))) {
            let cell = input.data.cell(row, measure.column);
            bands.add(&label, at, cell.number());
            rows.push(json!({
                "x": label, "y": cell.number(), "yt": measure.format.text(cell), "s": measure.title, "line": line,
            }));
        }
    }
    let bands = bands.sorted(&encodings["x"]["scale"]);
    let place = |row: &Value| bands.iter().position(|b| row["x"] == b.as_str());
    rows.sort_by_key(place);
    let series: Vec<String> = bars.iter().chain(&lines).map(|m| m.title.clone()).collect();
    let mut columns = vec![("s".to_owned(), "Series".to_owned()), ("yt".to_owned(), "Value".to_owned())];
    if let Some(x) = &x {
        columns.insert(0, ("x".to_owned(), x.title.clone()));
    }
    let mut x_axis = x.as_ref().map_or_else(|| json!({"title": null, "labels": false}), Channel::axis);
    if let Some(axis) = x_axis.as_object_mut() {
        for name in ["labelExpr", "tickCount", "format"] {
            axis.remove(name);
        }
    }
    let encoding = |side: &Value, first: Option<&Channel<'_>>, right: bool| {
        let mut axis = first.map(|f| Channel { kind: ScaleType::Quantitative, ..f.clone() }.axis()).unwrap_or_default();
        let own = &side["axis"];
        let title = if own.is_object() { own } else { &y["axis"] };
        axis["title"] = if title["hideTitle"] == true { Value::Null } else { title["title"].clone() };
        if right {
            axis["orient"] = json!("right");
            axis["grid"] = json!(false);
        }
        json!({
            "x": {"field": "x", "type": "nominal", "sort": null, "scale": {"domain": bands}, "axis": x_axis},
            "y": {"field": "y", "type": "quantitative", "axis": axis, "stack": null},
            "color": colour::by_series(&series, &encodings["color"], input.palette, None),
            "tooltip": tooltip(&columns),
        })
    };
    let mut layers = Vec::new();
    if !bars.is_empty() {
        let mut encoding = encoding(primary, bars.first(), false);
        let names: Vec<&String> = bars.iter().map(|b| &b.title).collect();
        if bars.len() > 1 && shape(true) == "bar" {
            encoding["xOffset"] = json!({"field": "s", "type": "nominal", "scale": {"domain": names}});
        }
        let only = json!([{"filter": "!datum.line"}]);
        let mut inner = vec![json!({"mark": {"type": shape(true), "fillOpacity": 0.8}, "encoding": encoding})];
        if encodings["label"]["show"] == true && rows.len() <= LABELS {
            let mut labels = encoding.clone();
            if let Some(all) = labels.as_object_mut() {
                all.remove("color");
            }
            labels["text"] = json!({"field": "yt", "type": "nominal"});
            inner.push(json!({"mark": {"type": "text", "dy": -8, "fontSize": 11}, "encoding": labels}));
        }
        layers.push(json!({"transform": only, "layer": inner}));
    }
    if !lines.is_empty() {
        layers.push(json!({
            "transform": [{"filter": "datum.line"}],
            "mark": {"type": shape(false), "strokeWidth": 2, "point": bands.len() <= 40, "fillOpacity": 0.5},
            "encoding": encoding(&y["secondary"], lines.first(), two_axes),
        }));
    }
    let mut spec = layered(rows, layers);
    if two_axes {
        spec["resolve"] = json!({"scale": {"y": "independent"}});
    }
    Ok(Chart { spec, bands: 0, labels: bands, columns, note: None })
}
