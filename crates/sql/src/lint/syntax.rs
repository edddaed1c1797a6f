//! Text that no engine can read: unclosed quotes, comments and brackets; and more than one statement in a cell.

use super::super::{Token, TokenKind};
use super::problem::Problem;

/// The first quote, comment or bracket that is not closed or does not match.
pub(super) fn unreadable(all: &[Token<'_>]) -> Option<Problem> {
    if let Some(i) = all.iter().position(|t| t.open) {
        let (what, hint) = match all[i].kind {
            TokenKind::Comment => ("comment", "close it with `*/`; comments nest"),
            TokenKind::Quoted => ("name in backquotes", "close it with a backquote"),
            _ => ("string", "close it with its quote; write \\' for a quote inside a string"),
        };
        let message = format!("this {what} is not closed");
        // it runs to the end of the cell: show its start
        return Some(Problem::new("sql-unclosed", i..i, message, hint));
    }
    let mut open: Vec<usize> = Vec::new();
    for (i, token) in all.iter().enumerate().filter(|(_, t)| t.kind == TokenKind::Symbol) {
        match token.raw {
            "(" | "[" | "{" => open.push(i),
            ")" | "]" | "}" => {
                let opener = match token.raw {
                    ")" => "(",
                    "]" => "[",
                    _ => "{",
                };
                match open.pop() {
                    Some(at) if all[at].is(opener) => {}
                    Some(at) => {
                        let message = format!("mismatched brackets: `{}` is closed by `{}`", all[at].raw, token.raw);
                        return Some(Problem::new("sql-bracket", i..i + 1, message, "make the brackets match"));
                    }
                    None => {
                        let message = format!("unmatched `{}`", token.raw);
                        let hint = format!("remove it, or add the `{opener}` that it closes");
                        return Some(Problem::new("sql-bracket", i..i + 1, message, hint));
                    }
                }
            }
            _ => {}
        }
    }
    let at = open.pop()?;
    let message = format!("`{}` is not closed", all[at].raw);
    Some(Problem::new("sql-bracket", at..at + 1, message, "close it before the cell ends"))
}

/// A second statement in the cell.
pub(super) fn one_statement(all: &[Token<'_>], parts: &[&[Token<'_>]]) -> Option<Problem> {
    let second = parts.get(1)?.first()?;
    let at = all.iter().position(|t| t.span == second.span)?;
    let message = "expected one statement per cell, found a second one";
    let hint = "put it in a cell of its own: separate cells with `-- COMMAND ----------`";
    Some(Problem::new("sql-statements", at..at + 1, message, hint))
}
