//! Choropleth maps: regions of a map of the page, coloured by a number or by a category.

use serde_json::{Value, json};

use super::channel::{Channel, ScaleType};
use super::order::Categories;
use super::regions::RegionMap;
use super::series::{extras, key};
use super::{Chart, Input, NoChart, colour, tooltip};

pub(super) fn draw(input: &Input<'_>) -> Result<Chart, NoChart> {
    let encodings = &input.spec["encodings"];
    let region = Channel::required(input.data, region_field(&encodings["region"]), "region")?;
    let split = Channel::required(input.data, &encodings["color"], "colour")?;
    let names = (0..input.data.rows.len()).map(|row| region.category(input.data.cell(row, region.column)));
    let names: Vec<String> = names.collect();
    let map = map_of(&names)?;
    let extra = extras(input);
    let (mut rows, mut unknown, mut kinds) = (Vec::new(), Vec::new(), Categories::default());
    for (row, name) in names.iter().enumerate() {
        let Some(id) = map.key(name) else {
            unknown.push(name.as_str());
            continue;
        };
        let cell = input.data.cell(row, split.column);
        let text = split.category(cell);
        kinds.add(&text, cell, None);
        let mut shape = json!({
            "id": id, "x": name, "c": cell.number(), "ct": text, "s": text, "k": key(input.data, &[Some(&region)], row),
        });
        for (n, channel) in extra.iter().enumerate() {
            shape[format!("e{n}")] = json!(channel.format.text(input.data.cell(row, channel.column)));
        }
        rows.push(shape);
    }
    let mut columns = vec![("x".to_owned(), region.title.clone()), ("ct".to_owned(), split.title.clone())];
    columns.extend(extra.iter().enumerate().map(|(n, c)| (format!("e{n}"), c.title.clone())));
    let colour = if split.kind == ScaleType::Quantitative {
        colour::by_number(split.encoding, &split.title, &split.format.axis_labels())
    } else {
        colour::by_series(&kinds.sorted(&json!({})), split.encoding, input.palette, Some(&split.title))
    };
    let shapes = json!({"name": map.data()});
    // the shapes of the states are on their plane already
    let projection = if map == RegionMap::States { "identity" } else { "equalEarth" };
    let spec = json!({
        "data": {"values": rows},
        "projection": {"type": projection},
        "layer": [
            {"data": shapes, "mark": {"type": "geoshape", "style": "land"}},
            {
                "transform": [{"lookup": "id", "from": {"data": shapes, "key": "key"}, "as": "shape"}],
                "mark": {"type": "geoshape", "style": "tile"},
                "encoding": {"shape": {"field": "shape", "type": "geojson"}, "color": colour, "tooltip": tooltip(&columns)},
            },
        ],
    });
    let note = (!unknown.is_empty()).then(|| {
        let shown = unknown.iter().take(3).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        format!("{} of {} values name no region of the map, such as {shown}", unknown.len(), names.len())
    });
    Ok(Chart { spec, bands: 0, labels: Vec::new(), columns, note })
}

/// The most detailed level of a region that is a column: levels may also be fixed values.
fn region_field(region: &Value) -> &Value {
    let levels = [&region["admin2"], &region["admin1"], &region["admin0"]];
    levels.into_iter().find(|level| level["fieldName"].is_string()).unwrap_or(region)
}

/// The map that knows most of the values.
fn map_of(names: &[String]) -> Result<RegionMap, NoChart> {
    let known = |map: RegionMap| names.iter().filter(|n| map.key(n).is_some()).count();
    let (countries, states) = (known(RegionMap::Countries), known(RegionMap::States));
    if countries == 0 && states == 0 {
        let text = "the preview has maps of countries and of states of the USA, and no value names one of them";
        return Err(NoChart::Unsupported(text.to_owned()));
    }
    Ok(if states > countries { RegionMap::States } else { RegionMap::Countries })
}
