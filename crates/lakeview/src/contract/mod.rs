//! Checks a dashboard against what the pipeline creates: each column that is read exists, each literal that is
//! compared with a column is one of its values and of its type.
//!
//! The check knows SQL by its tokens only. Where it cannot tell (table functions, lateral views, tables of others) it
//! stays silent: what it reports is wrong.

mod columns;
mod created;
mod infer;
mod literals;
mod model;
mod scope;
mod select;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use piq_diagnostics::closest;

use super::json::{JsonKind, JsonValue};
use super::metric_view::{SOURCE, is_query, source_of};
use super::preamble::prepare;
use super::query::QueryText;
use super::report::{LintReport, layout_items};
use super::use_head::use_head;
pub use created::add_created;
pub(crate) use model::Columns;
pub use model::{Contract, ContractTable, TableColumn};
use piq_sql::{Token, TokenKind, is_blank_sql, statements, tokens};
use scope::NameScope;

/// Checks what the datasets read and what widgets read of them. Without a contract only columns that the file itself
/// shows are checked.
pub(crate) fn check(root: JsonValue<'_>, contract: Option<&Contract>, report: &mut LintReport<'_>) {
    let nothing = Contract::default();
    for dataset in root.get_items("datasets") {
        if let Some(contract) = contract {
            sources(dataset).iter().for_each(|query| reads(query, contract, report));
        }
        if let Some(config) = config_of(dataset) {
            expressions(config, contract.unwrap_or(&nothing), report);
        }
        let Some(name) = dataset.get_string("name") else { continue };
        let columns = offered(dataset, contract.unwrap_or(&nothing));
        widgets(root, &name, columns.as_ref(), contract.is_some(), report);
    }
}

/// The metric view that a dataset without a query of its own is.
pub(crate) fn config_of(dataset: JsonValue<'_>) -> Option<JsonValue<'_>> {
    let own = QueryText::of_dataset(dataset).is_some_and(|query| !is_blank_sql(&query.text));
    dataset.get("config").filter(|config| config.kind() == JsonKind::Object && !own)
}

/// Every query that a dataset reads tables with: its own, or those of the source and the joins of its metric view.
pub(crate) fn sources(dataset: JsonValue<'_>) -> Vec<QueryText> {
    let Some(config) = config_of(dataset) else { return QueryText::of_dataset(dataset).into_iter().collect() };
    let mut found = Vec::new();
    let mut open = vec![config];
    while let Some(one) = open.pop() {
        found.extend(source(one));
        open.extend(one.get_items("joins"));
    }
    found
}

/// The source of a metric view or of a join as a query.
fn source(of: JsonValue<'_>) -> Option<QueryText> {
    let text = source_of(of)?;
    if is_query(&tokens(&text.text)) { Some(text) } else { of.get("source").map(QueryText::of_table_name) }
}

/// The expressions of a metric view read columns of its source, where these are known.
fn expressions(config: JsonValue<'_>, contract: &Contract, report: &mut LintReport<'_>) {
    if config.get_items("joins").next().is_some() {
        return;
    }
    let Some(columns) = source(config).and_then(|query| columns_of_query(&query, contract)) else { return };
    let all = || ["dimensions", "fields", "measures"].into_iter().flat_map(|key| config.get_items(key));
    let named: BTreeSet<String> = all().filter_map(|one| Some(one.get_string("name")?.to_lowercase())).collect();
    for value in all().filter_map(|one| one.get("expr")).chain(config.get("filter")) {
        let text = QueryText::of_string(value);
        let words = tokens(&text.text);
        let scope = NameScope::of_expression(&words, SOURCE, &columns, &named);
        columns::check(&words, &text, &scope, report);
    }
}

/// What one query reads exists.
fn reads(query: &QueryText, contract: &Contract, report: &mut LintReport<'_>) {
    let Some((all, set)) = body(query) else { return };
    let mut scope = NameScope::new(&all, contract);
    scope.define(set);
    for at in &scope.missing {
        let name = all[*at].content();
        let near = closest(&name, contract.tables.keys().map(String::as_str));
        let message = format!("the pipeline does not create the table or view `{name}`");
        report.error("dashboard-unknown-table", query.in_file(&all[*at].span), message, &did_you_mean(near));
    }
    columns::check(&all, query, &scope, report);
    literals::check(&all, query, &scope, report);
}

/// The tokens of the statement that gives the rows, and the names that the statements before it set. `None` if there
/// are statements that Databricks does not run there.
fn body(query: &QueryText) -> Option<(Vec<Token<'_>>, BTreeSet<String>)> {
    let (_, start) = use_head(&query.text);
    let all: Vec<Token<'_>> = tokens(&query.text).into_iter().filter(|t| t.span.start >= start).collect();
    let parts = statements(&all);
    let Some((last, before)) = parts.split_last() else { return Some((Vec::new(), BTreeSet::new())) };
    if !before.is_empty() && prepare(&query.text[start..]).is_err() {
        return None;
    }
    let set = before.iter().flat_map(|s| s.iter()).filter(|t| t.is_name()).map(|t| t.content().to_lowercase());
    Some((last.to_vec(), set.collect()))
}

/// The columns that a query gives; `None` where its SQL does not show them.
fn columns_of_query(query: &QueryText, contract: &Contract) -> Option<Columns> {
    let (all, _) = body(query)?;
    select::columns(&all, 0..all.len(), contract)
}

/// The columns that a dataset gives to widgets, with its calculations; `None` where its SQL does not show them.
pub(crate) fn offered(dataset: JsonValue<'_>, contract: &Contract) -> Option<Columns> {
    let names = |of: JsonValue<'_>, keys: &[&str]| {
        let found: Vec<String> = keys.iter().filter_map(|k| Some(of.get_string(k)?.to_lowercase())).collect();
        found.into_iter().map(|name| (name, TableColumn::default()))
    };
    if let Some(config) = config_of(dataset) {
        let all = ["dimensions", "fields", "measures"].into_iter().flat_map(|key| config.get_items(key));
        return Some(all.flat_map(|one| names(one, &["name", "displayName"])).collect());
    }
    let mut columns = columns_of_query(&QueryText::of_dataset(dataset)?, contract)?;
    for calculation in dataset.get_items("columns") {
        columns.extend(names(calculation, &["displayName", "name"]));
    }
    Some(columns)
}

/// The column that an expression reads as it is, or the ends of.
pub(crate) fn column_of<'c>(expression: &str, known: &'c Columns) -> Option<&'c TableColumn> {
    let all = tokens(expression);
    let name = match all.as_slice() {
        [name] => name,
        [function, open, name, close] if function.is_any(&["min", "max"]) && open.is("(") && close.is(")") => name,
        _ => return None,
    };
    known.get(&name.content().to_lowercase()).filter(|_| name.is_name())
}

/// Whether a column is known to hold texts.
pub(crate) fn is_text(column: &TableColumn) -> bool {
    column.sql_type == "STRING"
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map(|n| format!("did you mean `{n}`?")).unwrap_or_default()
}

/// The fields and filters of all widgets on a dataset, where its columns are known.
fn widgets(root: JsonValue<'_>, dataset: &str, offered: Option<&Columns>, certain: bool, report: &mut LintReport<'_>) {
    let Some(offered) = offered else { return };
    let widgets = root.get_items("pages").flat_map(layout_items).map(|(_, widget)| widget);
    for widget in widgets {
        let queries = widget.get_items("queries").filter_map(|q| q.get("query"));
        for query in queries.filter(|q| q.get("datasetName").is_some_and(|n| n.is(dataset))) {
            for field in query.get_items("fields").filter_map(|f| f.get("expression")) {
                expression(field, dataset, offered, report);
            }
            for filter in query.get_items("filters").filter_map(|f| f.get("expression")) {
                expression(filter, dataset, offered, report);
                let text = QueryText::of_string(filter);
                literals::check(&tokens(&text.text), &text, &NameScope::of_columns(offered), report);
            }
            let named: Vec<_> = query.get_items("fields").filter_map(|f| f.get_string("name")).collect();
            for order in query.get_items("orders").filter_map(|o| o.get("expression")) {
                // an order may also name a field of the query
                if !order.string().is_some_and(|text| named.iter().any(|n| text.trim_matches('`') == n)) {
                    expression(order, dataset, offered, report);
                }
            }
            literals::check_encodings(widget, query, offered, certain, report);
        }
    }
}

fn expression(value: JsonValue<'_>, dataset: &str, offered: &Columns, report: &mut LintReport<'_>) {
    let text = QueryText::of_string(value);
    let all = tokens(&text.text);
    for token in all.iter().filter(|t| t.kind == TokenKind::Quoted) {
        let name = token.content();
        let helper = name == "associative_filter_predicate_group" || name == "*";
        if !helper && !offered.contains_key(&name.to_lowercase()) {
            let near = closest(&name, offered.keys().map(String::as_str));
            let message = format!("dataset `{dataset}` has no column `{name}`");
            report.error("dashboard-unknown-column", text.in_file(&token.span), message, &did_you_mean(near));
        }
    }
}
