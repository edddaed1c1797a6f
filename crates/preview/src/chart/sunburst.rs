//! Sunbursts: rings of parts, each ring one level deeper.

use serde_json::{Value, json};

use super::super::value::{display_value, list};
use super::channel::Channel;
use super::{Chart, Input, NoChart, layered, tooltip};
use crate::cell::TableCell;

/// Parts at most: more cannot be told apart.
const PARTS: usize = 400;

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let sizes = ["value", "angle", "size"].map(|name| &encodings[name]);
    let size = sizes.into_iter().find(|e| display_value(&e["fieldName"]).is_some()).unwrap_or(&Value::Null);
    let size = Channel::required(input.data, size, "value")?;
    let mut levels = Vec::new();
    for level in levels_of(encodings) {
        levels.extend(Channel::read(input.data, level, level)?);
    }
    if levels.is_empty() {
        return Err(NoChart::Wrong("a sunburst needs one or more fields as its levels".to_owned()));
    }
    // paths in the order of their parents
    let mut paths: Vec<(Vec<String>, f64)> = Vec::new();
    for row in 0..input.data.rows.len() {
        let path = levels.iter().map(|l| l.category(input.data.cell(row, l.column))).collect();
        paths.push((path, input.data.cell(row, size.column).number().unwrap_or(0.0).max(0.0)));
    }
    paths.sort_by(|a, b| a.0.cmp(&b.0));
    let whole: f64 = paths.iter().map(|p| p.1).sum();
    if whole <= 0.0 {
        return Err(NoChart::Wrong("the values of the sunburst are all zero".to_owned()));
    }
    let mut parts: Vec<(Vec<String>, f64, f64)> = Vec::new();
    for depth in 1..=levels.len() {
        let (mut from, first) = (0.0, parts.len());
        for (path, value) in &paths {
            let head = &path[..depth];
            match parts.get_mut(first..).and_then(<[_]>::last_mut).filter(|p| p.0 == head) {
                Some(part) => part.2 += value / whole,
                None => parts.push((head.to_vec(), from, from + value / whole)),
            }
            from += value / whole;
        }
    }
    if parts.len() > PARTS {
        return Err(NoChart::Unsupported(format!("the sunburst has {} parts; at most {PARTS} are drawn", parts.len())));
    }
    let mut roots: Vec<&String> = parts.iter().filter_map(|p| p.0.first()).collect();
    roots.dedup();
    let colours: Vec<&str> = (0..roots.len()).map(|n| input.palette.at(n)).collect();
    let rows: Vec<Value> = parts
        .iter()
        .map(|(path, from, to)| {
            let value = (to - from) * whole;
            json!({"r": path.len(), "r2": path.len() + 1, "a": from, "b": to, "s": path.first(), "xt": path.join(" › "),
                "yt": size.format.text(&TableCell::Number(value, value.to_string())), "p": format!("{:.1}%", (to - from) * 100.0)})
        })
        .collect();
    let columns = vec![
        ("xt".to_owned(), "Part".to_owned()),
        ("yt".to_owned(), size.title.clone()),
        ("p".to_owned(), "Share".to_owned()),
    ];
    let scale = json!({"type": "linear", "zero": true, "domain": [0, levels.len() + 1]});
    let ring = json!({"mark": {"type": "arc", "style": "slice"}, "encoding": {
        "theta": {"field": "a", "type": "quantitative", "scale": {"domain": [0, 1]}}, "theta2": {"field": "b"},
        "radius": {"field": "r", "type": "quantitative", "scale": scale}, "radius2": {"field": "r2"},
        "color": {"field": "s", "type": "nominal", "scale": {"domain": roots, "range": colours}, "legend": {"title": null}},
        "opacity": {"field": "r", "type": "quantitative", "legend": null,
            "scale": {"domain": [1, levels.len().max(2)], "range": [1, 0.6]}},
        "tooltip": tooltip(&columns)}});
    Ok(Chart { spec: layered(rows, vec![ring]), bands: 0, labels: Vec::new(), columns, note: None })
}

/// The fields of the levels, from the inside.
fn levels_of(encodings: &Value) -> &[Value] {
    let lists = ["levels", "stages", "hierarchy", "path", "categories"].map(|name| list(&encodings[name]));
    let nested = [list(&encodings["color"]["fields"]), list(&encodings["label"]["fields"])];
    match lists.into_iter().chain(nested).find(|l| !l.is_empty()) {
        Some(levels) => levels,
        None => encodings.get("color").map_or(&[], std::slice::from_ref),
    }
}
