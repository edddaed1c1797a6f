//! JSON is read with functions that all engines have, and broken JSON is found by a field that must be there.

use super::super::TokenKind;
use super::LintedStatement;
use super::problem::Problem;

pub(super) fn check(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    for i in 1..s.tokens.len() {
        let (before, token) = (&s.tokens[i - 1], &s.tokens[i]);
        let touching = before.span.end == token.span.start;
        let cast = before.is(":") || s.reads(i, &[":", ":"]);
        if token.is(":") && touching && !cast && (before.is_name() || before.is(")") || before.is("]")) && is_path(s, i)
        {
            let message = "a `:` path into JSON runs only on Databricks";
            let hint = "use get_json_object(column, '$.field') or variant_get";
            out.push(Problem::new("sql-json-path", i - 1..(i + 2).min(s.tokens.len()), message, hint));
        }
    }
    for i in 0..s.tokens.len() {
        if !s.reads(i, &["from_json", "("]) {
            continue;
        }
        let end = s.structure.opened_at(i + 1).map_or(i + 1, |f| f.tokens.end + 1);
        let (frame, _) = s.structure.at[i];
        let tested = s.reads(end, &["is", "null"]) || s.reads(end, &["is", "not", "null"]);
        let of_field = s.tokens.get(end).is_some_and(|t| t.is(".") || t.is("["));
        let replaced = !of_field
            && s.structure.frames[frame]
                .callee
                .is_some_and(|c| s.tokens[c].is_any(&["coalesce", "isnull", "isnotnull", "nvl", "ifnull"]));
        if tested || replaced {
            let message = "from_json returns a row of NULLs for invalid JSON, never NULL";
            let hint = "test a field that every valid answer has, such as from_json(…).field IS NULL";
            out.push(Problem::new("sql-from-json", i..i + 1, message, hint));
        }
    }
}

/// Whether what follows the colon can be a path; `STRUCT<a:INT>` has colons too.
fn is_path(s: &LintedStatement<'_>, colon: usize) -> bool {
    let next = s.tokens.get(colon + 1);
    let field = next.is_some_and(|t| t.is_name() || t.is("[") || t.kind == TokenKind::String);
    field && !in_type(s, colon)
}

/// Whether the token stands between the angle brackets of a STRUCT type.
fn in_type(s: &LintedStatement<'_>, at: usize) -> bool {
    let mut depth = 0usize;
    for i in (0..at).rev() {
        let token = &s.tokens[i];
        if token.is(">") {
            depth += 1;
        } else if token.is("<") {
            if depth == 0 {
                return i > 0 && s.tokens[i - 1].is_any(&["struct"]);
            }
            depth -= 1;
        } else if token.is(";") || token.is_any(&["select", "from", "where"]) {
            return false;
        }
    }
    false
}
