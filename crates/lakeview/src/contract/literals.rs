//! Literals that a column never holds.

use piq_diagnostics::closest;

use super::super::json::{JsonKind, JsonValue};
use super::super::query::QueryText;
use super::super::report::LintReport;
use super::did_you_mean;
use super::infer::is_number;
use super::model::Columns;
use super::model::TableColumn;
use super::scope::NameScope;
use piq_sql::{Token, TokenKind, closing, tokens};

pub(super) fn check(all: &[Token<'_>], query: &QueryText, scope: &NameScope<'_>, report: &mut LintReport<'_>) {
    for at in 0..all.len() {
        let Some(column) = column(all, at, scope) else { continue };
        for literal in compared(all, at) {
            if let Some((message, hint)) = wrong(&all[at].content(), column, &all[literal].content()) {
                report.error("dashboard-impossible-literal", query.in_file(&all[literal].span), message, &hint);
            }
        }
    }
}

/// The values that a widget gives colours to: of its encodings, and of the cells of its columns.
/// That a colour is never used is an error only if a contract says so (`certain`).
pub(super) fn check_encodings(
    widget: JsonValue<'_>,
    query: JsonValue<'_>,
    offered: &Columns,
    certain: bool,
    report: &mut LintReport<'_>,
) {
    let mut open: Vec<JsonValue<'_>> = widget.get("spec").and_then(|s| s.get("encodings")).into_iter().collect();
    while let Some(value) = open.pop() {
        match value.kind() {
            JsonKind::Array => open.extend(value.items()),
            JsonKind::Object => {
                open.extend(value.members().map(|(_, v)| v));
                encoding(value, query, offered, certain, report);
            }
            _ => {}
        }
    }
}

fn encoding(
    encoding: JsonValue<'_>,
    query: JsonValue<'_>,
    offered: &Columns,
    certain: bool,
    report: &mut LintReport<'_>,
) {
    let Some(field) = encoding.get_string("fieldName") else { return };
    let expression = query
        .get_items("fields")
        .find(|f| f.get("name").is_some_and(|n| n.is(&field)))
        .and_then(|f| f.get_string("expression"));
    // only the column itself: a sum of it has other values
    let words = expression.as_deref().map(tokens).unwrap_or_default();
    let [only] = words.as_slice() else { return };
    let name = &only.content();
    if only.kind != TokenKind::Quoted {
        return;
    }
    let Some(column) = offered.get(&name.to_lowercase()) else { return };
    // without a colour it changes nothing, whatever its value is: the editor leaves such entries
    let coloured = |of: JsonValue<'_>, keys: &[&str]| {
        let is_null = |key: &&str| of.get(key).is_some_and(|c| c.kind() == JsonKind::Null);
        !keys.iter().any(is_null) || keys.iter().any(|key| of.get(key).is_some() && !is_null(key))
    };
    let mapped = encoding.get("scale").into_iter().flat_map(|s| s.get_items("mappings"));
    let mapped = mapped.filter(|m| coloured(*m, &["color"])).filter_map(|m| m.get("value"));
    let rules = encoding.get("cellFormat").into_iter().flat_map(|c| c.get_items("rules"));
    let rules = rules
        .filter(|r| coloured(*r, &["color", "backgroundColor", "value"]))
        .filter_map(|r| r.get("if"))
        .filter(|r| r.get("fn").is_some_and(|f| f.is("=")) && r.get("column").is_none_or(|c| c.is(&field)))
        .filter_map(|r| r.get("literal"));
    for value in mapped.chain(rules) {
        let Some((message, hint)) = value.string().and_then(|text| wrong(name, column, &text)) else { continue };
        if certain {
            report.error("dashboard-impossible-literal", value.span(), message, &hint);
        } else {
            report.warning("dashboard-impossible-literal", value.span(), message, &hint);
        }
    }
}

/// The column that the token names, unless it is only a part of a larger expression.
fn column<'c>(all: &[Token<'_>], at: usize, scope: &NameScope<'c>) -> Option<&'c TableColumn> {
    let token = all.get(at).filter(|t| t.is_name())?;
    let name = token.content().to_lowercase();
    let (first, found) = if at >= 2 && all[at - 1].is(".") {
        let alias = all[at - 2].content().to_lowercase();
        if scope.expressions.contains_key(&alias) {
            return None;
        }
        (at - 2, scope.tables.get(&alias)?.get(&name)?)
    } else {
        (at, scope.column(&name)?)
    };
    let part = first.checked_sub(1).is_some_and(|i| ["|", "+", "-", "*", "/", "%"].iter().any(|s| all[i].is(s)));
    (!part).then_some(found)
}

/// The literals that the column at `at` is compared with for being equal.
fn compared(all: &[Token<'_>], at: usize) -> Vec<usize> {
    let is = |i: usize, symbol: &str| all.get(i).is_some_and(|t| t.is(symbol));
    let word = |i: usize, word: &str| all.get(i).is_some_and(|t| t.is_word(word));
    let list = if word(at + 1, "not") { at + 2 } else { at + 1 };
    if word(list, "in") && is(list + 1, "(") {
        let inside = list + 2..closing(all, list + 1);
        // only a plain list: in a subquery a literal belongs to something else
        let plain = all[inside.clone()].iter().all(|t| literal(t) || t.is(",") || t.kind == TokenKind::Parameter);
        return if plain { inside.filter(|i| literal(&all[*i])).collect() } else { Vec::new() };
    }
    let after = if is(at + 1, "=") && !is(at + 2, ">") && !is(at + 2, "=") {
        at + 2
    } else if is(at + 1, "<") && is(at + 2, ">")
        || is(at + 1, "!") && is(at + 2, "=")
        || is(at + 1, "=") && is(at + 2, "=")
    {
        at + 3
    } else {
        return reversed(all, at);
    };
    let whole = !["|", "+", "-", "*", "/", "%"].iter().any(|s| is(after + 1, s));
    all.get(after).filter(|t| literal(t) && whole).map(|_| after).into_iter().collect()
}

/// `'x' = column`
fn reversed(all: &[Token<'_>], at: usize) -> Vec<usize> {
    let first = if at >= 2 && all[at - 1].is(".") { at - 2 } else { at };
    let found = first >= 2 && all[first - 1].is("=") && literal(&all[first - 2]);
    if found { vec![first - 2] } else { Vec::new() }
}

fn literal(token: &Token<'_>) -> bool {
    token.kind == TokenKind::String
}

/// Texts that Spark casts to a truth value when it compares them with one.
const TRUTH_TEXTS: [&str; 10] = ["true", "t", "yes", "y", "1", "false", "f", "no", "n", "0"];

fn wrong(name: &str, column: &TableColumn, text: &str) -> Option<(String, String)> {
    let sql_type = column.sql_type.to_uppercase();
    if sql_type == "BOOLEAN" && !TRUTH_TEXTS.contains(&text.trim().to_lowercase().as_str()) {
        return Some((
            format!("column `{name}` is BOOLEAN and never '{text}'"),
            format!("write `{name}` or `NOT {name}`"),
        ));
    }
    if is_number(&sql_type) && text.trim().parse::<f64>().is_err() {
        return Some((
            format!("column `{name}` is {sql_type} and never '{text}'"),
            "compare it with a number".to_owned(),
        ));
    }
    if !column.allowed.is_empty() && !column.allowed.iter().any(|a| a == text) {
        let near = closest(text, column.allowed.iter().map(String::as_str));
        let hint =
            if near.is_some() { did_you_mean(near) } else { format!("it is one of {}", column.allowed.join(", ")) };
        return Some((format!("column `{name}` is never '{text}'"), hint));
    }
    None
}
