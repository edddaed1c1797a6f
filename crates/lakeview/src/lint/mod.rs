//! Checks of dashboards against the rules of `docs/dashboards.md`.

mod custom;
mod datasets;
mod encodings;
mod expressions;
mod filters;
mod layout;
mod names;
mod parameters;
#[cfg(test)]
mod seeded;
#[cfg(test)]
mod tests;
mod texts;
mod types;
mod widgets;

use piq_diagnostics::{Diagnostic, Severity};

use super::contract::{self, Contract};
use super::json::{JsonKind, JsonValue};
use super::report::{LintReport, opening};
use super::source::{LazySource, read_json, read_text};

pub use names::check_names;

/// Conventions of a project that its dashboards follow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LintSettings {
    /// Whether each query begins with `USE CATALOG IDENTIFIER(:…); USE SCHEMA IDENTIFIER(:…);` and names no catalog.
    pub use_head: bool,
}

/// All findings of one dashboard, in the order of the file. `path` is only for diagnostics. Without a contract only
/// those columns are checked that the file itself shows.
pub fn lint(path: &str, bytes: &[u8], settings: LintSettings, contract: Option<&Contract>) -> Vec<Diagnostic> {
    let document = match read_text(path, bytes).and_then(|text| read_json(path, text)) {
        Ok(document) => document,
        Err(fault) => return vec![fault],
    };
    let source = LazySource::new(path, document.text());
    let mut report = LintReport::new(&source);
    check(document.root(), settings, contract, &mut report);
    report.found.sort_by_key(|d| d.labels.first().map(|l| l.place.span.start));
    report.found
}

/// Findings after which a dashboard does not open, or a widget of it stays blank.
const BLANK: [&str; 16] = [
    "dashboard-aggregation",
    "dashboard-dangling-name",
    "dashboard-expression",
    "dashboard-measure",
    "dashboard-missing-encoding",
    "dashboard-no-query",
    "dashboard-not-json",
    "dashboard-not-utf-8",
    "dashboard-parameter-default",
    "dashboard-shape",
    "dashboard-sql",
    "dashboard-statements",
    "dashboard-text-widget",
    "dashboard-undeclared-parameter",
    "dashboard-unknown-column",
    "dashboard-widget-type",
];

/// All findings of a dashboard of a bundle that has conventions of its own: errors are only those after which
/// something stays blank.
pub fn lint_elsewhere(path: &str, bytes: &[u8]) -> Vec<Diagnostic> {
    let mut found = lint(path, bytes, LintSettings::default(), None);
    for one in found.iter_mut().filter(|one| !BLANK.contains(&one.code)) {
        one.severity = Severity::Warning;
    }
    found
}

/// The text of a dashboard with every mechanical correction, and how many there are. The text stays as it is if it
/// cannot be read.
pub fn fixed(text: &str, settings: LintSettings) -> (String, usize) {
    let Ok(document) = read_json("", text) else { return (text.to_owned(), 0) };
    let source = LazySource::new("", text);
    let mut report = LintReport::new(&source);
    check(document.root(), settings, None, &mut report);
    let mut edits = report.edits;
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let (mut out, mut at, mut count) = (String::with_capacity(text.len()), 0, 0);
    for (span, new) in edits {
        // of two corrections at one place the second waits for the next run
        if span.start < at {
            continue;
        }
        out.push_str(&text[at..span.start]);
        out.push_str(&new);
        at = span.end;
        count += 1;
    }
    out.push_str(&text[at..]);
    // a correction that does not read back as JSON must not reach the file
    if read_json("", &out).is_ok() { (out, count) } else { (text.to_owned(), 0) }
}

fn check(root: JsonValue<'_>, settings: LintSettings, contract: Option<&Contract>, report: &mut LintReport<'_>) {
    if root.kind() != JsonKind::Object {
        let message = "not a dashboard: the top level must be a JSON object";
        return report.error("dashboard-shape", opening(root), message, "it has `datasets` and `pages`");
    }
    for name in ["datasets", "pages"] {
        if let Some(other) = root.get(name).filter(|v| v.kind() != JsonKind::Array) {
            report.error("dashboard-shape", opening(other), format!("`{name}` must be a list"), "");
        }
    }
    datasets::check(root, settings, report);
    widgets::check(root, report);
    layout::check(root, report);
    contract::check(root, contract, report);
}
