//! Waterfalls: changes that add up to a total.

use serde_json::{Value, json};

use super::channel::{Channel, ScaleType};
use super::order::Categories;
use super::{Chart, Input, NoChart, layered, tooltip};
use crate::cell::TableCell;

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let x = Channel::required(input.data, &encodings["x"], "horizontal axis")?;
    let field = encodings["y"]["fields"].get(0).unwrap_or(&encodings["y"]);
    let measure = Channel::read(input.data, &encodings["y"], field)?
        .ok_or_else(|| NoChart::Wrong("the widget has no field for its vertical axis".to_owned()))?;
    let measure = Channel { kind: ScaleType::Quantitative, ..measure };
    let by = Channel::read(input.data, &Value::Null, &x.encoding["scale"]["sort"]["measure"])?;
    let mut bands = Categories::default();
    let mut changes: indexmap::IndexMap<String, f64> = indexmap::IndexMap::new();
    for row in 0..input.data.rows.len() {
        let cell = input.data.cell(row, x.column);
        let label = x.category(cell);
        let change = input.data.cell(row, measure.column).number();
        bands.add(&label, cell, by.as_ref().map_or(change, |b| input.data.cell(row, b.column).number()));
        *changes.entry(label).or_default() += change.unwrap_or(0.0);
    }
    let by_measure = json!({"sort": {"by": "x"}});
    let sort = &x.encoding["scale"];
    let mut bands = bands.sorted(if sort["sort"]["by"] == "measure" { &by_measure } else { sort });
    let mut total = 0.0;
    let text = |n: f64| measure.format.text(&TableCell::Number(n, n.to_string()));
    let mut rows: Vec<Value> = Vec::new();
    for band in &bands {
        let change = changes.get(band).copied().unwrap_or(0.0);
        let kind = if change < 0.0 { "Decrease" } else { "Increase" };
        rows.push(json!({"x": band, "a": total, "b": total + change, "yt": text(change), "s": kind}));
        total += change;
    }
    if encodings["total"] != false && !bands.iter().any(|b| b == "Total") {
        rows.push(json!({"x": "Total", "a": 0, "b": total, "yt": text(total), "s": "Total"}));
        bands.push("Total".to_owned());
    }
    let columns = vec![("x".to_owned(), x.title.clone()), ("yt".to_owned(), measure.title.clone())];
    let kinds = ["Increase", "Decrease", "Total"];
    let colours = [input.palette.at(2), input.palette.at(3), input.palette.at(0)];
    let mut axis = x.axis();
    if let Some(axis) = axis.as_object_mut() {
        for name in ["labelExpr", "tickCount", "format"] {
            axis.remove(name);
        }
    }
    let bar = json!({"mark": {"type": "bar"}, "encoding": {
        "x": {"field": "x", "type": "nominal", "sort": null, "scale": {"domain": bands}, "axis": axis},
        "y": {"field": "a", "type": "quantitative", "axis": measure.axis()}, "y2": {"field": "b"},
        "color": {"field": "s", "type": "nominal", "scale": {"domain": kinds, "range": colours}, "legend": {"title": null}},
        "tooltip": tooltip(&columns)}});
    Ok(Chart { spec: layered(rows, vec![bar]), bands: 0, labels: bands, columns, note: None })
}
