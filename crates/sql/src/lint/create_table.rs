//! Tables are made in the two forms that all engines have, with a comment for every column; what only a workspace can
//! do stands in cells of its own.

use std::ops::Range;

use super::super::{Structure, Token};
use super::{Problem, Statement};

const CODE: &str = "sql-create-table";
const WORKSPACE_ONLY: &str =
    "put it in a cell of its own that begins with `-- piq: workspace-only`: other engines skip such cells";

pub(super) fn check(s: &Statement<'_>, out: &mut Vec<Problem>) {
    if s.reads(0, &["alter", "table"]) {
        if let Some(at) = s.find(&["add", "columns"]).or_else(|| s.find(&["add", "column"])) {
            let message = "ALTER TABLE … ADD COLUMNS runs in a workspace only";
            out.push(Problem::new("sql-workspace-only", at..at + 2, message, WORKSPACE_ONLY));
        }
        if let Some(at) = s.find(&["cluster", "by"]) {
            out.push(Problem::new(
                "sql-workspace-only",
                at..at + 2,
                "CLUSTER BY runs in a workspace only",
                WORKSPACE_ONLY,
            ));
        }
        return;
    }
    let replace = s.reads(0, &["create", "or", "replace", "table"]);
    if !replace && !s.reads(0, &["create", "table"]) {
        return;
    }
    let mut say = |code: &'static str, at: usize, length: usize, message: &str, hint: &str| {
        out.push(Problem::new(code, at..at + length, message, hint));
    };
    if !replace && !s.reads(2, &["if", "not", "exists"]) {
        say(
            CODE,
            0,
            2,
            "CREATE TABLE fails when it runs again",
            "write CREATE TABLE IF NOT EXISTS, or CREATE OR REPLACE TABLE … AS SELECT",
        );
    }
    // the options of the table stand before the query that fills it
    let query = s.find(&["select"]).or_else(|| s.find(&["with"])).unwrap_or(s.tokens.len());
    let before_query = |words: &[&str]| s.find(words).filter(|at| *at < query);
    if before_query(&["using", "delta"]).is_none() {
        say(
            CODE,
            0,
            2,
            "CREATE TABLE without USING DELTA: engines have other defaults",
            "write USING DELTA before AS, COMMENT and LOCATION",
        );
    }
    if let Some(at) = before_query(&["cluster", "by"]) {
        say("sql-workspace-only", at, 2, "CLUSTER BY runs in a workspace only", WORKSPACE_ONLY);
    }
    if query < s.tokens.len() {
        for word in ["comment", "location"] {
            if let Some(at) = before_query(&[word]) {
                let message = format!("CREATE TABLE … AS SELECT with {}", word.to_uppercase());
                say(CODE, at, 1, &message, "this form takes USING DELTA only, on some engines");
            }
        }
    } else {
        columns(s, out);
    }
}

fn columns(s: &Statement<'_>, out: &mut Vec<Problem>) {
    for column in definitions(s.tokens, &s.structure) {
        if !column.clone().any(|i| s.tokens[i].is_word("comment")) {
            let message = format!("the column `{}` has no COMMENT", s.tokens[column.start].content());
            let hint = "say what the column holds: people read it in the catalog";
            out.push(Problem::new("sql-column-comment", column.start..column.start + 1, message, hint));
        }
    }
}

/// Names of the columns that a CREATE TABLE lists, in lower case.
pub(super) fn column_names(statement: &[Token<'_>], structure: &Structure) -> Option<Vec<String>> {
    let names = definitions(statement, structure).into_iter().map(|c| statement[c.start].content().to_lowercase());
    Some(names.collect::<Vec<_>>()).filter(|n| !n.is_empty())
}

/// The definition of each column, in the first brackets of the statement.
fn definitions(statement: &[Token<'_>], structure: &Structure) -> Vec<Range<usize>> {
    let outermost = structure.frames.iter().position(|f| f.parent.is_some_and(|(p, _)| p == 0));
    let Some(frame) = outermost.filter(|f| !structure.frames[*f].query) else { return Vec::new() };
    let all = structure.frames[frame].tokens.clone();
    let mut found = Vec::new();
    let mut start = all.start;
    // brackets of types such as DECIMAL(10, 2) are frames of their own, those of STRUCT<…> are not
    let mut angle = 0usize;
    for i in structure.direct(frame, all.clone()).chain([all.end]) {
        match statement.get(i).map(|t| t.raw) {
            Some("<") => angle += 1,
            Some(">") => angle = angle.saturating_sub(1),
            _ => {}
        }
        if i == all.end || (statement[i].is(",") && angle == 0) {
            if statement.get(start).is_some_and(|t| start < i && t.is_name() && !t.is_word("constraint")) {
                found.push(start..i);
            }
            start = i + 1;
        }
    }
    found
}
