//! Scatter plots.

use serde_json::{Value, json};

use super::channel::{Channel, ScaleType};
use super::order::Categories;
use super::series::{extras, place};
use super::{Chart, Input, NoChart, annotation, colour, layered, tooltip};

/// More points than this carry no labels.
const LABELS: usize = 60;

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let axis = |name: &str| {
        let encoding = &encodings[name];
        let field = encoding["fields"].get(0).unwrap_or(encoding);
        Channel::read(input.data, encoding, field)?
            .ok_or_else(|| NoChart::Wrong(format!("the widget has no field for its axis `{name}`")))
    };
    let (x, y) = (axis("x")?, axis("y")?);
    let read = |name: &str| Channel::read(input.data, &encodings[name], &encodings[name]);
    let (split, size, label) = (read("color")?, read("size")?, read("label")?);
    let mut shown: Vec<Channel<'_>> = vec![x.clone(), y.clone()];
    shown.extend(split.iter().chain(&size).chain(&label).cloned());
    shown.extend(extras(input));
    let mut seen = std::collections::HashSet::new();
    shown.retain(|c| seen.insert(c.column));

    let (mut across, mut down, mut series) = (Categories::default(), Categories::default(), Categories::default());
    let mut rows = Vec::new();
    for row in 0..input.data.rows.len() {
        let cell = |c: &Channel<'_>| input.data.cell(row, c.column);
        let mut point = json!({});
        for (name, channel, bands) in [("x", &x, &mut across), ("y", &y, &mut down)] {
            if channel.kind == ScaleType::Nominal {
                let category = channel.category(cell(channel));
                bands.add(&category, cell(channel), None);
                point[name] = json!(category);
            } else {
                point[name] = place(cell(channel), channel.kind);
            }
        }
        if let Some(split) = &split {
            if split.kind == ScaleType::Quantitative {
                point["c"] = json!(cell(split).number());
            } else {
                let name = split.category(cell(split));
                series.add(&name, cell(split), None);
                point["s"] = json!(name);
            }
        }
        if let Some(size) = &size {
            point["z"] = json!(cell(size).number());
        }
        if let Some(label) = &label {
            point["l"] = json!(label.category(cell(label)));
        }
        for (n, channel) in shown.iter().enumerate() {
            point[format!("e{n}")] = json!(channel.format.text(cell(channel)));
        }
        rows.push(point);
    }
    let columns: Vec<_> = shown.iter().enumerate().map(|(n, c)| (format!("e{n}"), c.title.clone())).collect();
    let across = across.sorted(&encodings["x"]["scale"]);
    let down = down.sorted(&encodings["y"]["scale"]);
    let mut mark = json!({"type": "point", "filled": true, "opacity": 0.75, "size": 50});
    let mut encoding = json!({
        "x": position(&x, "x", &across), "y": position(&y, "y", &down), "tooltip": tooltip(&columns),
    });
    match &split {
        Some(split) if split.kind == ScaleType::Quantitative => {
            encoding["color"] = colour::by_number(split.encoding, &split.title, &split.format.axis_labels());
        }
        Some(split) => {
            let mut names = series.sorted(&split.encoding["scale"]);
            colour::by_mapping(&mut names, split.encoding);
            encoding["color"] = colour::by_series(&names, split.encoding, input.palette, Some(&split.title));
        }
        None => mark["color"] = json!(input.palette.at(0)),
    }
    if let Some(size) = &size {
        let legend = if split.is_some() { Value::Null } else { json!({"title": size.title}) };
        encoding["size"] =
            json!({"field": "z", "type": "quantitative", "scale": {"range": [20, 600]}, "legend": legend});
    }
    let mut layers = vec![json!({"mark": mark, "encoding": encoding})];
    if label.is_some() && encodings["label"]["show"] != false && rows.len() <= LABELS {
        layers.push(json!({
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11},
            "encoding": {"x": encoding["x"], "y": encoding["y"], "text": {"field": "l", "type": "nominal"}},
        }));
    }
    layers.extend(annotation::layers(input.spec, input.palette, x.kind, y.kind));
    Ok(Chart { spec: layered(rows, layers), bands: down.len(), labels: across, columns, note: None })
}

/// A position of numbers, times or bands.
pub(super) fn position(channel: &Channel<'_>, field: &str, bands: &[String]) -> Value {
    let axis = channel.axis();
    match channel.kind {
        ScaleType::Nominal => {
            json!({"field": field, "type": "nominal", "sort": null, "scale": {"domain": bands}, "axis": axis})
        }
        ScaleType::Temporal => json!({"field": field, "type": "temporal", "scale": channel.scale(), "axis": axis}),
        ScaleType::Quantitative => {
            json!({"field": field, "type": "quantitative", "scale": channel.scale(), "axis": axis})
        }
    }
}
