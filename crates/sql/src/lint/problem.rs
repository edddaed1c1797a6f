//! What rules report: a problem in the tokens of a statement, and the finding in the notebook that it becomes.

use std::ops::Range;

use super::super::Token;
use super::super::notebook::NotebookCell;

/// A part of a notebook that will not run, or not on every engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlProblem {
    /// Name of the rule.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Its bytes in the notebook.
    pub span: Range<usize>,
    /// What to do.
    pub hint: String,
    /// The cell, such as `cell 3 "Score"`.
    pub cell: String,
    /// The cell's bytes in the notebook.
    pub in_cell: Range<usize>,
}

/// What a rule finds in a statement.
#[derive(Clone)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) tokens: Range<usize>,
    pub(super) message: String,
    pub(super) hint: String,
}

impl Problem {
    pub(super) fn new(
        code: &'static str,
        tokens: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { code, tokens, message: message.into(), hint: hint.into() }
    }
}

/// The problem as a finding of its cell.
pub(super) fn finding(cell: &NotebookCell, tokens: &[Token<'_>], problem: Problem) -> SqlProblem {
    let start = tokens.get(problem.tokens.start).map_or(cell.text.len(), |t| t.span.start);
    let last = problem.tokens.end.checked_sub(1).and_then(|i| tokens.get(i));
    let end = last.map_or(start, |t| t.span.end).max(start);
    SqlProblem {
        code: problem.code,
        message: problem.message,
        span: cell.in_notebook(&(start..end)),
        hint: problem.hint,
        cell: cell.label(),
        in_cell: cell.span.clone(),
    }
}
