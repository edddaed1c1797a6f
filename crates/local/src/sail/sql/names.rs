//! Names of relations in a statement: what stands after FROM, JOIN, INTO and the like.

use std::collections::HashSet;
use std::ops::Range;

use super::cursor::Cursor;
use piq_sql::{Token, tokens};

/// A name of a relation and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Its parts in lower case.
    pub parts: Vec<String>,
    /// Where it stands.
    pub span: Range<usize>,
}

/// Words after which a relation comes.
const BEFORE: [&str; 7] = ["FROM", "JOIN", "INTO", "OVERWRITE", "UPDATE", "TABLE", "USING"];
/// Words that end a list of relations.
const AFTER: [&str; 14] = [
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "SELECT",
    "SET",
    "WHEN",
    "WINDOW",
    "SORT",
    "VALUES",
];
/// Words that look like a relation where one may stand, but are not.
const NOT: [&str; 9] = ["SELECT", "WITH", "VALUES", "LATERAL", "TABLE", "IF", "IDENTIFIER", "DELTA", "PARQUET"];

/// The relations that a statement names, those of its own `WITH` left out.
pub(crate) fn references(sql: &str) -> Vec<Reference> {
    let tokens = tokens(sql);
    let own = own_names(&tokens);
    let mut found = Vec::new();
    // for each open parenthesis: whether a list of relations goes on there
    let mut lists = vec![false];
    let mut expected = false;
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        let is_name = token.is_name() && !(at > 0 && tokens[at - 1].is("."));
        if token.is("(") {
            // a list may go on inside: FROM (a JOIN b)
            lists.push(expected);
        } else if token.is(")") {
            if lists.len() > 1 {
                lists.pop();
            }
            expected = false;
        } else if token.is(",") {
            expected = lists.last().copied().unwrap_or(false);
        } else if BEFORE.iter().any(|w| token.is_word(w)) {
            expected = true;
            if let Some(list) = lists.last_mut() {
                *list |= token.is_word("FROM") || token.is_word("JOIN");
            }
        } else if AFTER.iter().any(|w| token.is_word(w)) {
            expected = false;
            if let Some(list) = lists.last_mut() {
                *list = false;
            }
        } else if expected && is_name && !NOT.iter().any(|w| token.is_word(w)) {
            let mut cursor = Cursor::new(&tokens[at..]);
            if let (Some(parts), Some(last)) = (cursor.name(), cursor.last()) {
                // a function that gives a table is not a name
                let is_function = cursor.peek().is_some_and(|t| t.is("("));
                let is_own = parts.len() == 1 && own.contains(&parts[0]);
                if !is_function && !is_own {
                    found.push(Reference { parts, span: token.span.start..last.span.end });
                }
            }
            expected = false;
        } else if !token.is(".") && !is_name {
            expected = false;
        }
        at += 1;
    }
    found
}

/// Names that the statement defines itself: `name AS (SELECT …`.
fn own_names(tokens: &[Token<'_>]) -> HashSet<String> {
    let mut own = HashSet::new();
    for window in tokens.windows(4) {
        let [name, as_word, open, query] = window else { continue };
        let starts = ["SELECT", "WITH", "VALUES", "FROM"].iter().any(|w| query.is_word(w)) || query.is("(");
        if as_word.is_word("AS") && open.is("(") && starts && name.is_name() {
            own.insert(name.content().to_lowercase());
        }
    }
    own
}
