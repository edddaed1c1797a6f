//! The source format of SQL notebooks: cells between separator lines, with titles and magic commands.

use std::ops::Range;

/// The first line of a SQL notebook's source.
pub const HEADER: &str = "-- Databricks notebook source";
const SEPARATOR: &str = "-- COMMAND ----------";
const TITLE: &str = "-- DBTITLE ";
const MAGIC: &str = "-- MAGIC";
const WORKSPACE_ONLY: &str = "-- piq: workspace-only";

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellKind {
    /// SQL that runs.
    Sql,
    /// Text for people.
    Markdown,
    /// Another language or command, by its magic word such as `%python`.
    Magic(String),
    /// Nothing, or only comments.
    Empty,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotebookCell {
    /// Its number among all cells, from 1.
    pub number: usize,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// What it holds.
    pub kind: CellKind,
    /// Its text, without title, and without the marks of a magic cell.
    pub text: String,
    /// Whether it is for a real workspace only: another engine skips it.
    pub workspace_only: bool,
    /// Its bytes in the notebook, without the separators.
    pub span: Range<usize>,
    /// Where the lines of `text` begin: in it, and in the notebook.
    lines: Vec<(usize, usize)>,
}

impl NotebookCell {
    /// `cell 3 "Score"`.
    pub fn label(&self) -> String {
        match &self.title {
            Some(title) => format!("cell {} \"{title}\"", self.number),
            None => format!("cell {}", self.number),
        }
    }

    /// Where a range of the cell's text stands in the notebook.
    pub fn in_notebook(&self, span: &Range<usize>) -> Range<usize> {
        let offset = |at: usize| {
            let line = self.lines.partition_point(|(start, _)| *start <= at).saturating_sub(1);
            self.lines.get(line).map_or(at, |(start, origin)| origin + (at - start))
        };
        if span.is_empty() {
            return offset(span.start)..offset(span.start);
        }
        offset(span.start)..offset(span.end - 1) + 1
    }
}

/// Whether a text is a SQL notebook.
pub fn is_notebook(source: &str) -> bool {
    source.trim_start_matches('\u{feff}').lines().next().is_some_and(|line| line.trim_end() == HEADER)
}

/// All cells of a SQL notebook.
pub fn cells(source: &str) -> Vec<NotebookCell> {
    let mut cells = Vec::new();
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let text = line.trim_end_matches('\n').trim_end_matches('\r');
        if text.trim_end() == SEPARATOR {
            cells.push(cell(cells.len() + 1, &lines));
            lines.clear();
        } else if at > 0 || text.trim_start_matches('\u{feff}').trim_end() != HEADER {
            lines.push((at, text));
        }
        at += line.len();
    }
    cells.push(cell(cells.len() + 1, &lines));
    cells
}

fn cell(number: usize, lines: &[(usize, &str)]) -> NotebookCell {
    let title = lines.iter().find_map(|(_, l)| l.strip_prefix(TITLE)?.split_once(','));
    let magic = lines.iter().find_map(|(_, l)| magic_word(l));
    let mut cell = NotebookCell {
        number,
        title: title.map(|(_, t)| t.trim().to_owned()),
        kind: CellKind::Sql,
        text: String::new(),
        workspace_only: lines.iter().any(|(_, l)| l.trim() == WORKSPACE_ONLY),
        span: lines.first().map_or(0, |(at, _)| *at)..lines.last().map_or(0, |(at, line)| at + line.len()),
        lines: Vec::new(),
    };
    let mut body: Vec<(usize, &str)> = Vec::new();
    for &(at, line) in lines.iter().filter(|(_, l)| !l.starts_with(TITLE)) {
        match line.strip_prefix(MAGIC) {
            None => body.push((at, line)),
            Some(text) => {
                let text = text.strip_prefix(' ').unwrap_or(text);
                // only the first line names the command
                let word = magic_word(line).map_or(0, str::len);
                body.push((at + (line.len() - text.len()) + word, &text[word..]));
            }
        }
    }
    let is_blank = |l: &str| l.trim().is_empty();
    let first = body.iter().position(|(_, l)| !is_blank(l)).unwrap_or(body.len());
    let last = body.iter().rposition(|(_, l)| !is_blank(l)).map_or(first, |i| i + 1);
    for (i, (at, line)) in body[first..last].iter().enumerate() {
        if i > 0 {
            cell.text.push('\n');
        }
        cell.lines.push((cell.text.len(), *at));
        cell.text.push_str(line);
    }
    cell.kind = match magic {
        Some("%md" | "%md-sandbox") => CellKind::Markdown,
        Some(word) if word != "%sql" => CellKind::Magic(word.to_owned()),
        _ if super::is_blank_sql(&cell.text) => CellKind::Empty,
        _ => CellKind::Sql,
    };
    cell
}

/// `%md` of `-- MAGIC %md …`.
fn magic_word(line: &str) -> Option<&str> {
    let text = line.strip_prefix(MAGIC)?.strip_prefix(' ')?;
    text.starts_with('%').then(|| text.split_whitespace().next())?
}

#[cfg(test)]
mod tests {
    use super::{CellKind, cells, is_notebook};

    #[test]
    fn cells_are_numbered_as_people_count_them() {
        let source = "-- Databricks notebook source\n-- MAGIC %md\n-- MAGIC # Title\n-- MAGIC %dollars\n\n-- COMMAND ----------\n\n\
            -- DBTITLE 1,Make it, now\nCREATE TABLE t (\n  a INT\n)\n\n-- COMMAND ----------\n\n-- only a remark\n\n\
            -- COMMAND ----------\n-- piq: workspace-only\nOPTIMIZE t\n";
        let cells = cells(source);
        let kinds: Vec<&CellKind> = cells.iter().map(|c| &c.kind).collect();
        assert_eq!(kinds, [&CellKind::Markdown, &CellKind::Sql, &CellKind::Empty, &CellKind::Sql]);
        assert_eq!(cells[1].label(), "cell 2 \"Make it, now\"");
        assert_eq!(cells[1].text, "CREATE TABLE t (\n  a INT\n)");
        assert!(!cells[1].workspace_only);
        assert_eq!((cells[3].number, cells[3].workspace_only), (4, true));
    }

    #[test]
    fn places_lead_back_to_the_notebook() {
        let source = "-- Databricks notebook source\r\n-- DBTITLE 1,A\r\nSELECT é,\r\n  b\r\n-- COMMAND ----------\n-- MAGIC %sql\n-- MAGIC SELECT c\n-- COMMAND ----------\n-- MAGIC %sql SELECT d\n";
        for (number, word) in [(1, "é"), (1, "b"), (1, "SELECT"), (2, "c"), (3, "d")] {
            let cells = cells(source);
            let cell = &cells[number - 1];
            assert_eq!(cell.kind, CellKind::Sql);
            let at = cell.text.find(word).expect("a word");
            assert_eq!(&source[cell.in_notebook(&(at..at + word.len()))], word);
        }
    }

    #[test]
    fn another_language_is_known_by_its_word() {
        let cells = cells("SELECT 1\n-- COMMAND ----------\n-- MAGIC %python\n-- MAGIC print(1)");
        assert_eq!(cells[1].kind, CellKind::Magic("%python".into()));
        assert_eq!(cells[1].text, "print(1)");
    }

    #[test]
    fn a_notebook_begins_with_its_header() {
        assert!(is_notebook("\u{feff}-- Databricks notebook source\r\nSELECT 1"));
        assert!(!is_notebook("SELECT 1"));
    }
}
