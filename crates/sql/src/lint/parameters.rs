//! Parameters belong in the context cells: `USE CATALOG IDENTIFIER(:…)`, `USE SCHEMA IDENTIFIER(:…)`, and the script that
//! makes the schema with `CREATE SCHEMA IDENTIFIER(:…)` if it is missing.

use super::super::TokenKind;
use super::LintedStatement;
use super::problem::Problem;

pub(super) fn check(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    let is_context = s.tokens.len() == 6
        && (s.reads(0, &["use", "catalog", "identifier", "("]) || s.reads(0, &["use", "schema", "identifier", "("]))
        && s.tokens[4].kind == TokenKind::Parameter;
    let makes_schema = (0..s.tokens.len()).any(|i| s.reads(i, &["create", "schema", "identifier", "("]));
    if is_context || makes_schema {
        return;
    }
    for (i, token) in s.tokens.iter().enumerate() {
        let in_identifier =
            s.structure.frames[s.structure.at[i].0].callee.is_some_and(|c| s.tokens[c].is_word("identifier"));
        if token.kind == TokenKind::Parameter && !in_identifier {
            let message = format!("`{}` is a parameter outside the context cells", token.raw);
            let hint = "only USE CATALOG, USE SCHEMA and CREATE SCHEMA IDENTIFIER(:name) take parameters; \
                        render other values into the text, with the filter sql_string";
            out.push(Problem::new("sql-parameter", i..i + 1, message, hint));
        } else if s.reads(i, &["identifier", "("]) {
            let hint = "write the name itself; the filter sql_ident quotes it";
            let message = "IDENTIFIER() outside the context cells";
            out.push(Problem::new("sql-parameter", i..i + 1, message, hint));
        }
    }
}
