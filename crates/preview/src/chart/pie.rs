//! Pies.

use serde_json::json;

use super::super::value::display_value;
use super::channel::{Channel, ScaleType};
use super::order::Categories;
use super::series::{extras, key};
use super::{Chart, Input, NoChart, colour, layered, tooltip};

/// Slices below this part of the whole carry no label.
const LABELLED: f64 = 0.03;

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let angle = Channel::required(input.data, &encodings["angle"], "angle")?;
    let split = Channel::read(input.data, &encodings["color"], &encodings["color"])?;
    let split = split.map(|s| Channel { kind: ScaleType::Nominal, ..s });
    let data = input.data;
    let value = |row: usize| data.cell(row, angle.column).number().unwrap_or(0.0).max(0.0);
    let whole: f64 = (0..data.rows.len()).map(value).sum();
    let name = |row: usize| match &split {
        Some(split) => split.category(data.cell(row, split.column)),
        None => angle.title.clone(),
    };
    let mut slices = Categories::default();
    for row in 0..data.rows.len() {
        let cell = split.as_ref().map_or(&super::super::cell::TableCell::Null, |s| data.cell(row, s.column));
        slices.add(&name(row), cell, Some(value(row)));
    }
    let by_size = json!({"sort": {"by": "angle-reversed"}});
    let asked = encodings["color"]["scale"]["sort"].is_object();
    let mut series = slices.sorted(if asked { &encodings["color"]["scale"] } else { &by_size });
    colour::by_mapping(&mut series, &encodings["color"]);

    let extra = extras(input);
    let mut rows = Vec::new();
    for row in 0..data.rows.len() {
        let part = if whole > 0.0 { value(row) / whole } else { 0.0 };
        let label = name(row);
        let mut slice = json!({
            "y": value(row), "yt": angle.format.text(data.cell(row, angle.column)), "s": label,
            "p": format!("{:.1}%", part * 100.0), "o": series.iter().position(|s| *s == label),
            "k": key(data, &[split.as_ref()], row),
        });
        slice["l"] = if part >= LABELLED { slice["p"].clone() } else { json!("") };
        for (n, channel) in extra.iter().enumerate() {
            slice[format!("e{n}")] = json!(channel.format.text(data.cell(row, channel.column)));
        }
        rows.push(slice);
    }
    let mut columns = Vec::new();
    if let Some(split) = &split {
        columns.push(("s".to_owned(), split.title.clone()));
    }
    columns.push(("yt".to_owned(), angle.title.clone()));
    columns.push(("p".to_owned(), "Share".to_owned()));
    columns.extend(extra.iter().enumerate().map(|(n, c)| (format!("e{n}"), c.title.clone())));

    let title = split.as_ref().map(|s| s.title.as_str());
    let mut shared = json!({
        "theta": {"field": "y", "type": "quantitative", "stack": true},
        "order": {"field": "o", "type": "quantitative"},
        "tooltip": tooltip(&columns),
    });
    let mut colour = colour::by_series(&series, &encodings["color"], input.palette, title);
    if display_value(&encodings["color"]["fieldName"]).is_none() {
        colour["legend"] = serde_json::Value::Null;
    }
    shared["color"] = colour;
    let arc = json!({
        "mark": {"type": "arc", "outerRadius": {"expr": "max(8, min(width, height) / 2 - 22)"}, "style": "slice"},
        "encoding": shared,
    });
    let mut layers = vec![arc];
    if encodings["label"]["show"] == true {
        let mut encoding = shared.clone();
        if let Some(all) = encoding.as_object_mut() {
            all.remove("color");
        }
        encoding["detail"] = json!({"field": "s", "type": "nominal"});
        encoding["text"] = json!({"field": "l", "type": "nominal"});
        layers.push(json!({
            "mark": {"type": "text", "radius": {"expr": "max(16, min(width, height) / 2 - 8)"}, "fontSize": 11},
            "encoding": encoding,
        }));
    }
    Ok(Chart { spec: layered(rows, layers), bands: 0, labels: Vec::new(), columns, note: None })
}
