//! Funnels: one bar for each stage, around a common middle.

use serde_json::{Value, json};

use super::channel::{Channel, ScaleType};
use super::order::Categories;
use super::{Chart, Input, NoChart, layered, tooltip};

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let x = Channel::required(input.data, &encodings["x"], "horizontal axis")?;
    let y = Channel::required(input.data, &encodings["y"], "vertical axis")?;
    // the editor puts the measure on either side
    let (stage, measure) =
        if x.kind == ScaleType::Quantitative && y.kind != ScaleType::Quantitative { (y, x) } else { (x, y) };
    let by = Channel::read(input.data, &Value::Null, &stage.encoding["scale"]["sort"]["measure"])?;
    let mut stages = Categories::default();
    let mut sizes: indexmap::IndexMap<String, f64> = indexmap::IndexMap::new();
    for row in 0..input.data.rows.len() {
        let cell = input.data.cell(row, stage.column);
        let label = stage.category(cell);
        let size = input.data.cell(row, measure.column).number();
        let key = by.as_ref().map_or(size, |b| input.data.cell(row, b.column).number());
        stages.add(&label, cell, key);
        *sizes.entry(label).or_default() += size.unwrap_or(0.0).max(0.0);
    }
    let sort = &stage.encoding["scale"];
    let largest_first = json!({"sort": {"by": "y-reversed"}});
    let least_key_first = json!({"sort": {"by": "y"}});
    let bands = stages.sorted(match sort["sort"]["by"].as_str() {
        Some("measure") => &least_key_first,
        Some(_) => sort,
        None => &largest_first,
    });
    let first = bands.first().and_then(|b| sizes.get(b)).copied().unwrap_or(0.0);
    let rows: Vec<Value> = bands
        .iter()
        .map(|band| {
            let size = sizes.get(band).copied().unwrap_or(0.0);
            let text = measure.format.text(&super::super::cell::TableCell::Number(size, size.to_string()));
            let part = if first > 0.0 { format!("{:.0}%", size / first * 100.0) } else { String::new() };
            json!({"y": band, "a": -size / 2.0, "b": size / 2.0, "yt": text, "p": part, "l": format!("{text} · {part}")})
        })
        .collect();
    let columns = vec![
        ("y".to_owned(), stage.title.clone()),
        ("yt".to_owned(), measure.title.clone()),
        ("p".to_owned(), "Of the first stage".to_owned()),
    ];
    let y = json!({"field": "y", "type": "nominal", "sort": null, "scale": {"domain": bands}, "axis": {"title": null}});
    let layers = vec![
        json!({"mark": {"type": "bar", "color": input.palette.at(0), "height": {"band": 0.86}}, "encoding": {
            "y": y, "x": {"field": "a", "type": "quantitative", "axis": null}, "x2": {"field": "b"},
            "tooltip": tooltip(&columns)}}),
        json!({"mark": {"type": "text", "style": "inside"}, "encoding": {
            "y": y, "x": {"datum": 0, "type": "quantitative"}, "text": {"field": "l", "type": "nominal"}}}),
    ];
    Ok(Chart { spec: layered(rows, layers), bands: bands.len(), labels: Vec::new(), columns, note: None })
}
