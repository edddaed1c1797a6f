//! The rules for SQL, on rendered notebooks: what they find is shown at its place in the template.

use std::ops::Range;

use crate::pipeline::RenderedPipeline;
use crate::template::SourceMap;
use piq_bundle::TargetBundle;
use piq_diagnostics::{Diagnostic, Source, Span};
use piq_sql::lint::{self, Clocks, SqlProblem, check_notebooks, check_syntax};
use piq_sql::notebook::is_notebook;

/// Columns of the pipeline that say when a use case changed, and when a run was.
pub(super) const CLOCKS: Clocks<'static> = Clocks {
    source: &["last_modified_ts", "last_modified_date"],
    run: &["piq_last_updated", "piq_started_at", "started_at"],
};

/// Checks the notebooks that templates made.
pub(super) fn check(pipeline: &RenderedPipeline) -> Vec<Diagnostic> {
    let notebooks: Vec<(&str, &str, &SourceMap)> = pipeline
        .notebooks
        .iter()
        .map(|(path, rendered)| (path.as_str(), rendered.text.as_str(), &rendered.map))
        .filter(|(_, text, _)| is_notebook(text))
        .collect();
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut of_trials: Vec<Diagnostic> = Vec::new();
    // a template may be part of several notebooks, or of several cells of one
    let mut add = |path: &str, text: &str, map: &SourceMap, mut finding: SqlProblem| {
        if is_made_by(&MEASURES, map, &finding) {
            return;
        }
        let is_trial = is_made_by(&[TRIALS], map, &finding);
        if let Some(span) = unmatched_part(text, map, &finding) {
            finding.span = span;
        }
        let diagnostic = at_template(path, text, map, finding);
        let same = |d: &Diagnostic| d.code == diagnostic.code && d.labels.first() == diagnostic.labels.first();
        let list = if is_trial { &mut of_trials } else { &mut found };
        if !list.iter().any(same) {
            list.push(diagnostic);
        }
    };
    let pairs: Vec<(&str, &str)> = notebooks.iter().map(|(path, text, _)| (*path, *text)).collect();
    for (notebook, finding) in check_notebooks(&pairs, CLOCKS) {
        if let Some((path, text, map)) = notebooks.iter().find(|(path, ..)| *path == notebook) {
            add(path, text, map, finding);
        }
    }
    // a trial has the form of its question: what is wrong with it comes from there, if anything is
    if found.is_empty() { of_trials } else { found }
}

/// Macros that put a copy of a query, or of a part of it, into a notebook to measure what it sends.
pub(super) const MEASURES: [&str; 2] = ["measured_calls(", "measured_chars("];

/// The macro that puts the trials of questions into a notebook.
const TRIALS: &str = "trials(";

/// Whether it is in the copy of a query that one of these macros makes: its fault is found in the query.
fn is_made_by(macros: &[&str], map: &SourceMap, finding: &SqlProblem) -> bool {
    let place = map.span_of(finding.span.start);
    let text = place.as_ref().and_then(|p| p.source.text.get(p.span.clone()));
    text.is_some_and(|text| macros.iter().any(|m| text.contains(m)))
}

/// A template that others include may be the one that lacks a quote or bracket, which is missed further on only.
fn unmatched_part(text: &str, map: &SourceMap, finding: &SqlProblem) -> Option<Range<usize>> {
    if !["sql-bracket", "sql-unclosed", "sql-statements"].contains(&finding.code) {
        return None;
    }
    let parts = map.parts();
    let (_, whole) = parts.first()?;
    let included = parts.iter().filter(|(range, source)| {
        source.path != whole.path && finding.in_cell.start <= range.start && range.end <= finding.in_cell.end
    });
    let mut unmatched = included.filter_map(|(range, _)| {
        let at = lint::unmatched(&text[range.clone()])?;
        Some(range.start + at.start..range.start + at.end)
    });
    unmatched.next()
}

fn at_template(path: &str, text: &str, map: &SourceMap, finding: SqlProblem) -> Diagnostic {
    let SqlProblem { code, message, span, hint, cell, .. } = finding;
    let place = template_place(map, &span).unwrap_or_else(|| Span::new(&Source::new(path, text), span));
    Diagnostic::error(code, message).at(place).hint(hint).hint(format!("it is in {cell} of {path}"))
}

/// The place in the template that made a range of the text.
pub(super) fn template_place(map: &SourceMap, span: &Range<usize>) -> Option<Span> {
    let start = map.span_of(span.start)?;
    if span.is_empty() {
        return Some(Span::new(&start.source, start.span.start..start.span.start));
    }
    let last = map.span_of(span.end - 1)?;
    let exact = start.span.is_empty() && last.span.is_empty();
    let end = if exact { last.span.end + 1 } else { last.span.end };
    if last.source == start.source && end > start.span.start {
        return Some(Span::new(&start.source, start.span.start..end));
    }
    Some(start)
}

/// Looks at the SQL notebooks of the bundle folder that jobs name: whatever their engine, a quote or a bracket without
/// an end cannot be meant. Their SQL is not piq's, so these are warnings, and no other rule is applied.
pub fn lint_own_notebooks(project: &TargetBundle) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut seen = Vec::new();
    for path in super::notebook_paths(project) {
        let Some(text) = path.as_str().filter(|p| p.starts_with('.')) else { continue };
        let file = project.dir_of(path).join(text);
        if seen.contains(&file) {
            continue;
        }
        let Ok(content) = std::fs::read_to_string(&file) else { continue };
        if is_notebook(&content) {
            let shown = file.strip_prefix(&project.project_dir).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            let shown = shown.replace("/./", "/");
            let source = Source::new(shown.trim_start_matches("./"), content);
            found.extend(
                check_syntax(&source.text)
                    .into_iter()
                    .map(|f| Diagnostic::warning(f.code, f.message).at(Span::new(&source, f.span)).hint(f.hint)),
            );
        }
        seen.push(file);
    }
    found
}
