//! Heatmaps: two dimensions of bands, and a number as colour.

use serde_json::{Value, json};

use super::channel::{Channel, ScaleType};
use super::order::Categories;
use super::series::{extras, key};
use super::{Chart, Input, NoChart, colour, layered, tooltip};

/// More cells than this carry no labels.
const LABELS: usize = 150;

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let x = Channel::required(input.data, &encodings["x"], "horizontal axis")?;
    let y = Channel::required(input.data, &encodings["y"], "vertical axis")?;
    let split = Channel::required(input.data, &encodings["color"], "colour")?;
    let extra = extras(input);
    let (mut across, mut down, mut kinds) = (Categories::default(), Categories::default(), Categories::default());
    let mut rows = Vec::new();
    for row in 0..input.data.rows.len() {
        let cell = |c: &Channel<'_>| input.data.cell(row, c.column);
        let value = cell(&split).number();
        let (xt, yt) = (x.category(cell(&x)), y.category(cell(&y)));
        across.add(&xt, cell(&x), value);
        down.add(&yt, cell(&y), value);
        let ct = split.category(cell(&split));
        kinds.add(&ct, cell(&split), None);
        let mut tile =
            json!({"x": xt, "y": yt, "c": value, "ct": ct, "s": ct, "k": key(input.data, &[Some(&x), Some(&y)], row)});
        for (n, channel) in extra.iter().enumerate() {
            tile[format!("e{n}")] = json!(channel.format.text(input.data.cell(row, channel.column)));
        }
        rows.push(tile);
    }
    let mut columns = vec![("x".to_owned(), x.title.clone()), ("y".to_owned(), y.title.clone())];
    columns.push(("ct".to_owned(), split.title.clone()));
    columns.extend(extra.iter().enumerate().map(|(n, c)| (format!("e{n}"), c.title.clone())));
    let across = across.sorted(&encodings["x"]["scale"]);
    let down = down.sorted(&encodings["y"]["scale"]);
    let position = |channel: &Channel<'_>, field: &str, domain: &[String]| {
        let mut axis = channel.axis();
        axis["grid"] = json!(false);
        if let Some(axis) = axis.as_object_mut() {
            for name in ["labelExpr", "tickCount", "format"] {
                axis.remove(name);
            }
        }
        json!({"field": field, "type": "nominal", "sort": null, "scale": {"domain": domain}, "axis": axis})
    };
    let colour: Value = if split.kind == ScaleType::Quantitative {
        colour::by_number(split.encoding, &split.title, &split.format.axis_labels())
    } else {
        colour::by_series(&kinds.sorted(&json!({})), split.encoding, input.palette, Some(&split.title))
    };
    let mut colour = colour;
    let whole = rows.iter().all(|r| r["c"].as_f64().is_none_or(|n| n.fract() == 0.0));
    if whole && colour["legend"].is_object() {
        // there is nothing between two whole numbers
        colour["legend"]["tickMinStep"] = json!(1);
    }
    let mut encoding = json!({
        "x": position(&x, "x", &across), "y": position(&y, "y", &down),
        "color": colour, "tooltip": tooltip(&columns),
    });
    let mut layers = vec![json!({"mark": {"type": "rect", "style": "tile"}, "encoding": encoding})];
    if encodings["label"]["show"] == true && rows.len() <= LABELS {
        if let Some(all) = encoding.as_object_mut() {
            all.remove("color");
        }
        encoding["text"] = json!({"field": "ct", "type": "nominal"});
        layers.push(json!({"mark": {"type": "text", "fontSize": 11, "style": "inside"}, "encoding": encoding}));
    }
    Ok(Chart { spec: layered(rows, layers), bands: down.len(), labels: across, columns, note: None })
}
