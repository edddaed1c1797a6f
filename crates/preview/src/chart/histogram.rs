//! Histograms: counts of numbers in bins that the query made.

use serde_json::json;

use super::super::value::display_value;
use super::channel::{Channel, ScaleType};
use super::series::{measures, points};
use super::{Chart, Input, NoChart, bars, colour, layered, tooltip};

/// Bins of numbers that the query did not bin.
const BINS: f64 = 20.0;

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let x = Channel::required(input.data, &encodings["x"], "horizontal axis")?;
    let width = match input.data.bin(x.column) {
        Some(width) if x.kind == ScaleType::Quantitative => width,
        _ if x.kind == ScaleType::Quantitative && display_value(&encodings["y"]["fieldName"]).is_none() => {
            return counted(input, &x);
        }
        // categories: bars over the values themselves
        _ => return bars::draw(&Input { kind: "bar", ..*input }),
    };
    let measures = measures(input.data, &encodings["y"])?;
    let Some(first) = measures.first() else {
        return Err(NoChart::Wrong("the widget has no field for its vertical axis".to_owned()));
    };
    let split = Channel::read(input.data, &encodings["color"], &encodings["color"])?;
    let split = split.map(|s| Channel { kind: ScaleType::Nominal, ..s });
    let mut points = points(input, Some(&x), &measures, split.as_ref(), false);
    for point in &mut points.rows {
        if let Some(from) = point["x"].as_f64() {
            point["x2"] = json!(from + width);
            point["xt"] = json!(format!("{} – {}", short(from), short(from + width)));
        }
    }
    let mut mark = json!({"type": "bar", "binSpacing": 1});
    let mut encoding = json!({
        "x": {"field": "x", "type": "quantitative", "bin": "binned", "axis": x.axis()},
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

/// Counts the rows in bins of one round width.
fn counted(input: &Input<'_>, x: &Channel<'_>) -> Result<Chart, NoChart> {
    let values = || (0..input.data.rows.len()).filter_map(|r| input.data.cell(r, x.column).number());
    let (least, most) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if !(most - least).is_finite() {
        return Err(NoChart::Wrong("the field of the horizontal axis has no numbers".to_owned()));
    }
    let rough = ((most - least) / BINS).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(rough.log10().floor());
    let width = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|w| *w >= rough).unwrap_or(1.0);
    let width = if most > least { width } else { 1.0 };
    let start = (least / width).floor() * width;
    let mut counts: std::collections::BTreeMap<i64, u64> = std::collections::BTreeMap::new();
    for value in values() {
        #[expect(clippy::cast_possible_truncation, reason = "a bin is one of a few dozen")]
        let bin = ((value - start) / width).floor() as i64;
        *counts.entry(bin).or_default() += 1;
    }
    let rows: Vec<_> = counts
        .into_iter()
        .map(|(bin, count)| {
            #[expect(clippy::cast_precision_loss, reason = "a bin is one of a few dozen")]
            let from = start + bin as f64 * width;
            let label = format!("{} – {}", short(from), short(from + width));
            json!({"x": from, "x2": from + width, "y": count, "yt": count.to_string(), "xt": label})
        })
        .collect();
    let columns = vec![("xt".to_owned(), x.title.clone()), ("yt".to_owned(), "Count".to_owned())];
    let bar = json!({"mark": {"type": "bar", "binSpacing": 1, "color": input.palette.at(0)}, "encoding": {
        "x": {"field": "x", "type": "quantitative", "bin": "binned", "axis": x.axis()}, "x2": {"field": "x2"},
        "y": {"field": "y", "type": "quantitative", "axis": {"title": "Count"}}, "tooltip": tooltip(&columns)}});
    Ok(Chart { spec: layered(rows, vec![bar]), bands: 0, labels: Vec::new(), columns, note: None })
}

fn short(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
