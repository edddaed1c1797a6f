//! The exploratory notebooks, `sql/exploratory/*.ipynb`: each cell is a template, and only what a template changes
//! is written again in the file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::{RenderedFile, lint::CLOCKS};
use crate::pipeline::Content;
use crate::template::{Engine, Rendered, SharedContext, Templates};
use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};
use piq_lakeview::json::{Document, JsonKind, JsonValue};
use piq_lakeview::query::QueryText;
use piq_sql::lint::check_portable;

const FOLDER: &str = "sql/exploratory/";
/// The first line of a cell that holds SQL.
const SQL: &str = "%sql\n";

/// The notebooks of the target, by their path in the bundle folder.
///
/// # Errors
/// Every file that is not a notebook, every template that does not render, and SQL that not every engine runs.
pub(super) fn notebooks(
    content: &Content,
    context: &SharedContext,
) -> Result<BTreeMap<String, RenderedFile>, Diagnostics> {
    let engine = Engine::new(&Templates::default())?;
    let mut files = BTreeMap::new();
    let mut problems = Vec::new();
    for (path, source) in content {
        let Some(name) = path.strip_prefix(FOLDER).filter(|n| n.ends_with(".ipynb")) else { continue };
        match notebook(source, &engine, context) {
            Ok(bytes) => {
                files.insert(format!("notebooks/exploratory/{name}"), RenderedFile { bytes, map: None });
            }
            Err(d) => problems.extend(d.0),
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(Diagnostics(problems)) }
}

fn notebook(source: &Arc<Source>, engine: &Engine, context: &SharedContext) -> Result<Vec<u8>, Diagnostics> {
    let document = Document::parse(&source.text).map_err(|fault| {
        Diagnostic::error("notebook-not-json", format!("the file is not JSON: {}", fault.message))
            .at(Span::new(source, fault.at..fault.at + 1))
            .hint("a notebook file is the JSON that Jupyter or Databricks writes (Export, IPython notebook)")
    })?;
    let Some(cells) = document.root().get("cells").filter(|c| c.kind() == JsonKind::Array) else {
        let d = Diagnostic::error("notebook-cells", "the notebook has no list `cells`").at(Span::new(source, 0..0));
        return Err(d.hint("save it in the format nbformat 4").into());
    };
    let mut out = String::with_capacity(source.text.len());
    let mut copied = 0;
    let mut problems = Vec::new();
    for (index, cell) in cells.items().enumerate() {
        let Some(lines) = cell.get("source") else { continue };
        let text = ExploratoryCell { file: source, query: QueryText::of_lines(lines), number: index + 1 };
        match text.rendered(engine, context) {
            Ok(rendered) => {
                if cell.get_string("cell_type").is_some_and(|t| t == "code") {
                    problems.extend(text.lint(&rendered));
                }
                if rendered.text != text.query.text {
                    out.push_str(&source.text[copied..lines.span().start]);
                    out.push_str(&as_lines(lines, &rendered.text));
                    copied = lines.span().end;
                }
            }
            Err(d) => problems.extend(d.0),
        }
    }
    if !problems.is_empty() {
        return Err(Diagnostics(problems));
    }
    out.push_str(&source.text[copied..]);
    Ok(out.into_bytes())
}

/// One cell, and where its text stands in the file.
struct ExploratoryCell<'s> {
    file: &'s Arc<Source>,
    query: QueryText,
    number: usize,
}

impl ExploratoryCell<'_> {
    fn span_of(&self, span: &Range<usize>) -> Span {
        Span::new(self.file, self.query.in_file(span))
    }

    fn rendered(&self, engine: &Engine, context: &SharedContext) -> Result<Rendered, Diagnostics> {
        let mut templates = Templates::default();
        let name = format!("{}#{}", self.file.path, self.number);
        templates.add(name.clone(), Source::new(name.clone(), self.query.text.clone()));
        engine.with(&templates).and_then(|engine| engine.render(&name, context)).map_err(|mut diagnostics| {
            for label in diagnostics.0.iter_mut().flat_map(|d| &mut d.labels) {
                label.place = self.span_of(&label.place.span);
            }
            diagnostics
        })
    }

    /// Holds the SQL of the cell to what every engine runs.
    fn lint(&self, rendered: &Rendered) -> Vec<Diagnostic> {
        let Some(sql) = rendered.text.strip_prefix(SQL) else { return Vec::new() };
        let in_cell = |at: usize| rendered.map.span_of(SQL.len() + at).map(|p| p.span);
        let findings = check_portable(sql, CLOCKS).into_iter().map(|f| {
            let start = in_cell(f.span.start).unwrap_or(0..0);
            let end = f
                .span
                .end
                .checked_sub(1)
                .and_then(in_cell)
                .map_or(start.end, |last| last.end + usize::from(last.is_empty()));
            let place = self.span_of(&(start.start..end.max(start.start)));
            Diagnostic::error(f.code, f.message).at(place).hint(f.hint).hint(format!("it is in cell {}", self.number))
        });
        findings.collect()
    }
}

/// A text as the lines of a notebook file, laid out as the lines that it replaces.
fn as_lines(lines: JsonValue<'_>, text: &str) -> String {
    let raw = lines.raw();
    let (Some(first), Some(last)) = (lines.items().next(), lines.items().last()) else {
        return piq_lakeview::json::encode(text, false);
    };
    let start = lines.span().start;
    let before = &raw[1..first.span().start - start];
    let after = &raw[last.span().end - start..raw.len() - 1];
    let ascii = raw.is_ascii();
    let items: Vec<String> =
        text.split_inclusive('\n').map(|line| format!("{before}{}", piq_lakeview::json::encode(line, ascii))).collect();
    format!("[{}{after}]", items.join(","))
}

#[cfg(test)]
mod tests {
    use super::notebook;
    use crate::template::{Engine, SharedContext, Templates};
    use piq_diagnostics::Source;

    fn render(cells: &str) -> Result<String, piq_diagnostics::Diagnostics> {
        let text = format!("{{\n \"cells\": [\n{cells}\n ],\n \"nbformat\": 4\n}}\n");
        let context = SharedContext::default().with("var", &serde_json::json!({"catalog": "a\"b`c"}));
        let engine = Engine::new(&Templates::default()).expect("no template");
        notebook(&Source::new("n.ipynb", text), &engine, &context).map(|b| String::from_utf8(b).expect("UTF-8"))
    }

    fn code(lines: &str) -> String {
        format!("  {{\"cell_type\": \"code\",\n   \"source\": [\n    {lines}\n   ]}}")
    }

    #[test]
    fn only_what_a_template_changes_is_written_anew() {
        let plain = code("\"%sql\\n\",\n    \"SELECT '\\u00e9'\"");
        let named = code("\"%sql\\n\",\n    \"USE CATALOG {{ var.catalog | sql_ident }}\"");
        let text = render(&format!("{plain},\n{named}")).expect("renders");
        assert!(text.contains(&plain));
        assert!(text.contains("[\n    \"%sql\\n\",\n    \"USE CATALOG `a\\\"b``c`\"\n   ]"), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn faults_have_their_place_in_the_file() {
        for (lines, code_name, word) in [
            ("\"%sql\\n\",\n    \"SELECT '\\u00e9', {{ var.colour }}\"", "template", "var.colour"),
            (
                "\"%sql\\n\",\n    \"SELECT \\\"\\t\\\", * EXCEPT (a)\\n\",\n    \"FROM t\"",
                "sql-not-portable",
                "* EXCEPT",
            ),
            ("\"%sql\\n\",\n    \"SELECT (1\"", "sql-bracket", "("),
        ] {
            let error = render(&code(lines)).expect_err(code_name);
            assert_eq!(error.0.len(), 1, "{error}");
            let place = &error.0[0].labels[0].place;
            assert_eq!((error.0[0].code, &place.source.text[place.span.clone()]), (code_name, word), "{error}");
        }
        assert!(render(&code("\"import os\\n\",\n    \"x = [1\"")).is_ok(), "Python is not looked at");
    }
}
