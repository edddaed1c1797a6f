//! Charts: from a widget's spec and its data to a Vega-Lite spec. Size and theme are left to the page.

mod annotation;
mod bars;
mod boxes;
mod channel;
mod choropleth;
mod colour;
mod combo;
mod custom;
mod forecast;
mod funnel;
mod heatmap;
mod histogram;
mod map;
mod order;
mod path;
mod pie;
mod regions;
mod sankey;
mod scatter;
mod series;
mod sunburst;
#[cfg(test)]
mod tests;
mod waterfall;
mod words;

use serde_json::{Value, json};

pub(crate) use channel::Channel;

use super::cell::Data;
use super::palette::Palette;

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    /// A Vega-Lite spec without size and theme.
    pub spec: Value,
    /// How many bands the vertical axis has, so that each can be given room; 0 without bands.
    pub bands: usize,
    /// The labels of the horizontal axis if it has bands.
    pub labels: Vec<String>,
    /// The columns of its data as a table: field and title.
    pub columns: Vec<(String, String)>,
    /// What a viewer should know about the picture.
    pub note: Option<String>,
}

/// Why there is no chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoChart {
    /// The preview cannot draw this.
    Unsupported(String),
    /// The widget is wrong.
    Wrong(String),
}

impl From<String> for NoChart {
    fn from(text: String) -> Self {
        Self::Wrong(text)
    }
}

/// What every kind of chart is made of.
#[derive(Debug, Clone, Copy)]
struct Input<'a> {
    kind: &'a str,
    spec: &'a Value,
    data: &'a Data,
    palette: &'a Palette,
}

/// The kinds of widgets that are drawn as charts.
pub(crate) const KINDS: [&str; 19] = [
    "area",
    "bar",
    "box",
    "choropleth-map",
    "combo",
    "custom-vega-viz",
    "forecast-line",
    "funnel",
    "heatmap",
    "histogram",
    "line",
    "path-map",
    "pie",
    "sankey",
    "scatter",
    "sunburst",
    "symbol-map",
    "waterfall",
    "word-cloud",
];

/// Draws a chart.
pub(crate) fn chart(kind: &str, spec: &Value, data: &Data, palette: &Palette) -> Result<Chart, NoChart> {
    let palette = palette.with(&spec["mark"]["colors"]);
    let input = Input { kind, spec, data, palette: &palette };
    match kind {
        // one side of the axis each
        "bar" | "line" | "area"
            if ["primary", "secondary"].iter().any(|side| spec["encodings"]["y"][side].is_object()) =>
        {
            combo::draw(&input)
        }
        "bar" | "line" | "area" => bars::draw(&input),
        "box" => boxes::draw(&input),
        "custom-vega-viz" => custom::draw(&input),
        "choropleth-map" => choropleth::draw(&input),
        "funnel" => funnel::draw(&input),
        "sankey" => sankey::draw(&input),
        "sunburst" => sunburst::draw(&input),
        "waterfall" => waterfall::draw(&input),
        "word-cloud" => words::draw(&input),
        "pie" => pie::draw(&input),
        "heatmap" => heatmap::draw(&input),
        "histogram" => histogram::draw(&input),
        "scatter" => scatter::draw(&input),
        "combo" => combo::draw(&input),
        "forecast-line" => forecast::draw(&input),
        "path-map" => path::draw(&input),
        "symbol-map" => map::draw(&input),
        other => Err(NoChart::Unsupported(format!("the preview does not draw widgets of the type `{other}`"))),
    }
}

/// A spec of layers over the given rows.
fn layered(rows: Vec<Value>, layers: Vec<Value>) -> Value {
    json!({"data": {"values": rows}, "layer": layers})
}

/// A tooltip of text fields.
fn tooltip(columns: &[(String, String)]) -> Value {
    columns.iter().map(|(field, title)| json!({"field": field, "type": "nominal", "title": title})).collect()
}
