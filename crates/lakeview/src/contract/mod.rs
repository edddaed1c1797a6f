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

use piq_diagnostics::closest;

use super::json::JsonValue;

use super::query::QueryText;
use super::report::{LintReport, layout_items};
use super::use_head::use_head;
pub use created::add_created;
pub(crate) use model::Columns;
pub use model::{Contract, ContractTable, TableColumn};
use piq_sql::{Token, TokenKind, statements, tokens};
use scope::NameScope;

/// Checks what the datasets read and what widgets read of them. Without a contract only columns that the file itself
/// shows are checked.
pub(crate) fn check(root: JsonValue<'_>, contract: Option<&Contract>, report: &mut LintReport<'_>) {
    let nothing = Contract::default();
    for dataset in root.get_items("datasets") {
        let Some(query) = QueryText::of_dataset(dataset) else { continue };
        if let Some(contract) = contract {
            reads(&query, contract, report);
        }
        let Some(name) = dataset.get_string("name") else { continue };
        let columns = offered(dataset, &query, contract.unwrap_or(&nothing));
        widgets(root, &name, columns.as_ref(), contract.is_some(), report);
    }
}

/// What one query reads exists.
fn reads(query: &QueryText, contract: &Contract, report: &mut LintReport<'_>) {
    let all = body(query);
    let scope = NameScope::new(&all, contract);
    for at in &scope.missing {
        let name = all[*at].content();
        let near = closest(&name, contract.tables.keys().map(String::as_str));
        let message = format!("the pipeline does not create the table or view `{name}`");
        report.error("dashboard-unknown-table", query.in_file(&all[*at].span), message, &did_you_mean(near));
    }
    columns::check(&all, query, &scope, report);
    literals::check(&all, query, &scope, report);
}

/// The tokens of a query after its head.
fn body(query: &QueryText) -> Vec<Token<'_>> {
    let (_, start) = use_head(&query.text);
    tokens(&query.text).into_iter().filter(|t| t.span.start >= start).collect()
}

/// The columns that a dataset gives to widgets, with its calculations; `None` where its SQL does not show them.
pub(crate) fn offered(dataset: JsonValue<'_>, query: &QueryText, contract: &Contract) -> Option<Columns> {
    let all = body(query);
    if all.iter().any(|t| t.is(";")) && statements(&all).len() > 1 {
        return None;
    }
    let mut columns = select::columns(&all, 0..all.len(), contract)?;
    for calculation in dataset.get_items("columns") {
        let names = ["displayName", "name"].iter().filter_map(|k| calculation.get_string(k));
        columns.extend(names.map(|n| (n.to_lowercase(), TableColumn::default())));
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
