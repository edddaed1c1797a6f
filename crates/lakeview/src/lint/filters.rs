//! Rules of filter widgets.

use super::super::contract::{Columns, column_of, is_text};
use super::super::json::JsonValue;
use super::super::report::{LintReport, opening};

const CODE: &str = "dashboard-filter";

/// `columns` gives what is known of the columns of a dataset.
pub(super) fn check<'c>(
    widget: JsonValue<'_>,
    kind: &str,
    columns: impl Fn(&str) -> Option<&'c Columns>,
    report: &mut LintReport<'_>,
) {
    for query in widget.get_items("queries").filter_map(|q| q.get("query")) {
        if let Some(yes) = query.get("disaggregated").filter(|d| d.raw() == "true") {
            report.warning(CODE, yes.span(), "the query of a filter should be aggregated", "write `false`");
            report.fix(yes.span(), "false");
        }
    }
    let fields = widget.get("spec").and_then(|s| s.get("encodings")).and_then(|e| e.get("fields"));
    for field in fields.into_iter().flat_map(JsonValue::items) {
        if field.get("queryName").is_none() && widget.get_items("queries").count() > 1 {
            report.error(CODE, opening(field), "the field has no `queryName`", "add `queryName`");
        }
    }
    let queries = || widget.get_items("queries").filter_map(|q| q.get("query"));
    let expressions = |query: JsonValue<'_>| -> Vec<String> {
        query.get_items("fields").filter_map(|f| Some(f.get_string("expression")?.into_owned())).collect()
    };
    for query in queries() {
        let all = expressions(query);
        let Some(known) = query.get_string("datasetName").and_then(|d| columns(&d)) else { continue };
        for (n, expression) in all.iter().enumerate() {
            if !column_of(expression, known).is_some_and(is_text) {
                continue;
            }
            let place =
                query.get_items("fields").nth(n).and_then(|f| f.get("expression")).map_or(opening(query), |e| e.span());
            if kind.starts_with("filter-date") {
                report.error(
                    CODE,
                    place,
                    "a date filter reads a column of texts",
                    "cast it to DATE in the dataset's query",
                );
            } else if kind == "range-slider" {
                report.error(CODE, place, "a range slider reads a column of texts", "it needs a number or a time");
            }
        }
    }
    if kind == "range-slider" {
        for query in queries().filter(|q| q.get_items("parameters").next().is_none()) {
            let all = expressions(query);
            let has = |name: &str| all.iter().any(|e| e.to_uppercase().starts_with(name));
            if !(all.is_empty() || has("MIN(") && has("MAX(")) {
                let hint = "add a field with MIN(`column`) and one with MAX(`column`)";
                report.error(CODE, opening(query), "the query of a range slider needs MIN and MAX of its column", hint);
            }
        }
    }
}
