//! Charts that their author wrote in Vega-Lite. They are untrusted: nothing in them may load, lead anywhere or count
//! without end. The page evaluates their expressions with an interpreter and its policy lets nothing in.

use serde_json::{Map, Value, json};

use super::{Chart, Input, NoChart};
use crate::cell::TableCell;
use crate::palette::Palette;

/// Rows that a generator of data may make.
const GENERATED: f64 = 100_000.0;

/// Keys of which every spec that draws something has one.
const VIEWS: [&str; 8] = ["mark", "layer", "facet", "repeat", "spec", "concat", "hconcat", "vconcat"];

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let custom = &input.spec["jsonSpec"];
    if let Some(other) = custom["type"].as_str().filter(|t| *t != "vega-lite") {
        return Err(NoChart::Unsupported(format!("expected a spec of the type `vega-lite`, found `{other}`")));
    }
    let text = custom["spec"].as_str().ok_or_else(|| NoChart::Wrong("`jsonSpec.spec` must be a text".to_owned()))?;
    let spec: Value = serde_json::from_str(text)
        .map_err(|e| NoChart::Wrong(format!("the Vega-Lite spec in `jsonSpec.spec` is not JSON: {e}")))?;
    let Value::Object(spec) = spec else {
        return Err(NoChart::Wrong("the Vega-Lite spec in `jsonSpec.spec` must be an object".to_owned()));
    };
    if !VIEWS.iter().any(|key| spec.contains_key(*key)) {
        let text = "the Vega-Lite spec in `jsonSpec.spec` draws nothing: it has neither a mark nor layers nor views";
        return Err(NoChart::Wrong(text.to_owned()));
    }
    let names = input.data.names();
    let row = |n: usize| -> Value {
        let cell = |(at, name): (usize, &String)| (name.clone(), plain(input.data.cell(n, at)));
        Value::Object(names.iter().enumerate().map(cell).collect())
    };
    let rows: Vec<Value> = (0..input.data.rows.len()).map(row).collect();
    let mut spec = harmless(spec, 0)?;
    for own in ["$schema", "usermeta", "width", "height", "autosize", "padding"] {
        spec.remove(own);
    }
    // wherever the query is named, its rows are found
    let mut datasets = Map::new();
    datasets.insert("databricks_query".to_owned(), Value::Array(rows));
    spec.insert("datasets".to_owned(), Value::Object(datasets));
    spec.entry("data").or_insert_with(|| json!({"name": "databricks_query"}));
    signals(&mut spec, input.palette);
    let columns = names.iter().map(|n| (n.clone(), n.clone())).collect();
    Ok(Chart { spec: Value::Object(spec), bands: 0, labels: Vec::new(), columns, note: None })
}

/// Adds the signals of the theme that expressions may read, unless the author has parameters of their names. Colours
/// that a dashboard does not set are those of the page, which change with its theme.
fn signals(spec: &mut Map<String, Value>, palette: &Palette) {
    let own = spec.entry("params").or_insert_with(|| json!([]));
    let Some(own) = own.as_array_mut() else { return };
    let (ink, muted, line) = ("var(--ink, #11171C)", "var(--muted, #5F7281)", "var(--line, #E8ECF0)");
    let both = |colour: &str| json!({"light": colour, "dark": colour});
    let font = |colour: &str| json!({"fontFamily": "sans-serif", "fontSize": 12, "fontColor": both(colour)});
    let mut theme = json!({
        "canvasBackgroundColor": both("var(--canvas, #FFFFFF)"), "widgetBackgroundColor": both("var(--card, #FFFFFF)"),
        "widgetBorderColor": both(line), "axisLineColor": both(line), "gridLineColor": both(line),
        "fontColor": both(ink), "fontFamily": "sans-serif", "selectionColor": both("#2272B4"),
        "resolvedFontSettings": {"fieldTitle": font(muted), "fieldValue": font(ink), "widgetTitle": font(ink)},
    });
    for (name, value) in palette.theme().as_object().into_iter().flatten() {
        theme[name] = value.clone();
    }
    theme["visualizationColors"] = json!(palette.colours());
    let light = |name: &str| theme[name]["light"].clone();
    let colours = json!({
        "textPrimary": {"default": light("fontColor")}, "textSecondary": {"default": muted},
        "gridColor": light("gridLineColor"), "axisColor": light("axisLineColor"),
        "markHighlightColor": light("selectionColor"),
    });
    for (name, value) in [("mode", json!("light")), ("colors", colours), ("dashboardTheme", theme)] {
        if !own.iter().any(|p| p["name"] == name) {
            own.push(json!({"name": name, "value": value}));
        }
    }
}

/// A value as the author of the spec expects it.
fn plain(cell: &TableCell) -> Value {
    match cell {
        TableCell::Null => Value::Null,
        TableCell::Number(n, _) => json!(n),
        TableCell::Bool(b) => json!(b),
        TableCell::Time(at) => json!(at.to_string()),
        TableCell::Text(text) => json!(text),
    }
}

/// The spec without addresses; an error if it would make data without end.
fn harmless(object: Map<String, Value>, depth: usize) -> Result<Map<String, Value>, NoChart> {
    if depth > 64 {
        return Err(NoChart::Unsupported("the Vega-Lite spec is nested too deeply".to_owned()));
    }
    let mut kept = Map::new();
    for (key, value) in object {
        let inline = value.as_str().is_some_and(|v| v.starts_with("data:image/"));
        if (key == "href" || key == "url") && !inline && !is_field(&value) {
            continue;
        }
        if key == "sequence" {
            let number = |name: &str| value[name].as_f64();
            let (start, stop) = (number("start").unwrap_or(0.0), number("stop").unwrap_or(f64::INFINITY));
            let count = (stop - start) / number("step").unwrap_or(1.0);
            if !count.is_finite() || count.abs() > GENERATED {
                return Err(NoChart::Unsupported("the Vega-Lite spec makes more than 100,000 rows".to_owned()));
            }
        }
        kept.insert(key, value_of(value, depth + 1)?);
    }
    Ok(kept)
}

/// The encoding `url` of a picture names a field; the picture itself must carry its data.
fn is_field(value: &Value) -> bool {
    value["field"].is_string()
}

fn value_of(value: Value, depth: usize) -> Result<Value, NoChart> {
    Ok(match value {
        Value::Object(object) => Value::Object(harmless(object, depth)?),
        Value::Array(all) => Value::Array(all.into_iter().map(|v| value_of(v, depth + 1)).collect::<Result<_, _>>()?),
        other => other,
    })
}
