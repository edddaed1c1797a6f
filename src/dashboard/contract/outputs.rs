//! The columns that a query gives.

use std::ops::Range;

use super::super::relations::{after_from, parts};
use super::keywords::is_keyword;
use super::scope::{Scope, closing};
use crate::sql::{Token, TokenKind};

/// How deep common table expressions may hang on each other.
const MAX_DEPTH: usize = 20;

/// The names in lower case; `None` where they cannot be told.
pub(super) fn of(all: &[Token<'_>], scope: &Scope<'_>) -> Option<Vec<String>> {
    select(all, 0..all.len(), scope, 0)
}

fn select(all: &[Token<'_>], range: Range<usize>, scope: &Scope<'_>, depth: usize) -> Option<Vec<String>> {
    let top = top_level(all, range.clone());
    let start = top.iter().position(|i| all[*i].is_word("select"))?;
    let mut list = &top[start + 1..];
    if list.first().is_some_and(|i| all[*i].is_word("distinct") || all[*i].is_word("all")) {
        list = &list[1..];
    }
    let end = list.iter().position(|i| ends_list(&all[*i])).unwrap_or(list.len());
    let mut names = Vec::new();
    for item in list[..end].split(|i| all[*i].is(",")) {
        match item {
            [star] if all[*star].is("*") && depth < MAX_DEPTH => {
                names.extend(star_columns(all, &top[start..], range.end, scope, depth)?);
            }
            _ => names.push(item_name(all, item)?),
        }
    }
    Some(names)
}

/// Tokens outside brackets; of a bracket the opening one.
fn top_level(all: &[Token<'_>], range: Range<usize>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end.min(all.len()) {
        found.push(at);
        at = if all[at].is("(") { closing(all, at) + 1 } else { at + 1 };
    }
    found
}

fn ends_list(token: &Token<'_>) -> bool {
    ["from", "where", "union", "except", "intersect", "order", "group", "limit", "having"]
        .iter()
        .any(|w| token.is_word(w))
        || token.is(";")
}

fn item_name(all: &[Token<'_>], item: &[usize]) -> Option<String> {
    let last = &all[*item.last()?];
    let named =
        last.kind == TokenKind::Quoted || last.kind == TokenKind::Word && (item.len() == 1 || !is_keyword(last.raw));
    let explicit = item.len() >= 2 && all[item[item.len() - 2]].is_word("as") && last.is_name();
    // a cast (`x::int`) keeps the name of its column; leave it to the engine
    let cast = item.len() >= 2 && all[item[item.len() - 2]].is(":");
    ((named || explicit) && !cast).then(|| last.content().to_lowercase())
}

/// What `*` stands for.
fn star_columns(all: &[Token<'_>], top: &[usize], end: usize, scope: &Scope<'_>, depth: usize) -> Option<Vec<String>> {
    let from = top.iter().position(|i| all[*i].is_word("from"))?;
    let mut names = Vec::new();
    let begins: Vec<usize> = after_from(all).into_iter().filter(|i| top.contains(i) && *i < end).collect();
    // a subquery, a table function or another operation on tables
    let strange = top[from..].iter().any(|i| {
        let after_clause =
            i.checked_sub(1).is_some_and(|b| all[b].is_word("from") || all[b].is_word("join") || all[b].is(","));
        all[*i].is("(") && after_clause
            || ["union", "except", "intersect", "pivot", "unpivot", "lateral", "semi", "anti"]
                .iter()
                .any(|w| all[*i].is_word(w))
    });
    if strange || begins.is_empty() {
        return None;
    }
    for at in begins {
        let count = parts(&all[at..]);
        let last = at + 2 * count - 2;
        if all.get(last + 1).is_some_and(|t| t.is("(")) {
            return None;
        }
        let name = all[last].content().to_lowercase();
        match scope.expressions.get(&name) {
            Some(inner) if count == 1 => {
                // an expression that reads a table of its own name would find itself
                let inner = inner.clone();
                if inner.contains(&at) {
                    return None;
                }
                names.extend(select(all, inner, scope, depth + 1)?);
            }
            _ => names.extend(scope.tables.get(&name).filter(|_| count < 3)?.columns.keys().cloned()),
        }
    }
    Some(names)
}
