//! Path maps, as far as they can be drawn without a map: lines through their coordinates.

use serde_json::{Value, json};

use super::super::cell::TableCell;
use super::channel::Channel;
use super::order::Categories;
use super::series::extras;
use super::{Chart, Input, NoChart, colour, layered, tooltip};

/// A line of longitudes and latitudes.
type Line = Vec<(f64, f64)>;

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let path = &encodings["path"];
    let sequence = path["pathType"] != "geometry";
    let required = |encoding, what: &str| Channel::required(input.data, encoding, what);
    let place = if path["latitude"].is_object() || path["longitude"].is_object() {
        Place::Columns(required(&path["longitude"], "longitude")?, required(&path["latitude"], "latitude")?)
    } else {
        Place::Geometry(required(path, "path")?)
    };
    let order = Channel::read(input.data, &path["order"], &path["order"])?;
    let split = Channel::read(input.data, &encodings["color"], &encodings["color"])?;
    // a pattern tells paths apart, and is not drawn
    let pattern = Channel::read(input.data, &encodings["linePattern"], &encodings["linePattern"])?.map(|c| c.column);
    let mut shown: Vec<Channel<'_>> = split.iter().chain(&order).cloned().collect();
    shown.extend(extras(input));

    let mut series = Categories::default();
    let mut rows = Vec::new();
    for row in 0..input.data.rows.len() {
        let text = |c: &Channel<'_>| c.category(input.data.cell(row, c.column));
        let name = split.as_ref().map(text).unwrap_or_default();
        if let Some(split) = &split {
            series.add(&name, input.data.cell(row, split.column), None);
        }
        let beside = pattern.map(|column| input.data.cell(row, column).raw()).unwrap_or_default();
        for (line, points) in place.lines(input, row).into_iter().enumerate() {
            let of = if sequence { format!("{name}\u{1f}{beside}") } else { format!("{row} {line}") };
            for (n, (x, y)) in points.into_iter().enumerate() {
                let step = order.as_ref().filter(|_| sequence).map(|o| input.data.cell(row, o.column));
                let step = step.map_or_else(|| json!(if sequence { row } else { n }), TableCell::sort_key);
                let mut point = json!({"x": x, "y": y, "o": step, "p": of, "s": name});
                for (n, channel) in shown.iter().enumerate() {
                    point[format!("e{n}")] = json!(text(channel));
                }
                rows.push(point);
            }
        }
    }
    if rows.is_empty() {
        let why = "the preview draws paths of numbers, or of GeoJSON texts such as `ST_ASGEOJSON` gives; found neither";
        return Err(NoChart::Unsupported(why.to_owned()));
    }
    let columns: Vec<_> = shown.iter().enumerate().map(|(n, c)| (format!("e{n}"), c.title.clone())).collect();
    let axis = |field: &str, title: &str| {
        let axis = json!({"title": title, "labelExpr": "format(datum.value, '~r') + '°'"});
        json!({"field": field, "type": "quantitative", "scale": {"zero": false, "nice": true}, "axis": axis})
    };
    let mut encoding = json!({
        "x": axis("x", "Longitude"), "y": axis("y", "Latitude"), "order": {"field": "o"},
        "detail": {"field": "p", "type": "nominal"}, "tooltip": tooltip(&columns),
    });
    let mut mark = json!({"type": "line", "strokeWidth": 2, "point": sequence});
    match &split {
        Some(split) => {
            let mut names = series.sorted(&split.encoding["scale"]);
            colour::by_mapping(&mut names, split.encoding);
            encoding["color"] = colour::by_series(&names, split.encoding, input.palette, Some(&split.title));
        }
        None => mark["color"] = json!(input.palette.at(0)),
    }
    let note = Some("Paths at their coordinates; the preview has no map to lay under them.".to_owned());
    let spec = layered(rows, vec![json!({"mark": mark, "encoding": encoding})]);
    Ok(Chart { spec, bands: 0, labels: Vec::new(), columns, note })
}

/// Where the points of a row stand.
enum Place<'a> {
    /// Longitude and latitude.
    Columns(Channel<'a>, Channel<'a>),
    /// A geometry as GeoJSON.
    Geometry(Channel<'a>),
}

impl Place<'_> {
    fn lines(&self, input: &Input<'_>, row: usize) -> Vec<Line> {
        match self {
            Self::Columns(longitude, latitude) => {
                let number = |c: &Channel<'_>| input.data.cell(row, c.column).number();
                number(longitude).zip(number(latitude)).map(|point| vec![vec![point]]).unwrap_or_default()
            }
            Self::Geometry(channel) => {
                let text = input.data.cell(row, channel.column).raw();
                serde_json::from_str(&text).map(|geometry| lines(&geometry)).unwrap_or_default()
            }
        }
    }
}

/// The lines of a geometry; of a collection those of its first level.
fn lines(geometry: &Value) -> Vec<Line> {
    let coordinates = &geometry["coordinates"];
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    match geometry["type"].as_str().unwrap_or_default() {
        "Point" => point(coordinates).map(|p| vec![vec![p]]).unwrap_or_default(),
        "MultiPoint" | "LineString" => vec![all(coordinates).iter().filter_map(point).collect()],
        "MultiLineString" | "Polygon" => {
            all(coordinates).iter().map(|line| all(line).iter().filter_map(point).collect()).collect()
        }
        "Feature" => lines(&geometry["geometry"]),
        _ => Vec::new(),
    }
}

fn point(value: &Value) -> Option<(f64, f64)> {
    value[0].as_f64().zip(value[1].as_f64())
}
