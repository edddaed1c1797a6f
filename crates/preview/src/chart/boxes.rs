//! Box plots: least, quartiles and greatest of a measure for each category.

use serde_json::{Value, json};

use super::channel::{Channel, ScaleType};
use super::order::Categories;
use super::{Chart, Input, NoChart, layered, tooltip};
use crate::cell::{Data, TableCell};

/// The five numbers of a box, in the order of their size.
const PARTS: [&str; 5] = ["whiskerStart", "boxStart", "boxMid", "boxEnd", "whiskerEnd"];

const TITLES: [&str; 5] = ["Minimum", "First quartile", "Median", "Third quartile", "Maximum"];

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let across = Channel::read(input.data, &encodings["x"], &encodings["x"])?;
    let y = &encodings["y"];
    let mut parts = Vec::new();
    for part in PARTS {
        parts.extend(Channel::read(input.data, y, &y[part])?);
    }
    let (measure, boxes) = if parts.len() == PARTS.len() {
        let boxes = (0..input.data.rows.len())
            .map(|row| {
                let number = |c: &Channel<'_>| input.data.cell(row, c.column).number();
                (row, [0, 1, 2, 3, 4].map(|n| parts.get(n).and_then(number)))
            })
            .collect();
        (Channel { kind: ScaleType::Quantitative, ..parts[2].clone() }, boxes)
    } else {
        let measure = Channel::required(input.data, y, "vertical axis")?;
        let boxes = counted(input.data, across.as_ref(), &measure);
        (Channel { kind: ScaleType::Quantitative, ..measure }, boxes)
    };
    let mut bands = Categories::default();
    let mut rows = Vec::new();
    for (row, numbers) in boxes {
        let at = across.as_ref().map_or(&TableCell::Null, |c| input.data.cell(row, c.column));
        let label = across.as_ref().map_or_else(|| measure.title.clone(), |c| c.category(at));
        bands.add(&label, at, numbers[2]);
        let mut line = json!({"x": label});
        for (n, number) in numbers.into_iter().enumerate() {
            line[format!("v{n}")] = json!(number);
            let text = number.map_or(String::new(), |v| measure.format.text(&TableCell::Number(v, v.to_string())));
            line[format!("e{n}")] = json!(text);
        }
        rows.push(line);
    }
    let bands = bands.sorted(&encodings["x"]["scale"]);
    let title = across.as_ref().map_or(Value::Null, |c| json!(c.title));
    let mut columns = vec![("x".to_owned(), across.as_ref().map_or_else(String::new, |c| c.title.clone()))];
    columns.extend(TITLES.iter().enumerate().map(|(n, title)| (format!("e{n}"), (*title).to_owned())));
    let x =
        json!({"field": "x", "type": "nominal", "sort": null, "scale": {"domain": bands}, "axis": {"title": title}});
    let span = |from: usize, to: usize, mark: Value| {
        json!({"mark": mark, "encoding": {
            "x": x, "tooltip": tooltip(&columns), "y2": {"field": format!("v{to}")},
            "y": {"field": format!("v{from}"), "type": "quantitative", "axis": measure.axis(), "scale": {"zero": false}},
        }})
    };
    let colour = input.palette.at(0);
    let layers = vec![
        span(0, 4, json!({"type": "rule"})),
        span(1, 3, json!({"type": "bar", "color": colour, "width": {"band": 0.5}})),
        json!({
            "mark": {"type": "tick", "color": "#fff", "thickness": 2, "width": {"band": 0.5}},
            "encoding": {"x": x, "y": {"field": "v2", "type": "quantitative"}},
        }),
    ];
    Ok(Chart { spec: layered(rows, layers), bands: 0, labels: bands, columns, note: None })
}

/// The boxes of rows that nobody counted: the first row of each category with its five numbers.
fn counted(data: &Data, across: Option<&Channel<'_>>, measure: &Channel<'_>) -> Vec<(usize, [Option<f64>; 5])> {
    let mut groups: indexmap::IndexMap<String, (usize, Vec<f64>)> = indexmap::IndexMap::new();
    for row in 0..data.rows.len() {
        let key = across.map_or_else(String::new, |c| c.category(data.cell(row, c.column)));
        let group = groups.entry(key).or_insert_with(|| (row, Vec::new()));
        group.1.extend(data.cell(row, measure.column).number());
    }
    let quantile = |sorted: &[f64], part: f64| {
        #[expect(clippy::cast_precision_loss, reason = "a chart has at most 10,000 rows")]
        let at = part * sorted.len().saturating_sub(1) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of rows")]
        let (low, high) = (at.floor() as usize, at.ceil() as usize);
        let (a, b) = (sorted.get(low)?, sorted.get(high)?);
        Some(a + (b - a) * at.fract())
    };
    let five = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| quantile(&values, part))
    };
    groups.into_values().map(|(row, values)| (row, five(values))).collect()
}
