//! Rules of widgets: names that lead nowhere, overrides of catalog and schema.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use piq_diagnostics::closest;
use piq_sql::tokens;

use super::super::contract::{Columns, Contract, config_of, offered as columns_of};
use super::super::json::{JsonKind, JsonValue};
use super::super::normalise::query_text;
use super::super::report::{LintReport, layout_items};
use super::super::use_head::use_head;
use super::expressions::DatasetMeasure;
use super::{encodings as specs, expressions, filters, texts, types};

/// What a dataset offers to widgets.
struct WidgetDataset {
    keywords: BTreeSet<String>,
    head: BTreeSet<String>,
    /// Its columns, where its SQL shows them.
    columns: Option<Columns>,
    calculations: Vec<DatasetMeasure>,
    is_asset: bool,
    is_metric_view: bool,
}

pub(super) fn check(root: JsonValue<'_>, report: &mut LintReport<'_>) {
    let datasets: BTreeMap<Cow<'_, str>, WidgetDataset> =
        root.get_items("datasets").filter_map(|d| Some((d.get_string("name")?, offered(d)))).collect();
    for page in root.get_items("pages") {
        for (_, widget) in layout_items(page) {
            queries(widget, &datasets, report);
            encodings(widget, report);
            specs::check(widget, report);
            texts::check(widget, report);
            let kind = widget.get("spec").and_then(|s| s.get_string("widgetType")).unwrap_or_default();
            if types::is_filter(&kind) {
                filters::check(widget, &kind, |name| datasets.get(name)?.columns.as_ref(), report);
            }
            for query in widget.get_items("queries").filter_map(|q| q.get("query")) {
                let dataset = query.get_string("datasetName").and_then(|name| datasets.get(&name));
                let dataset = dataset.map(|d| expressions::DatasetColumns {
                    columns: d.columns.as_ref(),
                    calculations: &d.calculations,
                    is_asset: d.is_asset,
                    is_metric_view: d.is_metric_view,
                });
                expressions::check(query, dataset.as_ref(), report);
            }
        }
    }
}

fn offered(dataset: JsonValue<'_>) -> WidgetDataset {
    let head = query_text(dataset).map(|q| use_head(&q).0).unwrap_or_default();
    WidgetDataset {
        keywords: dataset.get_items("parameters").filter_map(|p| Some(p.get_string("keyword")?.into_owned())).collect(),
        head: head.into_iter().map(|u| u.keyword).collect(),
        columns: columns_of(dataset, &Contract::default()),
        calculations: calculations(dataset),
        is_asset: dataset.get("asset_name").is_some(),
        is_metric_view: config_of(dataset).is_some(),
    }
}

/// The custom calculations of a dataset, or the measures of its metric view.
fn calculations(dataset: JsonValue<'_>) -> Vec<DatasetMeasure> {
    let (all, key) = match config_of(dataset) {
        Some(config) => (config.get("measures"), "expr"),
        None => (dataset.get("columns"), "expression"),
    };
    let of = |one: JsonValue<'_>| {
        let is_aggregate = one.get_string(key).is_some_and(|sql| expressions::aggregates(&tokens(&sql)));
        let names = ["displayName", "name"].into_iter().filter_map(|key| one.get_string(key)).map(Cow::into_owned);
        names.map(|name| DatasetMeasure { name, is_aggregate }).collect::<Vec<_>>()
    };
    all.into_iter().flat_map(JsonValue::items).flat_map(of).collect()
}

/// `there` is the message up to the name, such as `the dashboard has no dataset`.
fn dangling<'a>(value: JsonValue<'_>, there: &str, known: impl Iterator<Item = &'a str>, report: &mut LintReport<'_>) {
    let name = value.string().unwrap_or_default();
    let hint = match closest(&name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => String::new(),
    };
    report.error("dashboard-dangling-name", value.span(), format!("{there} `{name}`"), &hint);
}

fn queries(widget: JsonValue<'_>, datasets: &BTreeMap<Cow<'_, str>, WidgetDataset>, report: &mut LintReport<'_>) {
    report.duplicates("queries of a widget", widget.get_items("queries").filter_map(|q| q.get("name")));
    let selection = widget.get("spec").and_then(|s| s.get("selection")).and_then(|s| s.get("defaultSelection"));
    for query in widget.get_items("queries").filter_map(|q| q.get("query")) {
        report.duplicates("fields of a query", query.get_items("fields").filter_map(|f| f.get("name")));
        let Some(name) = query.get("datasetName") else { continue };
        let Some(dataset) = name.string().and_then(|n| datasets.get(&n)) else {
            dangling(name, "the dashboard has no dataset", datasets.keys().map(AsRef::as_ref), report);
            continue;
        };
        for keyword in query.get_items("parameters").filter_map(|p| p.get("keyword")) {
            let text = keyword.string().unwrap_or_default();
            if !dataset.keywords.contains(text.as_ref()) {
                let known = dataset.keywords.iter().map(String::as_str);
                let of = name.string().unwrap_or_default();
                dangling(keyword, &format!("dataset `{of}` has no parameter"), known, report);
            }
            if dataset.head.contains(text.as_ref())
                && let Some(selection) = selection.filter(|s| s.members().next().is_some())
            {
                overrides(selection, &text, report);
            }
        }
        for set in query.get_items("parameterValues") {
            let Some(keyword) = set.get("keyword").or_else(|| set.get("name")) else { continue };
            if let Some(text) = keyword.string().filter(|k| dataset.head.contains(k.as_ref())) {
                overrides(keyword, &text, report);
            }
        }
    }
}

fn overrides(place: JsonValue<'_>, keyword: &str, report: &mut LintReport<'_>) {
    let message = format!("a widget sets `{keyword}`, which the head of its dataset reads");
    let hint = "remove the value from the widget: the dataset's default decides the catalog and schema";
    report.error("dashboard-widget-override", place.span(), message, hint);
}

/// Every `queryName`, `fieldName` and `parameterName` in the encodings leads to something in the widget's queries.
fn encodings(widget: JsonValue<'_>, report: &mut LintReport<'_>) {
    let queries: Vec<JsonValue<'_>> = widget.get_items("queries").collect();
    let mut open: Vec<JsonValue<'_>> = widget.get("spec").and_then(|s| s.get("encodings")).into_iter().collect();
    while let Some(value) = open.pop() {
        match value.kind() {
            JsonKind::Array => open.extend(value.items()),
            JsonKind::Object => {
                names(value, &queries, report);
                open.extend(value.members().map(|(_, v)| v));
            }
            _ => {}
        }
    }
}

fn names(encoding: JsonValue<'_>, queries: &[JsonValue<'_>], report: &mut LintReport<'_>) {
    let mut from: Vec<JsonValue<'_>> = queries.to_vec();
    if let Some(value) = encoding.get("queryName")
        && let Some(name) = value.string()
    {
        from.retain(|q| q.get("name").is_some_and(|n| n.is(&name)));
        if from.is_empty() {
            let known: Vec<_> = queries.iter().filter_map(|q| q.get_string("name")).collect();
            return dangling(value, "the widget has no query", known.iter().map(AsRef::as_ref), report);
        }
    }
    for (key, list, what) in [
        ("fieldName", "fields", "the query has no field"),
        ("parameterName", "parameters", "the query has no parameter"),
    ] {
        let Some(value) = encoding.get(key).filter(|v| v.kind() == JsonKind::String) else { continue };
        let bodies = || from.iter().filter_map(|q| q.get("query"));
        if bodies().count() == 0 || bodies().any(|q| q.get(list).is_none()) {
            // a query without that list reads whatever its dataset has
            continue;
        }
        let known: Vec<_> = bodies().flat_map(|q| q.get_items(list).filter_map(|f| f.get_string("name"))).collect();
        // a slider asks for the ends of a column and names the column itself
        let ends = |name: &str| {
            let of = [format!("MIN(`{name}`)"), format!("MAX(`{name}`)")];
            let fields = bodies().flat_map(|q| q.get_items("fields").filter_map(|f| f.get_string("expression")));
            fields.filter(|e| of.iter().any(|o| o.eq_ignore_ascii_case(e))).count() == 2
        };
        if !value.string().is_some_and(|name| known.contains(&name) || ends(&name)) {
            dangling(value, what, known.iter().map(AsRef::as_ref), report);
        }
    }
}
