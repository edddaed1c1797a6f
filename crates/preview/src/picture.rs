//! What the page draws for a widget. The page adds nothing to its meaning: all formats and orders are made here.

use serde::Serialize;
use serde_json::Value;

use super::selection::Selection;

/// A widget, drawn or not.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Picture {
    /// A chart.
    Chart {
        /// A Vega-Lite spec without size and theme.
        spec: Value,
        /// How many bands the vertical axis has; 0 without bands.
        bands: usize,
        /// Labels of the bands of the horizontal axis.
        labels: Vec<String>,
        /// Field and title of what its data shows as a table.
        columns: Vec<(String, String)>,
    },
    /// One number.
    Counter(Counter),
    /// Rows and columns.
    Table(Grid),
    /// Rows and columns whose heads are values.
    Pivot(Grid),
    /// Text.
    Text {
        /// Its Markdown as harmless HTML.
        html: String,
    },
    /// A control that selects.
    Filter(Filter),
    /// No rows.
    Empty,
    /// Not drawn by the preview.
    Unsupported {
        /// Why.
        reason: String,
    },
    /// The widget or its query is wrong.
    Failed {
        /// What the endpoint or the preview says.
        error: String,
    },
}

/// A picture with what a viewer may want to know about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Drawing {
    /// The picture.
    pub picture: Picture,
    /// The SQL that was run, with its bound values.
    pub sql: Option<String>,
    /// A remark, such as how many rows are shown.
    pub note: Option<String>,
}

impl Drawing {
    /// A picture without SQL.
    pub(crate) fn of(picture: Picture) -> Self {
        Self { picture, sql: None, note: None }
    }
}

/// One number with what it is compared to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Counter {
    /// As it is shown.
    pub value: String,
    /// As it came.
    pub raw: String,
    /// What it counts.
    pub label: Option<String>,
    /// Its colour.
    pub color: Option<String>,
    /// The number that it is compared to, with its name.
    pub target: Option<String>,
    /// The change, such as `+12.5%`.
    pub change: Option<String>,
    /// Whether the change is up, down or none.
    pub trend: Option<i8>,
}

/// Rows and columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Grid {
    /// Rows of the head, from the top.
    pub head: Vec<Vec<Head>>,
    /// The rows.
    pub rows: Vec<Vec<Item>>,
    /// How many columns at the left are heads of their row.
    pub heads: usize,
    /// Rows that are shown at once; all if 0.
    pub page: usize,
}

/// A cell of the head.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Head {
    /// Its text.
    pub text: String,
    /// What its column means.
    pub title: Option<String>,
    /// Columns that it spans.
    pub span: usize,
    /// Numbers stand at the right.
    pub right: bool,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Item {
    /// Its text.
    #[serde(rename = "t")]
    pub text: String,
    /// What it is sorted by.
    #[serde(rename = "s")]
    pub sort: Value,
    /// Colour of the text.
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Colour of the cell.
    #[serde(rename = "b", skip_serializing_if = "Option::is_none")]
    pub background: Option<String>,
    /// Where it leads: `http`, `https` or `mailto`.
    #[serde(rename = "h", skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The address holds what stands in a cell: the page names its host before it leads there.
    #[serde(rename = "g", skip_serializing_if = "std::ops::Not::not")]
    pub guarded: bool,
    /// Harmless HTML in the place of the text.
    #[serde(rename = "m", skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// What shows when the pointer rests on it.
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    pub tip: Option<String>,
    /// A total.
    #[serde(rename = "f", skip_serializing_if = "std::ops::Not::not")]
    pub total: bool,
}

/// A control that selects.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Filter {
    /// `single`, `multi`, `date`, `dates`, `numbers` or `text`.
    pub control: String,
    /// What can be chosen: value and text; the missing value has no value.
    pub options: Vec<(Option<String>, String)>,
    /// The ends of what can be chosen.
    pub ends: Option<(String, String)>,
    /// What is selected.
    pub selection: Selection,
    /// Whether something else than the default is selected.
    pub narrows: bool,
    /// The selection as text.
    pub shown: String,
    /// What holds if nothing is selected: `All`, or the parameter's default.
    pub all: String,
}
