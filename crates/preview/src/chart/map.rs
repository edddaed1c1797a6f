//! Symbol maps, as far as they can be drawn without a map: the symbols at their coordinates.

use serde_json::{Value, json};

use super::{Chart, Input, NoChart, scatter};

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let mut spec = input.spec.clone();
    let coordinates = spec["encodings"]["coordinates"].take();
    if !coordinates["latitude"]["fieldName"].is_string() || !coordinates["longitude"]["fieldName"].is_string() {
        let text = "the preview draws maps with latitude and longitude only";
        return Err(NoChart::Unsupported(text.to_owned()));
    }
    for (name, side, title) in [("x", "longitude", "Longitude"), ("y", "latitude", "Latitude")] {
        spec["encodings"][name] = json!({
            "fieldName": coordinates[side]["fieldName"], "displayName": title, "scale": {"type": "quantitative"},
        });
    }
    let mut chart = scatter::draw(&Input { spec: &spec, ..*input })?;
    for layer in chart.spec["layer"].as_array_mut().into_iter().flatten() {
        for name in ["x", "y"] {
            layer["encoding"][name]["scale"] = json!({"zero": false, "nice": true});
            layer["encoding"][name]["axis"]["labelExpr"] = Value::from("format(datum.value, '~r') + '°'");
        }
    }
    chart.note = Some("Symbols at their coordinates; the preview has no map to lay under them.".to_owned());
    Ok(chart)
}
