//! Histograms: counts of numbers in bins that the query made.

use serde_json::json;

use super::channel::{Channel, Kind};
use super::series::{measures, points};
use super::{Chart, Input, NoChart, bars, colour, layered, tooltip};

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let x = Channel::required(input.data, &encodings["x"], "horizontal axis")?;
    let width = match input.data.bin(x.column) {
        Some(width) if x.kind == Kind::Quantitative => width,
        // not binned by the query: bars over the values themselves
        _ => return bars::draw(&Input { kind: "bar", ..*input }),
    };
    let measures = measures(input.data, &encodings["y"])?;
    let Some(first) = measures.first() else {
        return Err(NoChart::Wrong("the widget says not what it counts".to_owned()));
    };
    let split = Channel::read(input.data, &encodings["color"], &encodings["color"])?;
    let split = split.map(|s| Channel { kind: Kind::Nominal, ..s });
    let mut points = points(input, Some(&x), &measures, split.as_ref(), false);
    for point in &mut points.rows {
        if let Some(from) = point["x"].as_f64() {
            point["x2"] = json!(from + width);
            point["xt"] = json!(format!("{} – {}", short(from), short(from + width)));
        }
    }
    let mut mark = json!({"type": "bar", "binSpacing": 1});
    let mut encoding = json!({
        "x": {"field": "x", "type": "quantitative", "bin": {"binned": true, "step": width}, "axis": x.axis()},
        "x2": {"field": "x2"},
        "y": {"field": "y", "type": "quantitative", "axis": first.axis(), "scale": first.scale(), "stack": "zero"},
        "tooltip": tooltip(&points.columns),
    });
    if points.series.is_empty() {
        mark["color"] = json!(input.palette.at(0));
    } else {
        let title = points.series_title.as_deref();
        encoding["color"] = colour::by_series(&points.series, &encodings["color"], input.palette, title);
    }
    let spec = layered(points.rows, vec![json!({"mark": mark, "encoding": encoding})]);
    Ok(Chart { spec, bands: 0, labels: Vec::new(), columns: points.columns, note: None })
}

fn short(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
