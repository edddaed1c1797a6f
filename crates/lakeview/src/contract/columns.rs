//! Columns that a query reads and nothing creates.

use std::collections::BTreeSet;

use piq_diagnostics::closest;

use super::super::query::QueryText;
use super::super::report::LintReport;
use super::did_you_mean;
use super::scope::NameScope;
use piq_sql::{Token, TokenKind, is_keyword};

pub(super) fn check(all: &[Token<'_>], query: &QueryText, scope: &NameScope<'_>, report: &mut LintReport<'_>) {
    let mut told = BTreeSet::new();
    for (at, token) in all.iter().enumerate() {
        let Some(candidates) = unknown(all, at, scope) else { continue };
        let name = token.content();
        if told.insert(name.to_lowercase()) {
            let near = closest(&name, candidates.iter().copied());
            let message = format!("the tables of this query have no column `{name}`");
            report.error("dashboard-unknown-column", query.in_file(&token.span), message, &did_you_mean(near));
        }
    }
}

/// The columns that could be meant, if the token is a column that does not exist.
fn unknown<'c>(all: &[Token<'_>], at: usize, scope: &NameScope<'c>) -> Option<Vec<&'c str>> {
    let token = &all[at];
    let symbol = |i: Option<usize>, s: &str| i.and_then(|i| all.get(i)).is_some_and(|t| t.is(s));
    let (before, next) = (at.checked_sub(1), Some(at + 1));
    let function = token.kind == TokenKind::Word && symbol(next, "(");
    if !token.is_name() || scope.table_names.contains(&at) || function || symbol(before, ":") {
        return None;
    }
    let name = token.content().to_lowercase();
    if symbol(before, ".") {
        let qualifier = at.checked_sub(2).filter(|q| !symbol(q.checked_sub(1), "."))?;
        let alias = all[qualifier].content().to_lowercase();
        let table = scope.tables.get(&alias).filter(|_| !scope.expressions.contains_key(&alias))?;
        return (!table.contains_key(&name)).then(|| table.keys().map(String::as_str).collect());
    }
    let argument = symbol(next, "=") && symbol(Some(at + 2), ">");
    let typed = token.kind == TokenKind::Word && is_keyword(token.raw);
    let alias = before.is_some_and(|i| all[i].is_word("as"));
    if scope.opaque || scope.tables.is_empty() || typed || alias || argument || scope.defined.contains(&name) {
        return None;
    }
    if scope.tables.contains_key(&name) && symbol(next, ".") {
        return None;
    }
    let columns = || scope.tables.values().flat_map(|t| t.keys().map(String::as_str));
    (!columns().any(|c| c == name)).then(|| columns().collect())
}
