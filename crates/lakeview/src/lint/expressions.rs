//! Rules of a widget's query: what its fields and filters may be.

use piq_sql::{Token, TokenKind, tokens};

use super::super::contract::{Columns, column_of, is_text};
use super::super::json::{JsonKind, JsonValue};
use super::super::query::QueryText;
use super::super::report::{LintReport, opening};

/// Functions over a group of rows that the editor writes.
const AGGREGATES: [&str; 20] = [
    "sum",
    "count",
    "avg",
    "min",
    "max",
    "median",
    "percentile",
    "measure",
    "count_if",
    "stddev",
    "variance",
    "any_value",
    "first",
    "last",
    "mode",
    "approx_count_distinct",
    "collect_set",
    "collect_list",
    "listagg",
    "array_agg",
];

/// Functions that need numbers.
const OF_NUMBERS: [&str; 6] = ["sum", "avg", "median", "percentile", "stddev", "variance"];

/// The helper of the editor, which no one else may use.
const HELPER: &str = "associative_filter_predicate_group";

/// What is known of a dataset.
pub(super) struct DatasetColumns<'d> {
    /// Its columns, where its SQL shows them.
    pub(super) columns: Option<&'d Columns>,
    /// Names of its custom calculations.
    pub(super) calculations: &'d [String],
    /// Whether it is a table or a metric view itself.
    pub(super) is_asset: bool,
}

pub(super) fn check(query: JsonValue<'_>, dataset: Option<&DatasetColumns<'_>>, report: &mut LintReport<'_>) {
    let fields: Vec<JsonValue<'_>> = query.get_items("fields").collect();
    for field in &fields {
        let Some(value) = field.get("expression") else {
            let name = field.get("name").map_or("…", |n| n.raw());
            report.error("dashboard-expression", opening(*field), format!("the field {name} has no expression"), "");
            continue;
        };
        if value.kind() != JsonKind::String {
            report.error("dashboard-expression", value.span(), "an expression must be a text", "");
            continue;
        }
        let text = QueryText::of_string(value);
        let all = tokens(&text.text);
        if all.iter().any(|t| t.content() == HELPER) {
            if fields.len() == 1 {
                let message = format!("the only field reads `{HELPER}`, which is a helper of the editor");
                report.warning("dashboard-expression", value.span(), message, "read a column of the dataset");
            }
            continue;
        }
        if !is_plain(&all) {
            let hint = "move it to the dataset: the query, or a custom calculation";
            let message = format!("`{}` is not a column or one aggregate of a column", text.text);
            report.warning("dashboard-expression", value.span(), message, hint);
        }
        let Some(dataset) = dataset else { continue };
        measure(&all, &text, query, dataset, report);
        let of_numbers = all.first().is_some_and(|t| t.is_any(&OF_NUMBERS));
        if let (true, Some(known), [_, open, name, ..]) = (of_numbers, dataset.columns, all.as_slice())
            && open.is("(")
            && column_of(name.raw, known).is_some_and(is_text)
        {
            let message = format!("`{}` of the text column `{}`", all[0].raw.to_uppercase(), name.content());
            report.warning("dashboard-field-type", value.span(), message, "cast the column in the dataset's query");
        }
    }
    for filter in query.get_items("filters") {
        if filter.get("expression").is_none_or(|e| e.kind() != JsonKind::String) {
            let hint = "write `{\"expression\": \"`column` IN ('value')\"}`";
            report.error("dashboard-expression", opening(filter), "a filter needs an `expression`", hint);
        }
    }
}

/// A column, one function over a column, or a count of rows.
fn is_plain(all: &[Token<'_>]) -> bool {
    let column = |t: &Token<'_>| t.is_name();
    match all {
        [name] => column(name),
        [function, open, rest @ .., close] if open.is("(") && close.is(")") => {
            let known = AGGREGATES.iter().any(|a| function.is_word(a)) || function.is_any(&["date_trunc", "bin_floor"]);
            let simple = match rest {
                [one] => column(one) || one.is("*") || one.kind == TokenKind::Number,
                [distinct, one] => distinct.is_word("distinct") && column(one),
                [first, comma, second] => comma.is(",") && (column(first) || column(second)),
                _ => false,
            };
            known && simple
        }
        _ => false,
    }
}

/// `MEASURE(name)` names a calculation of the dataset or a measure of its metric view.
fn measure(
    all: &[Token<'_>],
    text: &QueryText,
    query: JsonValue<'_>,
    dataset: &DatasetColumns<'_>,
    report: &mut LintReport<'_>,
) {
    let [function, _, name, ..] = all else { return };
    if !function.is_word("measure") {
        return;
    }
    let known = dataset.is_asset || dataset.calculations.iter().any(|c| *c == name.content());
    if !known {
        let message = format!("the dataset has no measure `{}`", name.content());
        let hint = "MEASURE names a custom calculation of the dataset or a measure of a metric view";
        report.error("dashboard-measure", text.in_file(&name.span), message, hint);
    }
    if let Some(yes) = query.get("disaggregated").filter(|d| d.raw() == "true") {
        report.error("dashboard-measure", yes.span(), "a query with MEASURE must be aggregated", "write `false`");
        report.fix(yes.span(), "false");
    }
}
