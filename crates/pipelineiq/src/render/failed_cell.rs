//! From the trace of a failed run back to the template: the engine names a cell and what is wrong in it.

use std::ops::Range;

use super::{Bundle, lint::template_place};
use piq_diagnostics::Diagnostic;
use piq_sql::notebook::{CellKind, NotebookCell, cells, is_notebook};
use piq_sql::{fault_in, tokens};

/// Where in the project the cell of a trace stands: the word or line that the engine complains of, if it names one, else
/// the start of its SQL. `None` if no rendered notebook has that cell as it ran: the project has changed since, or the
/// notebook is not the project's.
///
/// `error` is what the engine said, `trace` the text that holds the cell's SQL.
pub fn failed_cell(bundle: &Bundle, error: &str, trace: &str) -> Option<Diagnostic> {
    let notebooks = bundle.files.iter().filter_map(|(path, file)| {
        Some((path, std::str::from_utf8(&file.bytes).ok().filter(|t| is_notebook(t))?, file.map.as_ref()?))
    });
    let mut found: Vec<(&String, NotebookCell, piq_diagnostics::Span)> = Vec::new();
    for (path, text, map) in notebooks {
        // a trace names the notebook by its place in the workspace, without its extension
        if !trace.contains(path.rsplit_once('.').map_or(path.as_str(), |(stem, _)| stem)) {
            continue;
        }
        for cell in cells(text).into_iter().filter(|c| c.kind == CellKind::Sql) {
            let named = trace.contains(&cell.label()) && trace.contains(&cell.text);
            if let (true, Some(place)) = (named, template_place(map, &cell.in_notebook(&fault(&cell.text, error)))) {
                found.push((path, cell, place));
            }
        }
    }
    // `cell 1` is part of `cell 12`: the cell with the longest text is the one
    let (path, cell, place) = found.into_iter().max_by_key(|(_, cell, _)| cell.text.len())?;
    let message = error.lines().next().unwrap_or_default().trim();
    let diagnostic = Diagnostic::error("cell-failed", format!("the engine refused this SQL: {message}")).at(place);
    Some(diagnostic.hint(format!("it is in {} of {path}; `piq render` writes the whole text", cell.label())))
}

/// What the engine complains of, else the cell's first word.
fn fault(sql: &str, error: &str) -> Range<usize> {
    fault_in(sql, error).or_else(|| tokens(sql).first().map(|t| t.span.clone())).unwrap_or(0..0)
}

#[cfg(test)]
mod tests {
    use super::{Bundle, failed_cell};
    use crate::render::RenderedFile;
    use crate::template::{Engine, Templates};
    use piq_diagnostics::Source;

    const PATH: &str = "notebooks/1_pipeline.sql";

    fn bundle() -> Bundle {
        let template = "-- Databricks notebook source\nSELECT 1\n\n-- COMMAND ----------\n\n-- DBTITLE 1,Score\nSELECT\n  {{ 'usecase_id' }},\n  colour\nFROM t\n";
        let mut templates = Templates::default();
        templates.add("1.j2", Source::new("templates/1.j2", template));
        let rendered = Engine::new(&templates).and_then(|e| e.render("1.j2", ())).expect("renders");
        let file = RenderedFile { bytes: rendered.text.into_bytes(), map: Some(rendered.map) };
        Bundle { files: [(PATH.to_owned(), file)].into(), registry: None, dashboards: Default::default() }
    }

    fn place(error: &str, sql: &str) -> Option<(String, (usize, usize))> {
        let trace = format!("cell 2 \"Score\" of /Workspace/x/files/notebooks/1_pipeline failed: {error}\n\n{sql}\n");
        let diagnostic = failed_cell(&bundle(), error, &trace)?;
        let place = &diagnostic.labels[0].place;
        Some((place.source.path.clone(), place.line_column()))
    }

    #[test]
    fn a_failed_cell_is_shown_at_its_template() {
        let sql = "SELECT\n  usecase_id,\n  colour\nFROM t";
        let at = |line, column| Some(("templates/1.j2".to_owned(), (line, column)));
        assert_eq!(place("[UNRESOLVED_COLUMN] there is no column `colour`", sql), at(9, 3));
        assert_eq!(place("[PARSE_SYNTAX_ERROR] near 'x'. (line 3, pos 2)", sql), at(9, 3));
        assert_eq!(place("[UNRESOLVED_COLUMN] there is no column `usecase_id`", sql), at(8, 6));
        assert_eq!(place("[UNRESOLVED_COLUMN] cannot find the column `t.colour`", sql), at(9, 3));
        assert_eq!(place("[DIVIDE_BY_ZERO] divide by zero", sql), at(7, 1));
    }

    #[test]
    fn what_is_not_of_the_project_is_not_placed() {
        assert_eq!(place("[X] y", "SELECT\n  usecase_id,\n  color\nFROM t"), None);
    }
}
