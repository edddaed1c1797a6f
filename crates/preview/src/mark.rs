//! Clicks on the marks of charts: they filter the other widgets of their page that read the same dataset.

use serde::Deserialize;

use super::model::{Page, Widget};
use super::selection::Selection;

/// A mark that the viewer clicked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Clicked {
    /// The chart's page.
    pub page: String,
    /// The chart.
    pub widget: String,
    /// The values of the chart's fields at the mark: as the picture gave them.
    pub key: Vec<Part>,
}

/// The value of one field at a mark.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Part {
    /// The field of the chart's query.
    pub field: String,
    /// Its value; the missing one has none.
    pub value: Option<String>,
    /// Whether it is a day.
    pub day: bool,
}

/// What a click demands of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The dataset.
    pub dataset: String,
    /// An expression over its columns, as the file has it.
    pub expression: String,
    /// What is selected of it.
    pub selection: Selection,
    /// Whether that is a day.
    pub day: bool,
}

/// What clicks on a page demand of its widgets, but of the one that was clicked: it keeps showing all of its marks.
pub(crate) fn marks(page: &Page, but: &Widget, clicked: &[Clicked]) -> Vec<Mark> {
    let mut found = Vec::new();
    for click in clicked.iter().filter(|c| c.page == page.name && c.widget != but.name) {
        let Some(chart) = page.widgets.iter().find(|w| w.name == click.widget) else { continue };
        let Some(query) = chart.main_query() else { continue };
        for part in &click.key {
            let Some(field) = query.fields.iter().find(|f| f.name == part.field) else { continue };
            found.push(Mark {
                dataset: query.dataset.clone(),
                expression: field.expression.clone(),
                selection: Selection::Values { values: vec![part.value.clone()] },
                day: part.day && part.value.is_some(),
            });
        }
    }
    found
}
