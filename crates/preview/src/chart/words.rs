//! Word clouds: words with the size of a measure, placed so that none covers another.

use serde_json::{Value, json};

use super::super::value::display_value;
use super::channel::Channel;
use super::{Chart, Input, NoChart, layered, tooltip};
use crate::cell::TableCell;

/// Words at most; the smallest are left out.
const WORDS: usize = 80;

/// The area that words are placed in, in units of which a letter of the largest word takes 44.
const AREA: (f64, f64) = (760.0, 420.0);

/// Height of the smallest and the largest word.
const SIZES: (f64, f64) = (13.0, 44.0);

struct Placed {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let names = ["text", "word", "words", "label", "color"].map(|name| &encodings[name]);
    let text = names.into_iter().find(|e| display_value(&e["fieldName"]).is_some()).unwrap_or(&Value::Null);
    let text = Channel::required(input.data, text, "words")?;
    let size = Channel::read(input.data, &encodings["size"], &encodings["size"])?;
    let mut words: indexmap::IndexMap<String, f64> = indexmap::IndexMap::new();
    for row in 0..input.data.rows.len() {
        let weight = size.as_ref().map_or(Some(1.0), |s| input.data.cell(row, s.column).number());
        *words.entry(text.category(input.data.cell(row, text.column))).or_default() += weight.unwrap_or(0.0).max(0.0);
    }
    words.sort_by(|_, a, _, b| b.total_cmp(a));
    let left_out = words.len().saturating_sub(WORDS);
    words.truncate(WORDS);
    let most = words.values().copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let mut placed: Vec<Placed> = Vec::new();
    let mut rows = Vec::new();
    for (n, (word, weight)) in words.iter().enumerate() {
        let height = SIZES.0 + (SIZES.1 - SIZES.0) * (weight / most).sqrt();
        #[expect(clippy::cast_precision_loss, reason = "words are short")]
        let width = word.chars().count().min(24) as f64 * height * 0.62 + 6.0;
        let Some((x, y)) = free(&placed, width, height) else { continue };
        placed.push(Placed { x, y, width, height });
        let number = size
            .as_ref()
            .map_or_else(|| weight.to_string(), |s| s.format.text(&TableCell::Number(*weight, weight.to_string())));
        rows.push(json!({"x": x, "y": y, "h": height, "t": word.chars().take(24).collect::<String>(), "xt": word,
            "yt": number, "c": input.palette.at(n)}));
    }
    let measured = size.as_ref().map_or("Count", |s| s.title.as_str());
    let columns = vec![("xt".to_owned(), text.title.clone()), ("yt".to_owned(), measured.to_owned())];
    let axis = |field: &str, end: f64| {
        json!({"field": field, "type": "quantitative", "axis": null,
        "scale": {"domain": [0, end], "nice": false}})
    };
    let size = json!({"expr": format!("datum.h * min(width / {}, height / {})", AREA.0, AREA.1)});
    let mark = json!({"type": "text", "fontSize": size, "fontWeight": 600, "baseline": "middle"});
    let layer = json!({"mark": mark, "encoding": {
        "x": axis("x", AREA.0), "y": axis("y", AREA.1), "text": {"field": "t", "type": "nominal"},
        "color": {"field": "c", "type": "nominal", "scale": null}, "tooltip": tooltip(&columns)}});
    let note = (left_out > 0).then(|| format!("the {WORDS} largest of {} words", WORDS + left_out));
    Ok(Chart { spec: layered(rows, vec![layer]), bands: 0, labels: Vec::new(), columns, note })
}

/// A free place, from the middle outwards.
fn free(placed: &[Placed], width: f64, height: f64) -> Option<(f64, f64)> {
    let (right, bottom) = (AREA.0 - width / 2.0, AREA.1 - height / 2.0);
    (0..1500).map(f64::from).find_map(|step| {
        let (turn, reach) = (step * 0.35, step * 0.32);
        let x = AREA.0 / 2.0 + turn.cos() * reach * AREA.0 / AREA.1;
        let y = AREA.1 / 2.0 + turn.sin() * reach;
        let inside = x > width / 2.0 && x < right && y > height / 2.0 && y < bottom;
        let clear = placed
            .iter()
            .all(|p| (p.x - x).abs() * 2.0 >= p.width + width || (p.y - y).abs() * 2.0 >= p.height + height);
        (inside && clear).then_some((x, y))
    })
}
