//! The types of widgets: the versions that Databricks draws, and the encodings without which nothing is drawn.

/// One form of a type of widget: of a type whose encodings changed with its version there are several.
pub(super) struct WidgetType {
    pub(super) name: &'static str,
    /// The versions of this form. The first one is what the editor writes today.
    pub(super) versions: &'static [i64],
    /// Encodings that must name a field; of several in one entry (`a|b`) one is enough. With `?` the widget is drawn
    /// without it if it has another one.
    pub(super) required: &'static [&'static str],
}

const fn widget(name: &'static str, versions: &'static [i64], required: &'static [&'static str]) -> WidgetType {
    WidgetType { name, versions, required }
}

/// All types; of several forms the newest comes last. Charts that were drawn by two versions of the editor have both.
const TYPES: [WidgetType; 30] = [
    widget("area", &[3], &["?x", "?y"]),
    widget("bar", &[3], &["?x", "?y"]),
    widget("box", &[1, 3], &["y"]),
    widget("choropleth-map", &[1], &["region", "color"]),
    widget("combo", &[1], &["x", "y.primary|y.secondary|y.fields"]),
    widget("counter", &[2], &["value|target|period"]),
    widget("custom-vega-viz", &[1], &[]),
    widget("filter-date-picker", &[2], &["fields"]),
    widget("filter-date-range-picker", &[2], &["fields"]),
    widget("filter-multi-select", &[2], &["fields"]),
    widget("filter-single-select", &[2], &["fields"]),
    widget("filter-text-entry", &[2], &["fields"]),
    widget("forecast-line", &[1], &["x", "y.original", "y.prediction", "y.predictionUpper", "y.predictionLower"]),
    widget("funnel", &[1, 3], &["x", "y"]),
    widget("gantt", &[1], &["rows", "range"]),
    widget("heatmap", &[3], &["x", "y", "color"]),
    widget("histogram", &[3], &["x"]),
    widget("line", &[3], &["?x", "?y"]),
    widget("path-map", &[1], &["path"]),
    widget("pie", &[3], &["angle", "?color"]),
    widget("pivot", &[3], &["cell", "rows|columns"]),
    widget("pivot", &[4], &["cells", "rows|columns"]),
    widget("range-slider", &[2], &["fields"]),
    widget("sankey", &[1], &["value", "stages"]),
    widget("scatter", &[3], &["x", "y"]),
    widget("sunburst", &[1], &[]),
    widget("symbol-map", &[2], &["coordinates"]),
    widget("table", &[2, 1, 3], &[]),
    widget("waterfall", &[1, 3], &["x", "y"]),
    widget("word-cloud", &[1, 2], &[]),
];

/// The forms of the type of that name; none if there is no such type.
pub(super) fn forms(name: &str) -> Vec<&'static WidgetType> {
    TYPES.iter().filter(|t| t.name == name).collect()
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|t| t.name)
}

/// Whether widgets of this type select what others show.
pub(super) fn is_filter(name: &str) -> bool {
    name.starts_with("filter-") || name == "range-slider"
}
