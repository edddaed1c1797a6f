//! Rules for the SQL of notebooks. `check_portable` holds a notebook to the subset that a Databricks SQL warehouse,
//! Spark with Delta and Sail all run the same way, `check_notebooks` also looks at what one reads of another, and
//! `check_syntax` only looks for what no engine can read.
//! One file per rule; `docs/sql.md` describes them.

mod ai_calls;
mod ai_query;
mod clock;
mod create_table;
mod elsewhere;
mod facts;
mod json;
mod parameters;
mod portable;
mod problem;
mod quotes;
mod read;
mod syntax;
mod temp_views;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use clock::Clocks;
pub use problem::SqlProblem;

use facts::StatementFacts;
use problem::{Problem, finding};
use read::{ReadCell, ReadNotebook, tokens_with_comments};

use super::notebook::{CellKind, NotebookCell, cells};
use super::{Structure, Token, is_script, statements, tokens_and_open_ends};

/// What the rules read.
struct LintedStatement<'a> {
    tokens: &'a [Token<'a>],
    /// Its brackets, clauses and select lists.
    structure: Structure,
    /// What the notebook makes.
    facts: &'a StatementFacts,
    clocks: Clocks<'a>,
}

impl LintedStatement<'_> {
    /// Whether the tokens at `at` are these keywords or characters.
    fn reads(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(i, w)| self.tokens.get(at + i).is_some_and(|t| t.is_word(w) || t.is(w)))
    }

    /// Whether these keywords stand in the statement one after the other, outside of brackets.
    fn find(&self, words: &[&str]) -> Option<usize> {
        self.structure.direct(0, 0..self.tokens.len()).find(|i| self.reads(*i, words))
    }
}

type Rule = fn(&LintedStatement<'_>, &mut Vec<Problem>);

/// Rules for every cell.
const EVERYWHERE: [Rule; 4] = [parameters::check, quotes::check, ai_calls::check, ai_query::check];
/// Rules for cells that every engine runs.
const PORTABLE: [Rule; 5] = [create_table::check, json::check, portable::check, clock::check, temp_views::check];

/// Checks that every engine runs the notebook, with the same result.
pub fn check_portable(notebook: &str, clocks: Clocks<'_>) -> Vec<SqlProblem> {
    check_notebook(&ReadNotebook::of(&cells(notebook)), clocks)
}

/// Checks that every engine runs each of the notebooks, given by name and text, with the same result, and that none reads
/// a temporary view of another: `(notebook, finding)`.
pub fn check_notebooks<'n>(notebooks: &[(&'n str, &str)], clocks: Clocks<'_>) -> Vec<(&'n str, SqlProblem)> {
    let cells: Vec<(&str, Vec<NotebookCell>)> = notebooks.iter().map(|(name, text)| (*name, cells(text))).collect();
    let read: Vec<(&str, ReadNotebook<'_>)> =
        cells.iter().map(|(name, cells)| (*name, ReadNotebook::of(cells))).collect();
    let alone = read.iter().flat_map(|(name, n)| check_notebook(n, clocks).into_iter().map(|problem| (*name, problem)));
    alone.chain(elsewhere::read_elsewhere(&read)).collect()
}

/// Checks that the brackets, quotes and comments of each cell are closed.
pub fn check_syntax(notebook: &str) -> Vec<SqlProblem> {
    let mut found = Vec::new();
    for cell in cells(notebook).iter().filter(|c| c.kind == CellKind::Sql) {
        let all = tokens_with_comments(cell);
        found.extend(syntax::unreadable(&all).map(|p| finding(cell, &all, p)));
    }
    found
}

/// The first place in a part of a cell, such as what one template put into it, where a quote or bracket does not match.
pub fn unmatched(part: &str) -> Option<Range<usize>> {
    let all = tokens_and_open_ends(part);
    let at = syntax::unreadable(&all)?.tokens;
    Some(all[at.start].span.start..at.end.checked_sub(1).map_or(0, |i| all[i].span.end).max(all[at.start].span.start))
}

fn check_notebook(notebook: &ReadNotebook<'_>, clocks: Clocks<'_>) -> Vec<SqlProblem> {
    let mut found = Vec::new();
    for cell in &notebook.cells {
        check_cell(cell, &notebook.facts, clocks, &mut found);
    }
    found
}

fn check_cell(read: &ReadCell<'_>, facts: &StatementFacts, clocks: Clocks<'_>, found: &mut Vec<SqlProblem>) {
    let ReadCell { cell, tokens: all, unreadable } = read;
    if let CellKind::Magic(word) = &cell.kind {
        found.push(SqlProblem {
            code: "sql-cell-language",
            message: format!("a `{word}` cell does not run on a SQL warehouse"),
            span: cell.in_notebook(&(0..cell.text.len().min(1))),
            hint: "use SQL and Markdown cells only".into(),
            cell: cell.label(),
            in_cell: cell.span.clone(),
        });
        return;
    }
    if cell.kind != CellKind::Sql {
        return;
    }
    if let Some(problem) = unreadable {
        found.push(finding(cell, all, problem.clone()));
        return;
    }
    let parts = statements(all);
    if let Some(problem) = syntax::one_statement(all, &parts) {
        found.push(finding(cell, all, problem));
        return;
    }
    for part in parts {
        let statement = LintedStatement { tokens: part, structure: Structure::of(part), facts, clocks };
        let mut problems = Vec::new();
        let rules = if cell.workspace_only { &[][..] } else { &PORTABLE[..] };
        // a script is many statements: rules about the shape of one do not fit
        let everywhere = if is_script(part) { &EVERYWHERE[..2] } else { &EVERYWHERE[..] };
        everywhere.iter().chain(rules).for_each(|rule| rule(&statement, &mut problems));
        problems.sort_by_key(|p| p.tokens.start);
        found.extend(problems.into_iter().map(|p| finding(cell, part, p)));
    }
}
