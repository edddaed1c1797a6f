//! Forecasts: what was, what is expected, and the band between its bounds.

use serde_json::{Value, json};

use super::channel::{Channel, ScaleType};
use super::scatter::position;
use super::series::place;
use super::{Chart, Input, NoChart, annotation, layered, tooltip};

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let x = Channel::required(input.data, &encodings["x"], "horizontal axis")?;
    if x.kind == ScaleType::Nominal {
        return Err(NoChart::Unsupported("the preview does not draw a forecast over categories".to_owned()));
    }
    let y = &encodings["y"];
    let read = |name: &str| Channel::read(input.data, y, &y[name]);
    let parts = [read("original")?, read("prediction")?, read("predictionLower")?, read("predictionUpper")?];
    let [Some(original), prediction, lower, upper] = &parts else {
        return Err(NoChart::Wrong("the widget has no field to measure".to_owned()));
    };
    let mut columns = vec![("xt".to_owned(), x.title.clone())];
    columns.extend(parts.iter().enumerate().filter_map(|(n, c)| Some((format!("e{n}"), c.as_ref()?.title.clone()))));
    let mut rows = Vec::new();
    for row in 0..input.data.rows.len() {
        let at = input.data.cell(row, x.column);
        let mut point = json!({"x": place(at, x.kind), "xt": x.category(at)});
        for (n, channel) in parts.iter().enumerate() {
            if let Some(channel) = channel {
                let cell = input.data.cell(row, channel.column);
                point[format!("v{n}")] = json!(cell.number());
                point[format!("e{n}")] = json!(channel.format.text(cell));
            }
        }
        rows.push(point);
    }
    let original = Channel { kind: ScaleType::Quantitative, ..original.clone() };
    let across = position(&x, "x", &[]);
    let measured = |n: usize| -> Value {
        json!({"field": format!("v{n}"), "type": "quantitative", "axis": original.axis(), "scale": original.scale()})
    };
    let line = |n: usize, colour: &str, dash: Value| {
        json!({
            "transform": [{"filter": format!("isValid(datum.v{n})")}],
            "mark": {"type": "line", "strokeWidth": 2, "color": colour, "strokeDash": dash},
            "encoding": {"x": across, "y": measured(n), "tooltip": tooltip(&columns)},
        })
    };
    let (past, future) = (input.palette.at(0), input.palette.at(1));
    let mut layers = Vec::new();
    if lower.is_some() && upper.is_some() {
        layers.push(json!({
            "transform": [{"filter": "isValid(datum.v2) && isValid(datum.v3)"}],
            "mark": {"type": "area", "color": future, "opacity": 0.2},
            "encoding": {"x": across, "y": measured(2), "y2": {"field": "v3"}},
        }));
    }
    layers.push(line(0, past, json!([1, 0])));
    if prediction.is_some() {
        layers.push(line(1, future, json!([5, 3])));
    }
    layers.extend(annotation::layers(input.spec, input.palette, x.kind, ScaleType::Quantitative));
    Ok(Chart { spec: layered(rows, layers), bands: 0, labels: Vec::new(), columns, note: None })
}
