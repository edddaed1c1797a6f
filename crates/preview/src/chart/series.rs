//! Rows of a chart: one point for each measured value, with its dimension and its series.

use serde_json::{Value, json};

use super::super::cell::{Data, TableCell};
use super::super::value::list;
use super::Input;
use super::channel::{Channel, ScaleType};
use super::colour;
use super::order::Categories;

/// Points with their categories in order.
#[derive(Debug, Default)]
pub(super) struct Points {
    /// One object for each point: `x` dimension, `y` measure, `s` series, `c` number of the colour; `xt`, `yt`, `ct`
    /// and `e0`… the same as text; `o` place of the series; `k` what a click selects.
    pub rows: Vec<Value>,
    /// The categories of the dimension in order, if it has bands.
    pub bands: Vec<String>,
    /// The series in order; empty without.
    pub series: Vec<String>,
    /// Field and title of what a tooltip shows.
    pub columns: Vec<(String, String)>,
    /// Title of the series, if they come from one field.
    pub series_title: Option<String>,
}

/// The measures of an axis: its `fields`, or itself.
pub(super) fn measures<'a>(data: &Data, encoding: &'a Value) -> Result<Vec<Channel<'a>>, String> {
    let fields = list(&encoding["fields"]);
    let fields = if fields.is_empty() { std::slice::from_ref(encoding) } else { fields };
    let mut found = Vec::new();
    for field in fields {
        if let Some(channel) = Channel::read(data, encoding, field)? {
            found.push(Channel { kind: ScaleType::Quantitative, ..channel });
        }
    }
    Ok(found)
}

/// Makes the points of a chart with a dimension and measures.
pub(super) fn points(
    input: &Input<'_>,
    dimension: Option<&Channel<'_>>,
    measures: &[Channel<'_>],
    split: Option<&Channel<'_>>,
    banded: bool,
) -> Points {
    let data = input.data;
    let mut points = Points::default();
    let mut bands = Categories::default();
    let mut series = Categories::default();
    let extra = extras(input);
    let several = measures.len() > 1;
    let by_number = split.filter(|s| s.kind == ScaleType::Quantitative);
    let by_series = split.filter(|s| s.kind != ScaleType::Quantitative);
    for row in 0..data.rows.len() {
        for measure in measures {
            let cell = data.cell(row, measure.column);
            let value = cell.number();
            let mut point =
                json!({"y": value, "yt": measure.format.text(cell), "k": key(data, &[dimension, by_series], row)});
            if let Some(dimension) = dimension {
                let at = data.cell(row, dimension.column);
                let label = dimension.category(at);
                point["xt"] = json!(label);
                point["x"] = if banded {
                    bands.add(&label, at, value);
                    json!(label)
                } else {
                    place(at, dimension.kind)
                };
            }
            if let Some(split) = by_series {
                let of = data.cell(row, split.column);
                let name = split.category(of);
                let name = if several { format!("{} · {name}", measure.title) } else { name };
                series.add(&name, of, value);
                point["s"] = json!(name);
            } else if several {
                series.add(&measure.title, &TableCell::Null, value);
                point["s"] = json!(measure.title);
            }
            if let Some(split) = by_number {
                let of = data.cell(row, split.column);
                point["c"] = json!(of.number());
                point["ct"] = json!(split.format.text(of));
            }
            for (n, channel) in extra.iter().enumerate() {
                point[format!("e{n}")] = json!(channel.format.text(data.cell(row, channel.column)));
            }
            points.rows.push(point);
        }
    }
    if let Some(dimension) = dimension {
        points.columns.push(("xt".to_owned(), dimension.title.clone()));
        if banded {
            points.bands = bands.sorted(&dimension.encoding["scale"]);
        }
    }
    let encoding = &input.spec["encodings"]["color"];
    if by_series.is_some() || several {
        let natural = json!({"sort": {"by": "natural-order"}});
        let scale = if by_series.is_some() { &encoding["scale"] } else { &natural };
        points.series = series.sorted(scale);
        colour::by_mapping(&mut points.series, encoding);
        let title = by_series.map_or("Series", |s| s.title.as_str());
        points.columns.push(("s".to_owned(), title.to_owned()));
        points.series_title = by_series.map(|s| s.title.clone());
        for point in &mut points.rows {
            let place = points.series.iter().position(|s| point["s"] == s.as_str());
            point["o"] = json!(place);
        }
    }
    let measured = if several { "Value" } else { measures.first().map_or("Value", |m| m.title.as_str()) };
    points.columns.push(("yt".to_owned(), measured.to_owned()));
    if let Some(split) = by_number {
        points.columns.push(("ct".to_owned(), split.title.clone()));
    }
    for (n, channel) in extra.iter().enumerate() {
        points.columns.push((format!("e{n}"), channel.title.clone()));
    }
    points
}

/// What a click on a mark selects: the values of its fields. The page sends them back as they are.
pub(super) fn key(data: &Data, channels: &[Option<&Channel<'_>>], row: usize) -> Value {
    let part = |channel: &&Channel<'_>| {
        let cell = data.cell(row, channel.column);
        let day = cell.time().filter(|t| t.time() == jiff::civil::Time::midnight()).map(|t| t.date().to_string());
        let value = match cell {
            TableCell::Null => Value::Null,
            // the time of day is lost in days, and as text it depends on the endpoint
            TableCell::Time(_) if day.is_none() => return None,
            TableCell::Time(_) => json!(day),
            other => json!(other.raw()),
        };
        Some(json!({"field": data.names()[channel.column], "value": value, "day": day.is_some()}))
    };
    channels.iter().flatten().filter_map(part).collect()
}

/// Fields that only the tooltip shows.
pub(super) fn extras<'a>(input: &Input<'a>) -> Vec<Channel<'a>> {
    let all = list(&input.spec["encodings"]["extra"]);
    all.iter().filter_map(|e| Channel::read(input.data, e, e).ok().flatten()).collect()
}

/// A value as a place on a scale.
pub(super) fn place(cell: &TableCell, kind: ScaleType) -> Value {
    match kind {
        ScaleType::Quantitative => json!(cell.number()),
        ScaleType::Temporal => cell.time().map_or(Value::Null, |t| json!(super::super::cell::milliseconds(t))),
        ScaleType::Nominal => json!(cell.raw()),
    }
}
