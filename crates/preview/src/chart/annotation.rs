//! Lines that mark a value of an axis.

use serde_json::{Value, json};

use super::super::moment::fixed;
use super::super::palette::Palette;
use super::super::value::{display_value, list, text};
use super::channel::ScaleType;
use crate::cell::milliseconds;

/// The layers of a widget's annotations. `x` and `y` are the types of its axes.
pub(super) fn layers(spec: &Value, palette: &Palette, x: ScaleType, y: ScaleType) -> Vec<Value> {
    let mut found = Vec::new();
    for annotation in list(&spec["annotations"]) {
        let (axis, other, kind) = match annotation["type"].as_str() {
            Some("vertical-line") => ("x", "y", x),
            Some("horizontal-line") => ("y", "x", y),
            _ => continue,
        };
        let encodings = &annotation["encodings"];
        let Some(at) = text(&encodings[axis]["dataValue"]) else { continue };
        let place = match kind {
            ScaleType::Temporal => fixed(&at).map(|t| json!({"datum": milliseconds(t), "type": "temporal"})),
            ScaleType::Quantitative => at.parse::<f64>().ok().map(|n| json!({"datum": n, "type": "quantitative"})),
            ScaleType::Nominal => Some(json!({"datum": at, "type": "nominal"})),
        };
        let Some(place) = place else { continue };
        let colour = palette.resolve(&encodings["color"]["value"]).unwrap_or_else(|| palette.at(2).to_owned());
        // one line, not one for each row of the chart
        let once = json!({"values": [{}]});
        found.push(json!({
            "data": once,
            "mark": {"type": "rule", "color": colour, "strokeDash": [4, 3]},
            "encoding": {axis: place},
        }));
        if let Some(label) = display_value(&encodings["label"]["value"]) {
            let beside = if axis == "x" {
                json!({"align": "left", "dx": 4, "baseline": "top"})
            } else {
                json!({"align": "left", "dy": -6})
            };
            let mut mark = json!({"type": "text", "text": label, "fontSize": 11});
            for (key, value) in beside.as_object().into_iter().flatten() {
                mark[key] = value.clone();
            }
            found.push(json!({"data": once, "mark": mark, "encoding": {axis: place, other: {"value": 0}}}));
        }
    }
    found
}
