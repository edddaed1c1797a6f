//! The cells of a SQL notebook that the local workspace runs.

use std::collections::BTreeMap;

use crate::engine::{EngineStatement, Parameter};
pub(super) use piq_sql::notebook::NotebookCell;
use piq_sql::notebook::{self, CellKind};

/// The cells of a SQL notebook that run; text and empty cells are left out.
///
/// # Errors
/// A cell in another language, by its number.
pub(super) fn cells(source: &str) -> Result<Vec<NotebookCell>, String> {
    let mut runnable = Vec::new();
    for cell in notebook::cells(source) {
        match &cell.kind {
            CellKind::Sql => runnable.push(cell),
            CellKind::Markdown | CellKind::Empty => {}
            CellKind::Magic(word) => {
                let message = "the local workspace runs SQL cells only";
                return Err(format!("cell {} is a `{word}` cell: {message}", cell.number));
            }
        }
    }
    Ok(runnable)
}

/// A cell as a statement.
pub(super) fn statement(cell: &NotebookCell, parameters: &BTreeMap<String, String>) -> EngineStatement {
    let parameters = parameters.iter().map(|(name, value)| (name.clone(), Parameter::text(value.clone())));
    EngineStatement { sql: cell.text.clone(), parameters: parameters.collect(), workspace_only: cell.workspace_only }
}

#[cfg(test)]
mod tests {
    use super::cells;

    #[test]
    fn text_and_empty_cells_are_left_out() {
        let source = "-- MAGIC %md\n-- MAGIC # A\n-- COMMAND ----------\nSELECT 1\n-- COMMAND ----------\n-- no\n";
        let cells = cells(source).expect("SQL");
        assert_eq!(cells.iter().map(|c| (c.number, c.text.as_str())).collect::<Vec<_>>(), [(2, "SELECT 1")]);
    }

    #[test]
    fn a_cell_in_another_language_is_refused_by_number() {
        let error = cells("SELECT 1\n-- COMMAND ----------\n-- MAGIC %python\n-- MAGIC print(1)").unwrap_err();
        assert!(error.contains("cell 2") && error.contains("%python"), "{error}");
    }
}
