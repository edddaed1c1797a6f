//! From the trace of a failed run back to what somebody wrote: the engine names a cell and what is wrong in it.

use std::ops::Range;

use super::Bundle;
use super::lint::{MEASURES, template_place};
use crate::pipeline::Content;
use crate::template::SourceMap;
use piq_diagnostics::{Diagnostic, Source, Span};
use piq_sql::notebook::{CellKind, NotebookCell, cells, is_notebook};
use piq_sql::{Create, Token, TokenKind, faults_in, is_keyword, relations, tokens};

/// The folder of the files that authors write.
const OWN: &str = "sql/";
/// What stands before the name of an enrichment whose calls are measured beside others.
const FIELD: &str = "named_struct('enrichment', '";
/// At most this many places are shown where the engine does not say which.
const SHOWN: usize = 3;

/// A notebook of the bundle.
struct Notebook<'b> {
    path: &'b str,
    text: &'b str,
    map: &'b SourceMap,
    content: &'b Content,
    source_table: Option<&'b str>,
}

/// Where in the project the cell of a trace stands: what the engine complains of, if it says so or there is only one, in the
/// file that somebody wrote rather than in a template; else the start of that file's SQL, or of the cell. `None` if no
/// rendered notebook has that cell as it ran: the project has changed since, or the notebook is not the project's.
///
/// `error` is what the engine said, `trace` the text that holds the cell's SQL.
pub fn failed_cell(bundle: &Bundle, content: &Content, error: &str, trace: &str) -> Option<Diagnostic> {
    let source_table = bundle.registry.as_ref().map(|registry| registry.config.source_table.as_str());
    let notebooks = bundle.files.iter().filter_map(|(path, file)| {
        let text = std::str::from_utf8(&file.bytes).ok().filter(|t| is_notebook(t))?;
        Some(Notebook { path, text, map: file.map.as_ref()?, content, source_table })
    });
    // a trace names the notebook by its place in the workspace, without its extension
    let named = notebooks.filter(|n| trace.contains(n.path.rsplit_once('.').map_or(n.path, |(stem, _)| stem)));
    let ran =
        |cell: &NotebookCell| cell.kind == CellKind::Sql && trace.contains(&cell.label()) && trace.contains(&cell.text);
    let found = named.flat_map(|notebook| {
        let failed: Vec<NotebookCell> = cells(notebook.text).into_iter().filter(ran).collect();
        failed.into_iter().map(move |cell| (Notebook { ..notebook }, cell))
    });
    // `cell 1` is part of `cell 12`: the cell with the longest text is the one
    let (notebook, cell) = found.max_by_key(|(_, cell)| cell.text.len())?;
    let said = error.lines().next().unwrap_or_default().trim();
    let mut diagnostic =
        notebook.placed(Diagnostic::error("cell-failed", format!("a cell failed: {said}")), &cell, error);
    let at_source = diagnostic.labels.first().is_some_and(|l| l.place.source.path == "sql/source.sql");
    if at_source && error.contains("TABLE_OR_VIEW_NOT_FOUND") {
        diagnostic =
            diagnostic.hint("set the variable `source_table`, or edit sql/source.sql; `piq doctor source` checks it");
    }
    let hint = format!("it is in {} of {}; `piq render` writes the whole text", cell.label(), notebook.path);
    Some(diagnostic.hint(hint))
}

/// Whether an error is one that a statement raises with a text of its own.
fn raises(sql: &str, error: &str) -> bool {
    let all = tokens(sql);
    let texts = all.iter().filter(|t| t.kind == TokenKind::String).map(Token::content);
    all.iter().any(|t| t.is_word("raise_error"))
        && texts.filter(|text| text.len() >= 12).any(|text| error.contains(text.trim()))
}

impl Notebook<'_> {
    /// Adds the places that the error can be about.
    fn placed(&self, diagnostic: Diagnostic, cell: &NotebookCell, error: &str) -> Diagnostic {
        let (mut places, mut named): (Vec<Span>, bool) = (Vec::new(), false);
        for (at, cell) in self.with_views(cell).into_iter().enumerate() {
            let faults = faults_in(&cell.text, error);
            let here = faults.ranges.iter().filter_map(|range| self.place(&cell.in_notebook(range))).map(first_line);
            here.for_each(|place| {
                if !places.contains(&place) {
                    places.push(place)
                }
            });
            named |= faults.named && !places.is_empty();
            // what a view lacks is only looked for where the cell itself has nothing of that name
            if at == 0 && named {
                break;
            }
        }
        // the statement says itself what is wrong: no part of its text is
        if !named && raises(&cell.text, error) {
            return diagnostic;
        }
        if places.iter().any(is_own) {
            places.retain(is_own);
        }
        let question = self.question(cell);
        let of_question = |place: &Span| question.as_ref().is_some_and(|q| q.source.path == place.source.path);
        if places.iter().any(of_question) {
            places.retain(of_question);
        }
        match places.as_slice() {
            [] => match self.start_of_own_part(cell).or(question).or_else(|| self.start(cell)) {
                Some(start) => diagnostic.label(start, "in this statement"),
                None => diagnostic,
            },
            // a place in a template says less than the file of the question that the template is filled with
            all if !named && !all.iter().any(is_own) && question.is_some() => {
                question.into_iter().fold(diagnostic, |d, start| d.label(start, "in this question"))
            }
            [first, ..] if named => diagnostic.at(first.clone()),
            [only] => diagnostic.at(only.clone()),
            [first, others @ ..] if places.len() <= SHOWN => {
                let one = diagnostic.label(first.clone(), "here");
                others.iter().fold(one, |d, place| d.label(place.clone(), "or here"))
            }
            [first, ..] => {
                diagnostic.label(first.clone(), format!("here, or in one of {} others like it", places.len() - 1))
            }
        }
    }

    /// The cell, and the cells of the views that it reads: an engine runs those with it.
    fn with_views(&self, cell: &NotebookCell) -> Vec<NotebookCell> {
        let views: Vec<(String, NotebookCell)> = cells(self.text)
            .into_iter()
            .filter(|c| c.kind == CellKind::Sql)
            .filter_map(|c| {
                let words = tokens(&c.text);
                let made = Create::read(&words).filter(|made| made.is_view)?;
                let name = words[made.name.end - 1].content();
                Some((name, c))
            })
            .collect();
        let mut found = vec![cell.clone()];
        let mut at = 0;
        while let Some(reader) = found.get(at) {
            let words = tokens(&reader.text);
            let names: Vec<String> = relations(&words)
                .into_iter()
                .filter(|r| r.is_source && r.parts.len() == 1)
                .flat_map(|r| r.parts)
                .collect();
            for name in names {
                let view = views.iter().rev().find(|(view, _)| *view == name).map(|(_, c)| c);
                if let Some(view) = view.filter(|v| !found.iter().any(|f| f.span == v.span)) {
                    found.push(view.clone());
                }
            }
            at += 1;
        }
        found
    }

    /// The place that made a range of the notebook: in the file of an author where one stands behind a template.
    fn place(&self, range: &Range<usize>) -> Option<Span> {
        let place = template_place(self.map, range)?;
        if is_own(&place) {
            return Some(place);
        }
        let origin = place.source.text.get(place.span.clone()).unwrap_or_default();
        let mapped = || self.mapping(self.text.get(range.clone())?);
        let own = if MEASURES.iter().any(|m| origin.contains(m)) {
            self.measured(range)
        } else {
            self.cell_of_table(range)
                .or_else(|| self.map.expression_at(range.start).and_then(|_| self.rule(range).or_else(mapped)))
        };
        own.or(Some(place))
    }

    /// The same words in the enrichment that a copy of its query only measures.
    fn measured(&self, range: &Range<usize>) -> Option<Span> {
        let text = &self.text[..range.start];
        let columns = text.rfind("' AS enrichment").map(|at| (at, text[..at].rfind('\'').map(|open| open + 1)));
        let fields = text.rfind(FIELD).map(|at| {
            let open = at + FIELD.len();
            (at, text[open..].find('\'').map(|len| open + len))
        });
        let name = match (columns, fields) {
            (Some((end, open)), None) => text.get(open?..end)?,
            (Some((end, open)), Some((at, _))) if end > at => text.get(open?..end)?,
            (_, Some((at, end))) => text.get(at + FIELD.len()..end?)?,
            (None, None) => return None,
        };
        let folders = ["enrichments", "summaries"].iter();
        let source = folders.filter_map(|f| self.content.get(&format!("sql/{f}/{name}.sql"))).next()?;
        let words = self.text.get(range.clone())?;
        let token = tokens(&source.text).into_iter().find(|t| t.raw == words).map(|t| t.span);
        let span = token.or_else(|| source.text.find(words).map(|at| at..at + words.len()))?;
        Some(Span::new(source, span))
    }

    /// The same words in the mapping of the source, which templates put into their statements whole.
    fn mapping(&self, words: &str) -> Option<Span> {
        // a keyword stands in every statement
        let source = self.content.get("sql/source.sql").filter(|_| !is_keyword(words))?;
        let all = tokens(&source.text);
        let token = all.iter().find(|t| t.raw.eq_ignore_ascii_case(words)).map(|t| t.span.clone());
        let dotted = || words.contains('.').then(|| source.text.find(words)).flatten().map(|at| at..at + words.len());
        let variable = || {
            let name = "pipeline.source_table";
            let is_source = words.eq_ignore_ascii_case(self.source_table?);
            is_source.then(|| source.text.find(name)).flatten().map(|at| at..at + name.len())
        };
        Some(Span::new(source, token.or_else(dotted).or_else(variable)?))
    }

    /// The cell of a table, such as a condition of a rule, or a rule in the header of a question, that a template put
    /// there whole.
    fn cell_of_table(&self, range: &Range<usize>) -> Option<Span> {
        let value = self.text.get(self.map.expression_at(range.start)?)?.trim();
        let quoted = value.replace('"', "\"\"");
        let is_own = |path: &str| path.starts_with(OWN) && [".csv", ".sql"].iter().any(|end| path.ends_with(end));
        let tables = self.content.iter().filter(|(path, _)| is_own(path));
        let in_table = |source: &std::sync::Arc<Source>| {
            let found =
                [value, quoted.as_str()].into_iter().find_map(|v| source.text.find(v).map(|at| at..at + v.len()));
            found.map(|span| Span::new(source, span))
        };
        if value.len() < 4 { None } else { tables.map(|(_, source)| source).find_map(in_table) }
    }

    /// A rule of a question, which a template put among other words: the same words with what stands beside them.
    fn rule(&self, range: &Range<usize>) -> Option<Span> {
        const BESIDE: usize = 6;
        let start = self.text.floor_char_boundary(range.start.saturating_sub(BESIDE));
        let end = self.text.ceil_char_boundary(range.end + BESIDE);
        let words = self.text.get(start..end).filter(|words| words.len() > 2 * BESIDE)?;
        let questions = self.content.iter().filter(|(path, _)| path.starts_with("sql/enrichments/"));
        let mut found = questions.filter_map(|(_, source)| Some((source, source.text.find(words)?)));
        let (source, at) = found.next()?;
        // words that stand in several files say nothing
        let own = at + (range.start - start)..at + (range.end - start);
        found.next().is_none().then(|| Span::new(source, own))
    }

    /// Where the SQL of an author's file starts in the cell, if the cell holds that of one file.
    fn start_of_own_part(&self, cell: &NotebookCell) -> Option<Span> {
        let inside = |range: &Range<usize>| range.start < cell.span.end && cell.span.start < range.end;
        let parts =
            self.map.parts().into_iter().filter(|(range, source)| source.path.starts_with(OWN) && inside(range));
        let mut own: Vec<(Range<usize>, std::sync::Arc<Source>)> = parts.collect();
        own.dedup_by(|a, b| a.1.path == b.1.path);
        let [(range, _)] = own.as_slice() else { return None };
        let start = range.start.max(cell.span.start);
        let first = tokens(self.text.get(start..range.end)?).first()?.span.clone();
        template_place(self.map, &(start + first.start..start + first.end))
    }

    /// The file of the question whose answers the cell makes, at its first words.
    fn question(&self, cell: &NotebookCell) -> Option<Span> {
        let words = tokens(&cell.text);
        let made = Create::read(&words)?;
        let name_of = |path: &str| Some(path.strip_prefix("sql/enrichments/")?.strip_suffix(".sql")?.to_owned());
        // the views of a question end with its name
        let is_of = |name: &str| made.last_name().strip_suffix(name).is_some_and(|r| r.is_empty() || r.ends_with('_'));
        let found = self.content.iter().filter_map(|(path, source)| Some((name_of(path)?, source)));
        let (_, source) = found.filter(|(name, _)| is_of(name)).max_by_key(|(name, _)| name.len())?;
        let start = source.text.find("summary:").unwrap_or(0);
        Some(first_line(Span::new(source, start..source.text.len())))
    }

    fn start(&self, cell: &NotebookCell) -> Option<Span> {
        let first = tokens(&cell.text).first().map_or(0..0, |t| t.span.clone());
        template_place(self.map, &cell.in_notebook(&first))
    }
}

/// The place up to the end of its first line.
fn first_line(mut place: Span) -> Span {
    let text = place.source.text.get(place.span.clone()).unwrap_or_default();
    if let Some(end) = text.find('\n') {
        place.span.end = place.span.start + end;
    }
    place
}

fn is_own(place: &Span) -> bool {
    place.source.path.starts_with(OWN)
}

#[cfg(test)]
mod tests {
    use super::{Bundle, failed_cell, raises};
    use crate::pipeline::Content;
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
        let diagnostic = failed_cell(&bundle(), &Content::new(), error, &trace)?;
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
    fn what_a_statement_raises_itself_is_no_part_of_its_text() {
        let sql = "SELECT raise_error(concat('Too many calls failed: ', n)) FROM t";
        assert!(raises(sql, "[ANALYSIS] Too many calls failed: 5 of 5"));
        assert!(!raises(sql, "[UNRESOLVED_COLUMN] there is no column `n`"));
        assert!(!raises("SELECT 'Too many calls failed: '", "Too many calls failed: 5"));
    }

    #[test]
    fn what_is_not_of_the_project_is_not_placed() {
        assert_eq!(place("[X] y", "SELECT\n  usecase_id,\n  color\nFROM t"), None);
    }
}
