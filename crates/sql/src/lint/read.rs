//! A notebook as the rules read it.

use super::super::notebook::{CellKind, NotebookCell};
use super::super::{Token, tokens_and_open_ends};
use super::facts::StatementFacts;
use super::problem::Problem;
use super::syntax;

/// A notebook, its SQL read into tokens once for all rules.
pub(super) struct ReadNotebook<'c> {
    pub(super) cells: Vec<ReadCell<'c>>,
    pub(super) facts: StatementFacts,
}

/// A cell and its tokens.
pub(super) struct ReadCell<'c> {
    pub(super) cell: &'c NotebookCell,
    /// Those that mean something, and a comment or quote that has no end; none if the cell is not SQL.
    pub(super) tokens: Vec<Token<'c>>,
    /// The quote or bracket that hides the rest of the cell: other findings would be wrong.
    pub(super) unreadable: Option<Problem>,
}

impl<'c> ReadNotebook<'c> {
    pub(super) fn of(cells: &'c [NotebookCell]) -> Self {
        let read = |cell: &'c NotebookCell| {
            let tokens = if cell.kind == CellKind::Sql { tokens_with_comments(cell) } else { Vec::new() };
            ReadCell { cell, unreadable: syntax::unreadable(&tokens), tokens }
        };
        let cells: Vec<ReadCell<'_>> = cells.iter().map(read).collect();
        let facts = StatementFacts::of(cells.iter().filter(|c| c.unreadable.is_none()).map(|c| c.tokens.as_slice()));
        Self { cells, facts }
    }
}

pub(super) fn tokens_with_comments(cell: &NotebookCell) -> Vec<Token<'_>> {
    tokens_and_open_ends(&cell.text)
}
