//! Tables are made with one of two statements that all engines have, with a comment for every column; statements that
//! only a workspace runs have cells of their own.

use super::super::{Create, column_definitions};
use super::LintedStatement;
use super::problem::Problem;

const CODE: &str = "sql-create-table";
const WORKSPACE_ONLY: &str =
    "put it in a cell of its own that begins with `-- piq: workspace-only`: other engines skip such cells";

pub(super) fn check(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
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
    let Some(made) = Create::read(s.tokens).filter(|made| !made.is_view && !made.temporary) else { return };
    let mut say = |code: &'static str, at: usize, length: usize, message: &str, hint: &str| {
        out.push(Problem::new(code, at..at + length, message, hint));
    };
    if !made.replace && !made.if_not_exists {
        say(
            CODE,
            0,
            2,
            "CREATE TABLE fails when the cell runs again",
            "write CREATE TABLE IF NOT EXISTS, or CREATE OR REPLACE TABLE … AS SELECT",
        );
    }
    let clause = |words: &[&str]| made.clause(s.tokens, words);
    if clause(&["using", "delta"]).is_none() {
        say(
            CODE,
            0,
            2,
            "CREATE TABLE without USING DELTA: engines have other defaults",
            "write USING DELTA before AS, COMMENT and LOCATION",
        );
    }
    if let Some(at) = clause(&["cluster", "by"]) {
        say("sql-workspace-only", at, 2, "CLUSTER BY runs in a workspace only", WORKSPACE_ONLY);
    }
    if made.query.is_some() {
        for word in ["comment", "location"] {
            if let Some(at) = clause(&[word]) {
                let message = format!("CREATE TABLE … AS SELECT with {}", word.to_uppercase());
                say(CODE, at, 1, &message, "some engines take only USING DELTA in this statement");
            }
        }
    } else {
        for column in made.list.into_iter().flat_map(|list| column_definitions(s.tokens, list)) {
            if column.comment.is_none() {
                let message = format!("the column `{}` has no COMMENT", column.name);
                let hint = "describe the column: people read the comment in the catalog";
                let at = column.tokens.start;
                out.push(Problem::new("sql-column-comment", at..at + 1, message, hint));
            }
        }
    }
}
