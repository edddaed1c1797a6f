//! Rules of datasets: the head, the parameters, the statements.

use std::collections::BTreeSet;

use super::super::contract::config_of;
use super::super::json::JsonValue;
use super::super::metric_view::source_of;
use super::super::normalise::only_default;
use super::super::preamble::{Unprepared, prepare};
use super::super::query::QueryText;
use super::super::report::{LintReport, opening};
use super::super::use_head::{Namespace, Use, use_head};
use super::{LintSettings, parameters as uses, texts};
use piq_diagnostics::closest;
use piq_sql::lint::unmatched;
use piq_sql::{Token, TokenKind, is_blank_sql, query_fault, relations, statements, tokens, tokens_one_by_one};

const MAX_DATASETS: usize = 100;

/// Catalogs that are the same in every workspace.
const SHARED_CATALOGS: [&str; 2] = ["system", "samples"];

pub(super) fn check(root: JsonValue<'_>, settings: LintSettings, report: &mut LintReport<'_>) {
    report.duplicates("datasets", root.get_items("datasets").filter_map(|d| d.get("name")));
    if let Some(one_more) = root.get_items("datasets").nth(MAX_DATASETS) {
        let message = format!("more than {MAX_DATASETS} datasets");
        report.error("dashboard-limit", opening(one_more), message, "Databricks refuses such a dashboard");
    }
    let headed = root.get_items("datasets").filter_map(QueryText::of_dataset).any(|q| !use_head(&q.text).0.is_empty());
    if settings.use_head && !headed {
        no_heads(root, report);
    }
    for dataset in root.get_items("datasets") {
        let name = dataset.get_string("name").unwrap_or_default();
        let lacks = |place, report: &mut LintReport<'_>| {
            let message = format!("dataset `{name}` has no query");
            report.error("dashboard-no-query", place, message, "give it `queryLines` or `query`");
        };
        if let Some(config) = config_of(dataset) {
            metric_view(config, &name, report);
            continue;
        }
        match QueryText::of_dataset(dataset) {
            Some(query) if is_blank_sql(&query.text) => {
                let place = ["queryLines", "query"].iter().find_map(|key| dataset.get(key));
                lacks(place.map_or(opening(dataset), |q| q.span()), report);
            }
            Some(query) => one(dataset, &query, settings.use_head, headed, report),
            None if dataset.get("asset_name").is_none() => lacks(opening(dataset), report),
            None => {}
        }
    }
}

/// A dataset that is a metric view of its own.
fn metric_view(config: JsonValue<'_>, name: &str, report: &mut LintReport<'_>) {
    if source_of(config).is_none() {
        let place = config.get("source").map_or(opening(config), |s| s.span());
        let message = format!("the metric view of dataset `{name}` has no `source`");
        report.error("dashboard-no-query", place, message, "name a table, or write a query");
    }
    let all = || ["dimensions", "fields", "measures"].into_iter().flat_map(|key| config.get_items(key));
    if all().next().is_none() {
        let message = format!("the metric view of dataset `{name}` has neither dimensions nor measures");
        report.error("dashboard-no-query", opening(config), message, "list at least one of them");
    }
    report.duplicates(&format!("fields of dataset `{name}`"), all().filter_map(|one| one.get("name")));
    for one in all() {
        let lacking = ["name", "expr"].into_iter().find(|key| {
            let text = one.get_string(key);
            text.is_none_or(|t| t.trim().is_empty())
        });
        if let Some(key) = lacking {
            let message = format!("a field of the metric view of dataset `{name}` has no `{key}`");
            report.error("dashboard-expression", opening(one), message, "a field has a `name` and an `expr`");
        }
    }
}

/// What a query should begin with.
const HEAD: &str = "begin with `USE CATALOG IDENTIFIER(:catalog); USE SCHEMA IDENTIFIER(:schema);`";

/// A dashboard that knows no heads is told so once, at its first query.
fn no_heads(root: JsonValue<'_>, report: &mut LintReport<'_>) {
    let mut queries = root.get_items("datasets").filter_map(QueryText::of_dataset);
    let Some(first) = queries.next() else { return };
    let place = tokens_one_by_one(&first.text).next().map_or(0..0, |t| t.span);
    let message = match queries.count() {
        0 => "the query of the dataset does not begin with `USE CATALOG IDENTIFIER(:…);`".to_owned(),
        more => format!("none of the {} queries begins with `USE CATALOG IDENTIFIER(:…);`", more + 1),
    };
    report.error("dashboard-use-head", first.in_file(&place), message, HEAD);
}

fn one(dataset: JsonValue<'_>, query: &QueryText, use_head_wanted: bool, headed: bool, report: &mut LintReport<'_>) {
    let name = dataset.get_string("name").unwrap_or_default();
    let (head, body) = use_head(&query.text);
    let all = tokens(&query.text);
    let first = all.first().map_or(0..0, |t| t.span.clone());
    let own = |key: &str| dataset.get_string(key).is_some_and(|v| !v.is_empty());
    let lacks = |namespace, key: &str| !head.iter().any(|u| u.namespace == namespace) && !own(key);
    let missing = match (lacks(Namespace::Catalog, "catalog"), lacks(Namespace::Schema, "schema")) {
        (true, true) => Some("USE CATALOG IDENTIFIER(:…); USE SCHEMA IDENTIFIER(:…);"),
        (true, false) => Some("USE CATALOG IDENTIFIER(:…);"),
        (false, true) => Some("USE SCHEMA IDENTIFIER(:…);"),
        (false, false) => None,
    };
    if let Some(missing) = missing.filter(|_| use_head_wanted && headed) {
        let message = format!("the query of dataset `{name}` does not begin with `{missing}`");
        report.error("dashboard-use-head", query.in_file(&first), message, HEAD);
    }
    order(&head, query, &name, report);
    parameters(dataset, &head, &all, query, report);
    uses::check(dataset, &all, query, report);
    texts::swallowed(dataset, report);
    if let Some(empty) = dataset.get("displayName").filter(|n| n.string().is_some_and(|t| t.trim().is_empty())) {
        let message = format!("dataset `{name}` has an empty `displayName`");
        report.error("dashboard-display-name", empty.span(), message, "Databricks refuses such a dashboard");
        if let Some(own) = dataset.get("name") {
            report.fix(empty.span(), own.raw());
        }
    }
    if syntax(query, &all, report) {
        return;
    }
    if use_head_wanted {
        let body: Vec<Token<'_>> = all.into_iter().filter(|t| t.span.start >= body).collect();
        one_statement(&body, query, &name, report);
        catalogs(&body, query, report);
    } else if let Err(why) = prepare(&query.text[body..]) {
        let (at, message) = match why {
            Unprepared::Empty => (query.text.len(), format!("dataset `{name}` has no query")),
            Unprepared::Other(at) => (body + at, format!("dataset `{name}` has more than one statement")),
        };
        let hint = "only USE, SET, DECLARE and CREATE TEMPORARY FUNCTION may come before the query";
        report.error("dashboard-statements", query.in_file(&(at..at)), message, hint);
    }
}

/// Words that a query begins with.
const BEGINNINGS: [&str; 6] = ["select", "with", "from", "values", "table", "show"];

/// Words that other statements begin with, before which a query may stand.
const OTHER_BEGINNINGS: [&str; 11] =
    ["use", "set", "declare", "create", "describe", "desc", "explain", "map", "reduce", "call", "begin"];

/// Reports what no engine can read: a quote or bracket that does not match, and a statement that begins with a misspelt
/// word. Says whether there is any.
fn syntax(query: &QueryText, all: &[Token<'_>], report: &mut LintReport<'_>) -> bool {
    if let Some(at) = unmatched(&query.text) {
        let token = query.text.get(at.clone()).unwrap_or_default();
        let (message, hint) = if token.is_empty() {
            ("a quote or comment of the query is not closed".to_owned(), "close it; write `''` for a quote in a text")
        } else {
            (format!("the bracket `{token}` of the query has no partner"), "make the brackets match")
        };
        report.error("dashboard-sql", query.in_file(&(at.start..at.end.max(at.start + 1))), message, hint);
        return true;
    }
    grammar(query, all, report);
    let known = || BEGINNINGS.iter().chain(&OTHER_BEGINNINGS).copied();
    let mut found = false;
    for first in statements(all).iter().filter_map(|statement| statement.iter().find(|t| !t.is("("))) {
        let other = first.kind == TokenKind::Word && !first.is_any(&BEGINNINGS) && !first.is_any(&OTHER_BEGINNINGS);
        if let Some(near) = Some(first).filter(|_| other).and_then(|t| closest(&t.raw.to_lowercase(), known())) {
            let message = format!("expected a query, found `{}`", first.raw);
            let hint = format!("did you mean `{}`?", near.to_uppercase());
            report.error("dashboard-sql", query.in_file(&first.span), message, &hint);
            found = true;
        }
    }
    found
}

/// Reports what the grammar of queries does not know: a warning, because Databricks may know more. Queries with
/// placeholders of another tool, such as `{catalog}.t`, are passed over.
fn grammar(query: &QueryText, all: &[Token<'_>], report: &mut LintReport<'_>) {
    let is_query = |statement: &&[Token<'_>]| {
        let first = statement.iter().find(|t| !t.is("("));
        first.is_some_and(|t| t.is_any(&["select", "with", "values"])) && !statement.iter().any(|t| t.is("{"))
    };
    for statement in statements(all).into_iter().filter(is_query) {
        if let Some(fault) = query_fault(statement) {
            let place = query.in_file(&statement[fault.token].span);
            report.warning("dashboard-sql", place, fault.message, fault.hint);
        }
    }
}

fn order(head: &[Use], query: &QueryText, name: &str, report: &mut LintReport<'_>) {
    for (i, one) in head.iter().enumerate() {
        if head[..i].iter().any(|u| u.namespace == one.namespace) {
            let message = format!("the head of dataset `{name}` chooses the same thing twice");
            report.error("dashboard-use-head", query.in_file(&one.span), message, "keep one of the two statements");
        }
    }
    let place = |namespace| head.iter().position(|u| u.namespace == namespace);
    if let (Some(catalog), Some(schema)) = (place(Namespace::Catalog), place(Namespace::Schema))
        && schema < catalog
    {
        let message = format!("the head of dataset `{name}` chooses the schema before the catalog");
        let hint = "USE CATALOG resets the schema: put it first";
        report.error("dashboard-use-head", query.in_file(&head[schema].span), message, hint);
    }
}

fn parameters(dataset: JsonValue<'_>, head: &[Use], all: &[Token<'_>], query: &QueryText, report: &mut LintReport<'_>) {
    let name = dataset.get_string("name").unwrap_or_default();
    let keywords = || dataset.get_items("parameters").filter_map(|p| p.get("keyword"));
    report.duplicates(&format!("parameters of dataset `{name}`"), keywords());
    let declared: BTreeSet<_> = keywords().filter_map(|k| k.string()).collect();
    let mut used = BTreeSet::new();
    for token in all.iter().filter(|t| t.kind == TokenKind::Parameter) {
        let keyword = token.content();
        if !declared.contains(keyword.as_str()) && !used.contains(&keyword) {
            let message = format!("dataset `{name}` reads parameter `:{keyword}` and does not declare it");
            let hint = "declare it under `parameters`";
            report.error("dashboard-undeclared-parameter", query.in_file(&token.span), message, hint);
        }
        used.insert(keyword);
    }
    for calculation in dataset.get_items("columns").filter_map(|c| c.get("expression")) {
        let expression = QueryText::of_string(calculation);
        let words = tokens(&expression.text);
        used.extend(words.iter().filter(|t| t.kind == TokenKind::Parameter).map(Token::content));
    }
    for parameter in dataset.get_items("parameters") {
        let Some(value) = parameter.get("keyword") else { continue };
        let keyword = value.string().unwrap_or_default();
        if !used.contains(keyword.as_ref()) {
            let message = format!("dataset `{name}` declares parameter `{keyword}` and does not read it");
            report.warning("dashboard-unused-parameter", value.span(), message, "remove it, or read it in the query");
        }
        if head.iter().any(|u| u.keyword == keyword) {
            head_parameter(parameter, &keyword, report);
        } else {
            uses::default(parameter, &keyword, report);
        }
    }
}

/// A parameter of the head is one string with one default.
fn head_parameter(parameter: JsonValue<'_>, keyword: &str, report: &mut LintReport<'_>) {
    let kind = parameter.get("dataType");
    if !kind.is_some_and(|k| k.is("STRING")) || parameter.get("complexType").is_some() {
        let place = parameter.get("complexType").or(kind).map_or(opening(parameter), |k| k.span());
        let message = format!("parameter `{keyword}` names a catalog or schema and is not a plain STRING");
        report.error("dashboard-head-parameter", place, message, "`\"dataType\": \"STRING\"`, without `complexType`");
    }
    if let Err((span, what)) = only_default(parameter) {
        let message = format!("parameter `{keyword}` {what}");
        report.error("dashboard-head-parameter", span, message, "give it exactly one default value");
    }
}

fn one_statement(body: &[Token<'_>], query: &QueryText, name: &str, report: &mut LintReport<'_>) {
    let message = format!("after its head the query of dataset `{name}` must be exactly one statement");
    match statements(body).as_slice() {
        [_] => {}
        [] => {
            let end = query.text.len();
            let hint = "add the statement";
            report.error("dashboard-statements", query.in_file(&(end..end)), message, hint);
        }
        [_, second, ..] => {
            let hint = "a second one begins here: make it a common table expression or a dataset of its own";
            report.error("dashboard-statements", query.in_file(&second[0].span), message, hint);
        }
    }
}

/// Tables with three parts after FROM or JOIN, and `USE CATALOG`. A catalog is named once for each query.
fn catalogs(body: &[Token<'_>], query: &QueryText, report: &mut LintReport<'_>) {
    let mut known = BTreeSet::new();
    for relation in relations(body).into_iter().filter(|r| r.is_source && r.parts.len() >= 3) {
        let catalog = &relation.parts[0];
        if !SHARED_CATALOGS.iter().any(|s| s.eq_ignore_ascii_case(catalog)) && known.insert(catalog.to_lowercase()) {
            let message = format!("catalog `{catalog}` is written into the query");
            let hint = "leave catalog and schema to the head, or read them from parameters";
            report.error(
                "dashboard-hard-coded-catalog",
                query.in_file(&body[relation.tokens.start].span),
                message,
                hint,
            );
        }
    }
    for pair in body.windows(3).filter(|p| p[0].is_word("use") && p[1].is_word("catalog")) {
        let message = "a catalog is chosen outside the head";
        let hint = "begin with `USE CATALOG IDENTIFIER(:catalog);`";
        report.error("dashboard-hard-coded-catalog", query.in_file(&pair[2].span), message, hint);
    }
}
