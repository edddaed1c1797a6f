//! Bars, lines and areas: a dimension, one or more measures, and series.

use serde_json::{Value, json};

use super::super::cell::Data;
use super::super::expression::Unit;
use super::channel::{Channel, ScaleType};
use super::series::{Points, measures, points};
use super::{Chart, Input, NoChart, annotation, colour, layered, tooltip};

/// More marks than this carry no labels: they would cover each other.
const LABELS: usize = 60;

/// Bars of at most so many units of time stand on bands, one for each unit, whether it has data or not.
const UNITS: usize = 40;

/// Fewer points of a line than this are marked each.
const MARKED: usize = 30;

/// How series of one place stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Stack,
    Percent,
    Group,
    Layer,
}

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let (x, y) = (&encodings["x"], &encodings["y"]);
    let horizontal = is_horizontal(input.data, x, y);
    let (across, along) = if horizontal { (y, x) } else { (x, y) };
    let dimension = Channel::read(input.data, across, across)?;
    let measures = measures(input.data, along)?;
    let Some(first) = measures.first() else {
        return Err(NoChart::Wrong("the widget has no field to measure".to_owned()));
    };
    let split = Channel::read(input.data, &encodings["color"], &encodings["color"])?;
    let several = measures.len() > 1 || split.as_ref().is_some_and(|s| s.kind != ScaleType::Quantitative);
    let layout = layout(input, several);
    let banded = banded(input, dimension.as_ref(), layout);
    let mut points = points(input, dimension.as_ref(), &measures, split.as_ref(), banded);
    if banded && let Some(all) = dimension.as_ref().and_then(|d| units(input, d)) {
        points.bands = all;
    }
    if input.kind == "area" && matches!(layout, Layout::Stack | Layout::Percent) {
        fill(&mut points);
    }

    let mut encoding = json!({"tooltip": tooltip(&points.columns)});
    let (place, measure) = if horizontal { ("y", "x") } else { ("x", "y") };
    encoding[measure] = measured(first, along, layout, several);
    if layout != Layout::Percent && points.rows.iter().all(|p| p["y"].as_f64().is_none_or(|n| n.fract() == 0.0)) {
        // there is nothing between two whole numbers
        encoding[measure]["axis"]["tickMinStep"] = json!(1);
    }
    if let Some(dimension) = &dimension {
        encoding[place] = positioned(input, dimension, &points, banded);
    }
    let mut mark = mark(input, layout, &points);
    if input.kind == "bar" && layout != Layout::Group && (1..=3).contains(&points.bands.len()) {
        // one bar alone would fill the picture
        mark[if horizontal { "height" } else { "width" }] = json!(if horizontal { 34 } else { 90 });
    }
    if let Some(split) = split.as_ref().filter(|s| s.kind == ScaleType::Quantitative) {
        encoding["color"] = colour::by_number(split.encoding, &split.title, &split.format.axis_labels());
    } else if points.series.is_empty() {
        let name = std::slice::from_ref(&first.title);
        let own = colour::colours(name, &encodings["color"], input.palette);
        mark["color"] = json!(own.first());
    } else {
        let title = points.series_title.as_deref();
        encoding["color"] = colour::by_series(&points.series, &encodings["color"], input.palette, title);
        encoding["order"] = json!({"field": "o", "type": "quantitative"});
        if layout == Layout::Group && input.kind == "bar" && banded {
            let offset = if horizontal { "yOffset" } else { "xOffset" };
            encoding[offset] = json!({"field": "s", "type": "nominal", "scale": {"domain": points.series}});
        }
        if input.kind == "line" {
            // the order of a line is its path
            encoding["order"] = Value::Null;
        }
    }
    let kind = |banded: bool, channel: Option<&Channel<'_>>| match channel {
        Some(c) if !banded => c.kind,
        _ => ScaleType::Nominal,
    };
    let dimension_kind = kind(banded, dimension.as_ref());
    let labelled = encodings["label"]["show"] == true && points.rows.len() <= LABELS;
    if labelled && points.series.is_empty() && encoding[measure]["scale"]["domainMax"].is_null() {
        // room for the labels beyond the longest bar
        let values = || points.rows.iter().filter_map(|p| p["y"].as_f64());
        let most = values().fold(0.0, f64::max);
        if most > 0.0 && values().all(|v| v >= 0.0) {
            encoding[measure]["scale"]["domainMax"] = json!(most * if horizontal { 1.15 } else { 1.08 });
        }
    }
    let mut layers = vec![json!({"mark": mark, "encoding": encoding})];
    if labelled {
        layers.push(labels(&encoding, input, layout, horizontal));
    }
    let (kx, ky) =
        if horizontal { (ScaleType::Quantitative, dimension_kind) } else { (dimension_kind, ScaleType::Quantitative) };
    layers.extend(annotation::layers(input.spec, input.palette, kx, ky));
    let Points { rows, bands, columns, .. } = points;
    let (bands, labels) = if horizontal { (bands.len(), Vec::new()) } else { (0, bands) };
    Ok(Chart { spec: layered(rows, layers), bands, labels, columns, note: None })
}

/// Bars lie if what is measured is on the horizontal axis alone.
fn is_horizontal(data: &Data, x: &Value, y: &Value) -> bool {
    let declared = |e: &Value| e["scale"]["type"].as_str().unwrap_or_default().to_owned();
    if x["fields"].is_array() || y["fields"].is_array() {
        return x["fields"].is_array() && !y["fields"].is_array();
    }
    match (declared(x).as_str(), declared(y).as_str()) {
        ("quantitative", "categorical" | "temporal") => true,
        ("automatic", "categorical") => {
            Channel::read(data, x, x).is_ok_and(|c| c.is_some_and(|c| c.kind == ScaleType::Quantitative))
        }
        _ => x["fieldName"].is_string() && !y["fieldName"].is_string() && declared(x) == "quantitative",
    }
}

fn layout(input: &Input<'_>, several: bool) -> Layout {
    let wanted = input.spec["mark"]["layout"].as_str().or_else(|| input.spec["encodings"]["mark"]["layout"].as_str());
    match (wanted, input.kind) {
        (_, "line") => Layout::Layer,
        (Some("percent-stack" | "percent"), _) => Layout::Percent,
        (Some("group"), "bar") if several => Layout::Group,
        (Some("layer"), _) => Layout::Layer,
        _ => Layout::Stack,
    }
}

/// Whether each value of the dimension has a band of its own.
fn banded(input: &Input<'_>, dimension: Option<&Channel<'_>>, layout: Layout) -> bool {
    let Some(dimension) = dimension else { return false };
    match dimension.kind {
        ScaleType::Nominal => true,
        ScaleType::Temporal if input.kind == "bar" => {
            let unknown = matches!(unit(input.data, dimension), None | Some(Unit::Week));
            layout == Layout::Group || unknown || units(input, dimension).is_some()
        }
        ScaleType::Temporal => false,
        // bars at numbers would have no width
        ScaleType::Quantitative => input.kind == "bar",
    }
}

/// The unit of a dimension's times, as its query or its values say.
fn unit(data: &Data, dimension: &Channel<'_>) -> Option<Unit> {
    if dimension.unit.is_some() {
        return dimension.unit;
    }
    let times: Vec<_> = (0..data.rows.len()).filter_map(|r| data.cell(r, dimension.column).time()).collect();
    let midnight = times.iter().all(|t| t.time() == jiff::civil::Time::midnight());
    let distinct: std::collections::BTreeSet<_> = times.iter().collect();
    match (times.is_empty(), midnight) {
        (false, true) if distinct.len() > 1 && times.iter().all(|t| t.day() == 1) => Some(Unit::Month),
        (false, true) => Some(Unit::Day),
        _ => None,
    }
}

/// The labels of every unit from the first to the last one, if there are not too many.
fn units(input: &Input<'_>, dimension: &Channel<'_>) -> Option<Vec<String>> {
    if input.kind != "bar" || dimension.kind != ScaleType::Temporal {
        return None;
    }
    let step = match unit(input.data, dimension)? {
        Unit::Year => jiff::Span::new().years(1),
        Unit::Quarter => jiff::Span::new().months(3),
        Unit::Month => jiff::Span::new().months(1),
        Unit::Week => jiff::Span::new().weeks(1),
        Unit::Day => jiff::Span::new().days(1),
        Unit::Hour | Unit::Minute => return None,
    };
    let times = || (0..input.data.rows.len()).filter_map(|r| input.data.cell(r, dimension.column).time());
    let (mut at, last) = (times().min()?, times().max()?);
    let mut labels = Vec::new();
    while at <= last {
        labels.push(dimension.category(&super::super::cell::TableCell::Time(at)));
        at = at.checked_add(step).ok().filter(|_| labels.len() <= UNITS)?;
    }
    // what has no time, or falls between the units, would be lost
    let known = |r: usize| labels.contains(&dimension.category(input.data.cell(r, dimension.column)));
    (0..input.data.rows.len()).all(known).then_some(labels)
}

fn positioned(input: &Input<'_>, dimension: &Channel<'_>, points: &Points, banded: bool) -> Value {
    let mut axis = dimension.axis();
    if banded {
        if let Some(axis) = axis.as_object_mut() {
            for name in ["labelExpr", "tickCount", "format"] {
                axis.remove(name);
            }
        }
        return json!({"field": "x", "type": "nominal", "sort": null, "scale": {"domain": points.bands}, "axis": axis});
    }
    let mut position = json!({"field": "x", "scale": dimension.scale(), "axis": axis});
    if dimension.kind == ScaleType::Quantitative {
        position["type"] = json!("quantitative");
        return position;
    }
    position["type"] = json!("temporal");
    if input.kind == "bar" {
        position["timeUnit"] = json!(match unit(input.data, dimension) {
            Some(Unit::Year) => "utcyear",
            Some(Unit::Quarter) => "utcyearquarter",
            Some(Unit::Month) => "utcyearmonth",
            Some(Unit::Hour) => "utcyearmonthdatehours",
            Some(Unit::Minute) => "utcyearmonthdatehoursminutes",
            _ => "utcyearmonthdate",
        });
        position["scale"] = json!({});
    }
    position
}

fn measured(measure: &Channel<'_>, along: &Value, layout: Layout, several: bool) -> Value {
    let mut axis = measure.axis();
    if several && axis["title"] == measure.title.as_str() && along["fields"].as_array().is_some_and(|f| f.len() > 1) {
        axis["title"] = Value::Null;
    }
    let stack = match layout {
        Layout::Stack => json!("zero"),
        Layout::Percent => json!("normalize"),
        Layout::Group | Layout::Layer => Value::Null,
    };
    if layout == Layout::Percent {
        axis["labelExpr"] = json!("format(datum.value, '.0%')");
    }
    json!({"field": "y", "type": "quantitative", "axis": axis, "scale": measure.scale(), "stack": stack})
}

fn mark(input: &Input<'_>, layout: Layout, points: &Points) -> Value {
    let lines = points.series.len().max(1);
    match input.kind {
        "line" => {
            json!({"type": "line", "strokeWidth": 2, "point": points.rows.len() <= MARKED * lines})
        }
        "area" if layout == Layout::Layer => json!({"type": "area", "fillOpacity": 0.35, "line": true}),
        "area" => json!({"type": "area", "fillOpacity": 0.8}),
        _ if layout == Layout::Layer => json!({"type": "bar", "opacity": 0.7}),
        _ => json!({"type": "bar"}),
    }
}

/// Stacked areas need a point of each series at each place.
fn fill(points: &mut Points) {
    let mut places: Vec<(Value, Value)> = Vec::new();
    for row in &points.rows {
        if !places.iter().any(|(x, _)| *x == row["x"]) {
            places.push((row["x"].clone(), row["xt"].clone()));
        }
    }
    if places.len() * points.series.len() > 20_000 {
        return;
    }
    let known: std::collections::HashSet<(String, String)> =
        points.rows.iter().map(|r| (r["x"].to_string(), r["s"].to_string())).collect();
    for (o, name) in points.series.iter().enumerate() {
        for (x, xt) in &places {
            if !known.contains(&(x.to_string(), json!(name).to_string())) {
                points.rows.push(json!({"x": x, "xt": xt, "y": 0, "yt": "0", "s": name, "o": o}));
            }
        }
    }
}

fn labels(encoding: &Value, input: &Input<'_>, layout: Layout, horizontal: bool) -> Value {
    let mut encoding = encoding.clone();
    if let Some(all) = encoding.as_object_mut() {
        all.remove("color");
    }
    encoding["text"] = json!({"field": "yt", "type": "nominal"});
    let stacked = matches!(layout, Layout::Stack | Layout::Percent) && encoding["order"].is_object();
    let mut mark = json!({"type": "text", "fontSize": 11});
    if stacked && input.kind == "bar" {
        let measure = if horizontal { "x" } else { "y" };
        encoding[measure]["bandPosition"] = json!(0.5);
        mark["style"] = json!("inside");
    } else if horizontal {
        mark["align"] = json!("left");
        mark["dx"] = json!(4);
    } else {
        mark["dy"] = json!(-8);
    }
    // without colour the stack would lose its parts
    encoding["detail"] = json!({"field": "s", "type": "nominal"});
    json!({"mark": mark, "encoding": encoding})
}
