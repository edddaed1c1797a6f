//! What is known of the value of an expression: its type, and its only values if they can be told.

use std::ops::Range;

use super::model::TableColumn;
use piq_sql::{Token, TokenKind, pieces, result_type, split_at_commas};

/// Functions that give one of their arguments.
const ONE_OF: [&str; 8] = ["coalesce", "nvl", "ifnull", "greatest", "least", "max", "min", "any_value"];

/// Operators and words that make a truth value of what they join.
const TRUTH: [&str; 9] = ["and", "or", "not", "is", "in", "like", "ilike", "rlike", "between"];

/// Finds the columns that an expression names.
pub(super) trait Lookup {
    /// The column of that name, in lower case, perhaps of a table; nothing is known if there is none or several.
    fn column(&self, table: Option<&str>, name: &str) -> TableColumn;
}

/// What is known of the value of an expression.
pub(super) fn infer(all: &[Token<'_>], range: Range<usize>, names: &dyn Lookup) -> TableColumn {
    let units = pieces(all, range);
    let token = |i: usize| &all[units[i].start];
    match units.len() {
        0 => TableColumn::default(),
        1 if token(0).is_word("case") => case(all, units[0].clone(), names),
        1 if token(0).is("(") => infer(all, inside(&units[0]), names),
        1 => single(token(0), names),
        2 if token(0).is_name() && token(1).is("(") => function(all, token(0), inside(&units[1]), names),
        4 if token(1).is("(") && token(2).is_word("over") => function(all, token(0), inside(&units[1]), names),
        3 if token(1).is(".") && token(0).is_name() && token(2).is_name() => {
            names.column(Some(&token(0).content().to_lowercase()), &token(2).content().to_lowercase())
        }
        n => {
            let truth = (0..n).any(|i| ["=", "<", ">"].iter().any(|s| token(i).is(s)) || token(i).is_any(&TRUTH));
            let text = (1..n).any(|i| token(i).is("|") && token(i - 1).is("|"));
            of_type(if truth {
                "BOOLEAN"
            } else if text {
                "STRING"
            } else {
                ""
            })
        }
    }
}

fn of_type(name: &str) -> TableColumn {
    TableColumn { sql_type: name.to_owned(), allowed: Vec::new() }
}

fn inside(brackets: &Range<usize>) -> Range<usize> {
    brackets.start + 1..brackets.end.saturating_sub(1).max(brackets.start + 1)
}

fn single(token: &Token<'_>, names: &dyn Lookup) -> TableColumn {
    match token.kind {
        TokenKind::String => TableColumn { sql_type: "STRING".to_owned(), allowed: vec![token.content()] },
        TokenKind::Number => of_type(if token.raw.contains('.') { "DECIMAL" } else { "INT" }),
        TokenKind::Word if token.is_any(&["true", "false"]) => of_type("BOOLEAN"),
        TokenKind::Word | TokenKind::Quoted => names.column(None, &token.content().to_lowercase()),
        _ => TableColumn::default(),
    }
}

fn function(all: &[Token<'_>], name: &Token<'_>, arguments: Range<usize>, names: &dyn Lookup) -> TableColumn {
    let name = name.content().to_lowercase();
    if let Some(sql_type) = result_type(&name) {
        return of_type(sql_type);
    }
    if name == "cast" || name == "try_cast" {
        let to = arguments.clone().rev().find(|i| all[*i].is_word("as"));
        return to.map_or_else(TableColumn::default, |at| of_type(&text(&all[at + 1..arguments.end]).to_uppercase()));
    }
    let arguments = split_at_commas(all, arguments);
    if ONE_OF.contains(&name.as_str()) {
        return one_of(all, &arguments, names);
    }
    match (name.as_str(), arguments.as_slice()) {
        ("if", [_, then, otherwise]) => one_of(all, &[then.clone(), otherwise.clone()], names),
        ("round" | "abs" | "nullif", [first, ..]) => infer(all, first.clone(), names),
        _ => TableColumn::default(),
    }
}

/// The tokens without what stands between them.
pub(super) fn text(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|t| t.raw).collect()
}

fn case(all: &[Token<'_>], range: Range<usize>, names: &dyn Lookup) -> TableColumn {
    let mut results = Vec::new();
    let mut start = None;
    let body = range.start + 1..range.end.saturating_sub(1);
    for unit in pieces(all, body.clone()) {
        let token = &all[unit.start];
        if token.is_any(&["when", "else"]) {
            results.extend(start.take().map(|s| s..unit.start));
        }
        if token.is_any(&["then", "else"]) {
            start = Some(unit.end);
        }
    }
    results.extend(start.map(|s| s..body.end));
    one_of(all, &results, names)
}

/// A value that is one of several.
fn one_of(all: &[Token<'_>], ranges: &[Range<usize>], names: &dyn Lookup) -> TableColumn {
    let not_null = ranges.iter().filter(|r| !(r.len() == 1 && all[r.start].is_word("null")));
    let parts: Vec<TableColumn> = not_null.map(|r| infer(all, r.clone(), names)).collect();
    let Some(first) = parts.first() else { return TableColumn::default() };
    let sql_type = if parts.iter().all(|p| p.sql_type == first.sql_type) {
        first.sql_type.clone()
    } else if parts.iter().all(|p| is_number(&p.sql_type)) {
        "DECIMAL".to_owned()
    } else {
        return TableColumn::default();
    };
    let mut allowed = Vec::new();
    if parts.iter().all(|p| !p.allowed.is_empty()) {
        for value in parts.into_iter().flat_map(|p| p.allowed) {
            if !allowed.contains(&value) {
                allowed.push(value);
            }
        }
    }
    TableColumn { sql_type, allowed }
}

/// Whether it is a type of numbers.
pub(super) fn is_number(sql_type: &str) -> bool {
    ["INT", "BIGINT", "SMALLINT", "TINYINT", "DOUBLE", "FLOAT", "DECIMAL", "LONG", "NUMERIC"]
        .iter()
        .any(|t| sql_type.starts_with(t))
}
