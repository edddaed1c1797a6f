//! Filter widgets as controls: what can be chosen and what is.

use jiff::civil::DateTime;

use super::filters::{Subject, default, selection, subjects};
use super::model::{DashboardModel, Page, Parameter, Widget};
use super::moment::{End, moment};
use super::picture::Filter;
use super::query::View;
use super::selection::Selection;
use super::statement::QueryTable;

/// Values that a filter offers at most.
pub(crate) const CHOICES: usize = 1_000;

/// The control of a filter; `values` is the result of [`View::choices`].
pub(crate) fn filter(view: &View<'_>, page: &Page, widget: &Widget, values: Option<&QueryTable>) -> Filter {
    let subjects = subjects(widget);
    let parameter = subjects.iter().find_map(|s| match s {
        Subject::Parameter { dataset, keyword } => parameter(view.dashboard, dataset, keyword),
        Subject::Column { .. } => None,
    });
    let control = match widget.kind.as_str() {
        "filter-date-picker" => "date",
        "filter-date-range-picker" => "dates",
        "range-slider" => "numbers",
        _ if values.is_none() => match parameter.map_or("", |p| p.data_type.as_str()) {
            "DATE" | "DATETIME" | "TIMESTAMP" => "date",
            _ => "text",
        },
        "filter-multi-select" => "multi",
        _ => "single",
    };
    let mut selected = selection(page, widget, view.chosen);
    let default = default(view.dashboard, widget);
    if selected.is_all() && !default.is_all() {
        selected = default.clone();
    }
    let narrows = selected != default;
    if control.starts_with("date") {
        selected = fixed(&selected, view.now);
    }
    let mut filter = Filter {
        control: control.to_owned(),
        shown: display_selection(&selected, "All"),
        all: if default.is_all() {
            "All".to_owned()
        } else if default == Selection::of([""]) {
            "Choose…".to_owned()
        } else {
            format!("Default ({})", display_selection(&default, "All"))
        },
        selection: selected,
        narrows,
        ..Filter::default()
    };
    match values {
        Some(values) if matches!(control, "single" | "multi") => {
            filter.options = values
                .rows
                .iter()
                .take(CHOICES)
                .map(|row| {
                    let value = row.first().cloned().flatten();
                    let text = value.clone().unwrap_or_else(|| "(no value)".to_owned());
                    (value, text)
                })
                .collect();
        }
        Some(values) => {
            let end = |n: usize| values.rows.first().and_then(|r| r.get(n)).cloned().flatten();
            filter.ends = end(0).zip(end(1));
        }
        None => {}
    }
    filter
}

fn parameter<'a>(dashboard: &'a DashboardModel, dataset: &str, keyword: &str) -> Option<&'a Parameter> {
    dashboard.dataset(dataset)?.parameters.iter().find(|p| p.keyword == keyword)
}

/// Relative dates as the days that they mean now.
fn fixed(selection: &Selection, now: DateTime) -> Selection {
    let day = |text: &Option<String>, end: End| {
        text.as_ref().map(|t| moment(t, now, end).map_or_else(|| t.clone(), |m| m.date().to_string()))
    };
    match selection {
        Selection::All => Selection::All,
        Selection::Values { values } => {
            Selection::Values { values: values.iter().map(|v| day(v, End::Start)).collect() }
        }
        Selection::Range { min, max } => Selection::Range { min: day(min, End::Start), max: day(max, End::Last) },
    }
}

fn display_selection(selection: &Selection, all: &str) -> String {
    let text = |t: &Option<String>| t.clone().unwrap_or_else(|| "(no value)".to_owned());
    match selection {
        _ if selection.is_all() => all.to_owned(),
        Selection::All => all.to_owned(),
        Selection::Values { values } => values.iter().map(text).collect::<Vec<_>>().join(", "),
        Selection::Range { min: Some(min), max: Some(max) } => format!("{min} – {max}"),
        Selection::Range { min: Some(min), max: None } => format!("from {min}"),
        Selection::Range { min: None, max } => format!("up to {}", text(max)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::super::dataset_query::Namespaces;
    use super::super::filters::Chosen;
    use super::super::model::DashboardModel;
    use super::super::query::View;
    use super::super::selection::Selection;
    use super::super::statement::QueryTable;
    use super::filter;

    fn dashboard(kind: &str, field: &serde_json::Value) -> DashboardModel {
        let text = json!({
            "datasets": [{"name": "d", "parameters": [{"keyword": "top", "dataType": "INTEGER",
                "defaultSelection": {"values": {"values": [{"value": "10"}]}}}]}],
            "pages": [{"name": "p", "layout": [{"widget": {"name": "w", "queries": [{"name": "q", "query": {"datasetName": "d"}}],
                "spec": {"widgetType": kind, "encodings": {"fields": [field]},
                    "selection": {"defaultSelection": {"range": {"min": {"value": "now/M"}, "max": {"value": "now/M"}}}}}}}]}],
        });
        DashboardModel::read(&text.to_string()).expect("a dashboard")
    }

    fn drawn(kind: &str, field: serde_json::Value, values: Option<&QueryTable>, chosen: &Chosen) -> super::Filter {
        let dashboard = dashboard(kind, &field);
        let page = &dashboard.pages[0];
        let now = date(2026, 11, 18).at(0, 0, 0, 0);
        let namespaces = &Namespaces::default();
        let view = View { dashboard: &dashboard, page, chosen, marks: &[], namespaces, now };
        filter(&view, page, &page.widgets[0], values)
    }

    #[test]
    fn a_parameter_shows_its_default_and_dates_are_days() {
        let chosen = Chosen::from([(("p".to_owned(), "w".to_owned()), Selection::All)]);
        let text = drawn("filter-single-select", json!({"parameterName": "top", "queryName": "q"}), None, &chosen);
        assert_eq!((text.control.as_str(), text.shown.as_str(), text.all.as_str()), ("text", "10", "Default (10)"));
        let dates =
            drawn("filter-date-range-picker", json!({"fieldName": "day", "queryName": "q"}), None, &Chosen::new());
        assert_eq!((dates.control.as_str(), dates.shown.as_str()), ("dates", "2026-11-01 – 2026-11-30"));
    }

    #[test]
    fn the_values_of_the_column_can_be_chosen() {
        let values = QueryTable { columns: vec![], rows: vec![vec![Some("a".into())], vec![None]] };
        let chosen = Chosen::from([(("p".to_owned(), "w".to_owned()), Selection::of(["a"]))]);
        let multi = drawn("filter-multi-select", json!({"fieldName": "x", "queryName": "q"}), Some(&values), &chosen);
        assert_eq!(multi.options, [(Some("a".into()), "a".into()), (None, "(no value)".into())]);
        assert_eq!((multi.control.as_str(), multi.selection), ("multi", Selection::of(["a"])));
    }
}
