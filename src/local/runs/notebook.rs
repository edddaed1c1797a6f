//! The source format of SQL notebooks: cells between separator lines, with magic commands and titles.

use crate::local::engine::Statement;

const SEPARATOR: &str = "-- COMMAND ----------";
const WORKSPACE_ONLY: &str = "-- piq: workspace-only";

/// A cell that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its number among all cells, from 1.
    pub number: usize,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// Its SQL.
    pub sql: String,
    /// Whether it is for a real workspace only.
    pub workspace_only: bool,
}

impl Cell {
    /// The cell as a statement.
    pub fn statement(&self, parameters: &std::collections::BTreeMap<String, String>) -> Statement {
        Statement { sql: self.sql.clone(), parameters: parameters.clone(), workspace_only: self.workspace_only }
    }

    /// `cell 3 "Score"`.
    pub fn label(&self) -> String {
        match &self.title {
            Some(title) => format!("cell {} \"{title}\"", self.number),
            None => format!("cell {}", self.number),
        }
    }
}

/// The cells of a SQL notebook that run; text and empty cells are left out. A cell in another language is an error.
pub fn cells(source: &str) -> Result<Vec<Cell>, String> {
    let mut cells = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    let mut number = 0;
    for line in source.lines().chain([SEPARATOR]) {
        if line.trim_end() != SEPARATOR {
            lines.push(line);
            continue;
        }
        number += 1;
        if let Some(cell) = cell(number, &lines)? {
            cells.push(cell);
        }
        lines.clear();
    }
    Ok(cells)
}

fn cell(number: usize, lines: &[&str]) -> Result<Option<Cell>, String> {
    let title = lines.iter().find_map(|l| l.strip_prefix("-- DBTITLE ")).and_then(|t| t.split_once(','));
    let mut body = Vec::new();
    for line in lines.iter().filter(|l| !l.starts_with("-- DBTITLE ")) {
        match line.strip_prefix("-- MAGIC") {
            None => body.push(*line),
            Some(magic) => match magic.split_whitespace().next() {
                Some("%md" | "%md-sandbox") => return Ok(None),
                Some(word) if word.starts_with('%') => {
                    let message = "the local workspace runs SQL cells only";
                    return Err(format!("cell {number} is a `{word}` cell: {message}"));
                }
                _ => {}
            },
        }
    }
    if body.iter().all(|l| l.trim().is_empty() || l.trim_start().starts_with("--")) {
        return Ok(None);
    }
    Ok(Some(Cell {
        number,
        title: title.map(|(_, t)| t.trim().to_owned()),
        sql: body.join("\n").trim().to_owned(),
        workspace_only: body.iter().any(|l| l.trim() == WORKSPACE_ONLY),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_numbered_as_people_count_them_and_text_is_left_out() {
        let source = "-- Databricks notebook source\n-- MAGIC %md\n-- MAGIC # Title\n\n-- COMMAND ----------\n\n\
            -- DBTITLE 1,Make it, now\nCREATE TABLE t (\n  a INT\n)\n\n-- COMMAND ----------\n\n-- only a remark\n\n\
            -- COMMAND ----------\n-- piq: workspace-only\nOPTIMIZE t\n";
        let cells = cells(source).unwrap();
        assert_eq!(cells.len(), 2);
        assert_eq!(cells[0].label(), "cell 2 \"Make it, now\"");
        assert_eq!(cells[0].sql, "CREATE TABLE t (\n  a INT\n)");
        assert!(!cells[0].workspace_only);
        assert_eq!(cells[1].number, 4);
        assert!(cells[1].workspace_only);
    }

    #[test]
    fn a_cell_in_another_language_is_refused_by_number() {
        let error = cells("SELECT 1\n-- COMMAND ----------\n-- MAGIC %python\n-- MAGIC print(1)").unwrap_err();
        assert!(error.contains("cell 2") && error.contains("%python"), "{error}");
    }
}
