//! A quote inside a string is escaped with a backslash: engines disagree about doubled quotes.

use super::super::{Token, TokenKind};
use super::LintedStatement;
use super::problem::Problem;

const HINT: &str = "write \\' inside a string (the filter sql_string does), and || or concat between strings";

pub(super) fn check(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    for (i, token) in s.tokens.iter().enumerate().filter(|(_, t)| t.kind == TokenKind::String) {
        if has_doubled_quote(token.raw) {
            let message = "doubled quote in a string: `'it''s'` is `its` on some engines";
            out.push(Problem::new("sql-quote", i..i + 1, message, HINT));
        }
        if s.tokens.get(i + 1).is_some_and(|t| t.kind == TokenKind::String && plain(t)) && plain(token) {
            let message = "two adjacent strings: some engines join them, others take the second for a name";
            out.push(Problem::new("sql-quote", i..i + 2, message, HINT));
        }
    }
}

fn plain(token: &Token<'_>) -> bool {
    token.raw.starts_with(['\'', '"'])
}

fn has_doubled_quote(raw: &str) -> bool {
    let Some(quote) = raw.chars().next().filter(|c| ['\'', '"'].contains(c)) else { return false };
    let mut inner = raw[1..raw.len() - 1].chars();
    while let Some(c) = inner.next() {
        if c == '\\' {
            inner.next();
        } else if c == quote {
            return true;
        }
    }
    false
}
