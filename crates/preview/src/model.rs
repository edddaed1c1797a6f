//! A dashboard as the preview draws it. Reading is tolerant: what is missing or strange is left out, and a widget
//! that cannot be drawn says so itself.

use indexmap::IndexMap;
use serde_json::Value;

use super::legacy;
use super::palette::Palette;
use super::selection::Selection;
use super::value::{list, shown, text};

/// A dashboard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dashboard {
    /// The datasets, in the order of the file.
    pub datasets: Vec<Dataset>,
    /// The pages, in the order of the file.
    pub pages: Vec<Page>,
    /// Colours of series without a colour of their own.
    pub palette: Palette,
}

/// One query of the dashboard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dataset {
    /// Its name in the file.
    pub name: String,
    /// The SQL with its head; empty if the dataset is a table or view.
    pub sql: String,
    /// The table or view, such as a metric view, that is the dataset.
    pub asset: Option<String>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Custom calculations: SQL expressions by their shown names.
    pub calculations: IndexMap<String, String>,
    /// Catalog of unqualified names, if the dataset has its own.
    pub catalog: Option<String>,
    /// Schema of unqualified names, if the dataset has its own.
    pub schema: Option<String>,
}

/// A parameter of a dataset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameter {
    /// Its name in the SQL, `:keyword`.
    pub keyword: String,
    /// `STRING`, `DATE`, `DATETIME`, `INTEGER` or `DECIMAL`.
    pub data_type: String,
    /// How many values it takes.
    pub shape: Shape,
    /// What holds until somebody selects.
    pub default: Selection,
}

/// How many values a parameter takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One.
    #[default]
    Single,
    /// Any number.
    Multi,
    /// A least and a greatest one.
    Range,
}

/// A page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    /// Its name in the file.
    pub name: String,
    /// The shown title.
    pub title: String,
    /// Whether its filters act on every page.
    pub global: bool,
    /// Columns of the grid: 6 or 12.
    pub columns: u64,
    /// The widgets.
    pub widgets: Vec<Widget>,
}

/// A widget.
#[derive(Debug, Clone, Default)]
pub(crate) struct Widget {
    /// Its name in the file.
    pub name: String,
    /// The shown title.
    pub title: Option<String>,
    /// The shown description.
    pub description: Option<String>,
    /// Where it stands on the grid.
    pub place: Place,
    /// Its queries.
    pub queries: Vec<WidgetQuery>,
    /// What is drawn: `bar`, `counter`, `filter-multi-select`, `text` …; empty if the file does not say.
    pub kind: String,
    /// Markdown of a text widget.
    pub text: String,
    /// The widget's `spec`.
    pub spec: Value,
}

/// Place on the grid, in cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// First column, from 0.
    pub x: u64,
    /// First row, from 0.
    pub y: u64,
    /// Columns.
    pub width: u64,
    /// Rows.
    pub height: u64,
}

/// What a widget asks of one dataset.
#[derive(Debug, Clone, Default)]
pub(crate) struct WidgetQuery {
    /// Its name within the widget.
    pub name: String,
    /// The dataset.
    pub dataset: String,
    /// What is read; everything if empty.
    pub fields: Vec<Field>,
    /// Rows as they are, not grouped.
    pub disaggregated: bool,
    /// Conditions that always hold.
    pub filters: Vec<String>,
    /// The order of the rows.
    pub orders: Vec<Order>,
    /// Parameters that the widget sets itself.
    pub parameter_values: Vec<(String, Selection)>,
}

/// A named expression.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Field {
    /// What encodings call it.
    pub name: String,
    /// SQL over the dataset's columns.
    pub expression: String,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// SQL over the dataset's columns.
    pub expression: String,
    /// Greatest first.
    pub descending: bool,
}

impl Dashboard {
    /// Reads the text of a file. An error says in one line why it is no dashboard.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let root: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|e| format!("the file is not JSON: {e}"))?;
        if !root.is_object() {
            return Err("the file is no dashboard: its root is no object".to_owned());
        }
        let datasets: Vec<Dataset> = list(&root["datasets"]).iter().map(dataset).collect();
        let pages = list(&root["pages"]).iter().map(page).collect();
        Ok(Self { datasets, pages, palette: Palette::of_theme(&root["uiSettings"]["theme"]) })
    }

    /// The dataset of that name.
    pub(crate) fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.datasets.iter().find(|d| d.name == name)
    }

    /// The page of that name and the widget of that name on it.
    pub(crate) fn widget(&self, page: &str, widget: &str) -> Option<(&Page, &Widget)> {
        let page = self.pages.iter().find(|p| p.name == page)?;
        Some((page, page.widgets.iter().find(|w| w.name == widget)?))
    }
}

impl Widget {
    /// Whether it selects what other widgets show.
    pub(crate) fn is_filter(&self) -> bool {
        self.kind.starts_with("filter-") || self.kind == "range-slider"
    }

    /// The query that the widget draws.
    pub(crate) fn main_query(&self) -> Option<&WidgetQuery> {
        self.query("main_query").or_else(|| self.queries.first())
    }

    /// The query of that name; the first if there is only one.
    pub(crate) fn query(&self, name: &str) -> Option<&WidgetQuery> {
        self.queries
            .iter()
            .find(|q| q.name == name)
            .or_else(|| self.queries.first().filter(|_| self.queries.len() == 1))
    }
}

fn words(value: &Value) -> String {
    text(value).unwrap_or_default()
}

fn dataset(value: &Value) -> Dataset {
    let lines: String = list(&value["queryLines"]).iter().filter_map(Value::as_str).collect();
    Dataset {
        name: words(&value["name"]),
        sql: if lines.is_empty() { words(&value["query"]) } else { lines },
        asset: shown(&value["asset_name"]),
        parameters: list(&value["parameters"]).iter().map(parameter).collect(),
        calculations: list(&value["columns"])
            .iter()
            .filter_map(|c| Some((text(&c["displayName"])?, text(&c["expression"])?)))
            .collect(),
        catalog: shown(&value["catalog"]),
        schema: shown(&value["schema"]),
    }
}

fn parameter(value: &Value) -> Parameter {
    Parameter {
        keyword: words(&value["keyword"]),
        data_type: words(&value["dataType"]),
        shape: match value["complexType"].as_str() {
            Some("MULTI") => Shape::Multi,
            Some("RANGE") => Shape::Range,
            _ => Shape::Single,
        },
        default: Selection::of_file(&value["defaultSelection"]),
    }
}

fn page(value: &Value) -> Page {
    let name = words(&value["name"]);
    Page {
        title: shown(&value["displayName"]).unwrap_or_else(|| name.clone()),
        name,
        global: value["pageType"] == "PAGE_TYPE_GLOBAL_FILTERS",
        columns: if value["layoutVersion"] == "GRID_V1" { 12 } else { 6 },
        widgets: list(&value["layout"]).iter().map(widget).collect(),
    }
}

fn widget(item: &Value) -> Widget {
    let (value, position) = (&item["widget"], &item["position"]);
    let cell = |key: &str| position[key].as_u64().unwrap_or(0).min(10_000);
    let queries: Vec<WidgetQuery> = list(&value["queries"]).iter().map(query).collect();
    let mut spec = value["spec"].clone();
    if let Some(modern) = legacy::modern(&spec, &queries) {
        spec = modern;
    }
    let frame = &spec["frame"];
    let said = |flag: &str, key: &str| frame[flag].as_bool().unwrap_or(true).then(|| shown(&frame[key])).flatten();
    let markdown = markdown(value);
    Widget {
        name: words(&value["name"]),
        title: said("showTitle", "title"),
        description: said("showDescription", "description"),
        place: Place { x: cell("x"), y: cell("y"), width: cell("width").max(1), height: cell("height").max(1) },
        kind: if markdown.is_some() { "text".to_owned() } else { words(&spec["widgetType"]) },
        text: markdown.unwrap_or_default(),
        queries,
        spec,
    }
}

fn markdown(value: &Value) -> Option<String> {
    if let Some(lines) = value["multilineTextboxSpec"]["lines"].as_array() {
        return Some(lines.iter().filter_map(Value::as_str).collect());
    }
    value["textbox_spec"].as_str().map(str::to_owned)
}

fn query(value: &Value) -> WidgetQuery {
    let inner = &value["query"];
    WidgetQuery {
        name: words(&value["name"]),
        dataset: words(&inner["datasetName"]),
        fields: list(&inner["fields"])
            .iter()
            .map(|f| Field { name: words(&f["name"]), expression: words(&f["expression"]) })
            .collect(),
        disaggregated: inner["disaggregated"].as_bool().unwrap_or(false),
        filters: list(&inner["filters"]).iter().filter_map(|f| text(&f["expression"])).collect(),
        orders: list(&inner["orders"])
            .iter()
            .filter_map(|o| Some(Order { expression: text(&o["expression"])?, descending: o["direction"] == "DESC" }))
            .collect(),
        parameter_values: list(&inner["parameterValues"])
            .iter()
            .filter_map(|p| Some((text(&p["keyword"])?, Selection::of_file(&p["selection"]))))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Dashboard, Shape};

    #[test]
    fn what_is_missing_or_strange_is_left_out() {
        let text = "\u{feff}{\"datasets\": [{\"name\": \"d\", \"queryLines\": [\"SELECT\\n\", 1, \"x\"], \"parameters\": \
                    [{\"keyword\": \"p\", \"complexType\": \"MULTI\"}]}, 7], \"pages\": [{\"name\": \"p\", \"layout\": \
                    [{\"widget\": {\"textbox_spec\": \"# Hi\"}}, {}]}], \"later\": {}}";
        let dashboard = Dashboard::read(text).expect("a dashboard");
        assert_eq!(dashboard.datasets[0].sql, "SELECT\nx");
        assert_eq!(dashboard.datasets[0].parameters[0].shape, Shape::Multi);
        let page = &dashboard.pages[0];
        assert_eq!((page.title.as_str(), page.columns, page.widgets.len()), ("p", 6, 2));
        assert_eq!((page.widgets[0].kind.as_str(), page.widgets[0].text.as_str()), ("text", "# Hi"));
        assert_eq!(page.widgets[0].place.width, 1);
        for broken in ["", "[]", "{", "3"] {
            assert!(Dashboard::read(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn every_public_dashboard_is_read() {
        for path in piq_testing::public_dashboards() {
            let text = std::fs::read_to_string(&path).expect("a file");
            let dashboard = Dashboard::read(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            for widget in dashboard.pages.iter().flat_map(|p| &p.widgets) {
                assert!(!widget.kind.is_empty(), "{}: `{}` has no kind", path.display(), widget.name);
            }
        }
    }
}
