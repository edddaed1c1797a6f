//! A dashboard as the preview draws it.

use indexmap::IndexMap;
use piq_lakeview::metric_view::MetricView;
use serde_json::Value;

use super::palette::Palette;
use super::selection::Selection;

/// A dashboard.
#[derive(Debug, Clone, Default)]
pub(crate) struct DashboardModel {
    /// The datasets, in the order of the file.
    pub datasets: Vec<DatasetModel>,
    /// The pages, in the order of the file.
    pub pages: Vec<Page>,
    /// Colours of series without a colour of their own.
    pub palette: Palette,
}

/// One query of the dashboard.
#[derive(Debug, Clone, Default)]
pub(crate) struct DatasetModel {
    /// Its name in the file.
    pub name: String,
    /// The SQL with its head; empty if the dataset is a table or view.
    pub sql: String,
    /// The table or view, such as a metric view, that is the dataset.
    pub asset: Option<String>,
    /// The metric view of the dashboard's own that is the dataset.
    pub view: Option<MetricView>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Custom calculations, or the fields of the metric view: SQL expressions by their shown names.
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
    pub place: GridPosition,
    /// Its queries.
    pub queries: Vec<WidgetQuery>,
    /// What is drawn: `bar`, `counter`, `filter-multi-select`, `text` …; empty if the file does not say.
    pub kind: String,
    /// Markdown of a text widget.
    pub text: String,
    /// The widget's `spec`.
    pub spec: WidgetSpec,
}

/// The `spec` of a widget as compact JSON: a tree of values takes ten times the room, and few widgets are looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct WidgetSpec(Box<str>);

impl WidgetSpec {
    /// Keeps this value.
    pub(crate) fn of(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// The value; null if the widget has no spec.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

/// Place on the grid, in cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct GridPosition {
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
    pub fields: Vec<FieldModel>,
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
pub(crate) struct FieldModel {
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

impl DashboardModel {
    /// The dataset of that name.
    pub(crate) fn dataset(&self, name: &str) -> Option<&DatasetModel> {
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
