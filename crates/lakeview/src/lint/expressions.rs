//! Rules of a widget's query: what its fields and filters may be.

use piq_diagnostics::closest;
use piq_sql::lint::unmatched;
use piq_sql::{FunctionKind, Token, TokenKind, closing, is_function, tokens};

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

/// Functions whose names differ by a letter or two from one that the editor writes.
const NEAR: [&str; 11] =
    ["array_add", "array_any", "array_max", "array_min", "cast", "least", "lcase", "map", "mod", "sin", "sub"];

/// The helper of the editor, which no one else may use.
const HELPER: &str = "associative_filter_predicate_group";

/// What is known of a dataset.
pub(super) struct DatasetColumns<'d> {
    /// Its columns, where its SQL shows them.
    pub(super) columns: Option<&'d Columns>,
    /// Its custom calculations, or the measures of its metric view.
    pub(super) calculations: &'d [DatasetMeasure],
    /// Whether it is a table or a metric view of the catalog.
    pub(super) is_asset: bool,
    /// Whether it is a metric view of its own.
    pub(super) is_metric_view: bool,
}

/// A calculation of a dataset.
pub(super) struct DatasetMeasure {
    pub(super) name: String,
    /// Whether it makes one value of a group of rows.
    pub(super) is_aggregate: bool,
}

/// Whether an expression makes one value of a group of rows.
pub(super) fn aggregates(all: &[Token<'_>]) -> bool {
    (0..all.len()).any(|at| {
        let called = all[at].kind == TokenKind::Word && all.get(at + 1).is_some_and(|t| t.is("("));
        let known =
            || is_function(all[at].raw, FunctionKind::Aggregate) || AGGREGATES.iter().any(|a| all[at].is_word(a));
        // over a window each row keeps its own value
        let of_window = || all.get(closing(all, at + 1) + 1).is_some_and(|t| t.is_word("over"));
        called && known() && !of_window()
    })
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
        if unreadable(value, &text, &all, report) {
            continue;
        }
        if all.iter().any(|t| t.content() == HELPER) {
            if fields.len() == 1 {
                let message = format!("the only field reads `{HELPER}`, which is a helper of the editor");
                report.warning("dashboard-expression", value.span(), message, "read a column of the dataset");
            }
            continue;
        }
        if let Some((function, near)) = misspelt(&all) {
            let message = format!("unknown function `{}`", function.raw);
            let hint = format!("did you mean `{}`?", near.to_uppercase());
            report.warning("dashboard-expression", text.in_file(&function.span), message, &hint);
        } else if !is_plain(&all) {
            let hint = "move it to the dataset: the query, or a custom calculation";
            let message = format!("`{}` is not a column or one aggregate of a column", text.text);
            report.warning("dashboard-expression", value.span(), message, hint);
        }
        let Some(dataset) = dataset else { continue };
        measure(&all, &text, query, dataset, report);
        bare_measure(&all, &text, dataset, report);
        let of_numbers = all.first().is_some_and(|t| t.is_any(&OF_NUMBERS));
        if let (true, Some(known), [_, open, name, ..]) = (of_numbers, dataset.columns, all.as_slice())
            && open.is("(")
            && column_of(name.raw, known).is_some_and(is_text)
        {
            let message = format!("`{}` of the text column `{}`", all[0].raw.to_uppercase(), name.content());
            report.warning("dashboard-field-type", value.span(), message, "cast the column in the dataset's query");
        }
    }
    mixed(query, &fields, dataset, report);
    for filter in query.get_items("filters") {
        if filter.get("expression").is_none_or(|e| e.kind() != JsonKind::String) {
            let hint = "write `{\"expression\": \"`column` IN ('value')\"}`";
            report.error("dashboard-expression", opening(filter), "a filter needs an `expression`", hint);
        }
    }
}

/// Reports an expression that no engine can read.
fn unreadable(value: JsonValue<'_>, text: &QueryText, all: &[Token<'_>], report: &mut LintReport<'_>) -> bool {
    if all.is_empty() {
        report.error("dashboard-expression", value.span(), "the expression of a field is empty", "name a column");
        return true;
    }
    if let Some(at) = unmatched(&text.text) {
        let message = format!("a bracket or quote of `{}` has no partner", text.text);
        let at = text.in_file(&(at.start..at.end.max(at.start + 1)));
        report.error("dashboard-expression", at, message, "close it");
        return true;
    }
    let empty = all.windows(3).find(|w| w[1].is("(") && w[2].is(")") && AGGREGATES.iter().any(|a| w[0].is_word(a)));
    if let Some(call) = empty {
        let message = format!("`{}` has no argument", call[0].raw);
        let hint = format!("name a column: `{}(`column`)`", call[0].raw.to_uppercase());
        report.error("dashboard-expression", text.in_file(&call[0].span), message, &hint);
        return true;
    }
    false
}

/// A call of one function over columns whose name is nearly that of a function that the editor writes.
fn misspelt<'t, 's>(all: &'t [Token<'s>]) -> Option<(&'t Token<'s>, &'static str)> {
    let [function, open, .., close] = all else { return None };
    let is_call = function.kind == TokenKind::Word && open.is("(") && close.is(")");
    let written = || AGGREGATES.into_iter().chain(["date_trunc", "bin_floor"]);
    let other =
        is_call && !written().any(|a| function.is_word(a)) && !is_function(function.raw, FunctionKind::Aggregate);
    let known = NEAR.iter().any(|name| function.is_word(name));
    let near = closest(&function.raw.to_lowercase(), written()).filter(|_| other && !known)?;
    Some((function, written().find(|name| *name == near)?))
}

/// In a query whose rows stay as they are an aggregate cannot stand beside a column.
fn mixed(
    query: JsonValue<'_>,
    fields: &[JsonValue<'_>],
    dataset: Option<&DatasetColumns<'_>>,
    report: &mut LintReport<'_>,
) {
    let Some(yes) = query.get("disaggregated").filter(|d| d.raw() == "true") else { return };
    let texts: Vec<_> = fields.iter().filter_map(|f| f.get_string("expression")).collect();
    let (mut aggregate, mut plain) = (None, None);
    for text in &texts {
        let all = tokens(text);
        let names = || all.iter().filter(|t| t.is_name());
        let calculation = dataset.and_then(|d| d.calculations.iter().find(|c| names().any(|t| t.content() == c.name)));
        let helper = names().any(|t| t.content() == HELPER);
        if helper || all.iter().any(|t| t.is_word("measure")) {
            // it is not read, or has a finding of its own
        } else if aggregates(&all) || calculation.is_some_and(|c| c.is_aggregate) {
            aggregate = aggregate.or(Some(text));
        } else if matches!(all.as_slice(), [only] if only.is_name()) {
            plain = plain.or(Some(text));
        }
    }
    if let (Some(aggregate), Some(plain)) = (aggregate, plain) {
        let message = format!("the query is not aggregated and reads `{aggregate}` beside {plain}");
        let hint = "write `\"disaggregated\": false`, which groups by the columns without an aggregate";
        report.error("dashboard-aggregation", yes.span(), message, hint);
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

/// A measure of a metric view has a value only in MEASURE.
fn bare_measure(all: &[Token<'_>], text: &QueryText, dataset: &DatasetColumns<'_>, report: &mut LintReport<'_>) {
    let is_bare = |at: usize| !at.checked_sub(2).is_some_and(|before| all[before].is_word("measure"));
    for (at, token) in all.iter().enumerate().filter(|(_, t)| t.kind == TokenKind::Quoted && dataset.is_metric_view) {
        if is_bare(at) && dataset.calculations.iter().any(|c| c.name == token.content()) {
            let message = format!("`{}` is a measure of the dataset's metric view", token.content());
            let hint = format!("write `MEASURE({})`", token.raw);
            report.warning("dashboard-measure", text.in_file(&token.span), message, &hint);
        }
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
    let known = dataset.is_asset || dataset.calculations.iter().any(|c| c.name == name.content());
    if !known {
        let message = format!("the dataset has no measure `{}`", name.content());
        let hint = match closest(&name.content(), dataset.calculations.iter().map(|c| c.name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None if dataset.is_metric_view => "MEASURE names a measure of the dataset's metric view".to_owned(),
            None => "MEASURE names a custom calculation of the dataset or a measure of a metric view".to_owned(),
        };
        report.error("dashboard-measure", text.in_file(&name.span), message, &hint);
    }
    if let Some(yes) = query.get("disaggregated").filter(|d| d.raw() == "true") {
        report.error("dashboard-measure", yes.span(), "a query with MEASURE must be aggregated", "write `false`");
        report.fix(yes.span(), "false");
    }
}
