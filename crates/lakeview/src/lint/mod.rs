//! Checks of one dashboard that need nothing but its file.

mod datasets;
mod layout;
mod names;
#[cfg(test)]
mod tests;
mod widgets;

use std::ops::Range;

use piq_diagnostics::Diagnostic;

use super::json::Value;
use super::source::{LazySource, read_json, read_text};

pub use names::check_names;

/// All findings of one dashboard, in the order of the file. `path` is only for diagnostics.
pub fn lint(path: &str, bytes: &[u8]) -> Vec<Diagnostic> {
    let document = match read_text(path, bytes).and_then(|text| read_json(path, text)) {
        Ok(document) => document,
        Err(fault) => return vec![fault],
    };
    let source = LazySource::new(path, document.text());
    let mut report = Report::new(&source);
    let root = document.root();
    datasets::check(root, &mut report);
    widgets::check(root, &mut report);
    layout::check(root, &mut report);
    report.found.sort_by_key(|d| d.labels.first().map(|l| l.place.span.start));
    report.found
}

/// Collects findings.
pub(crate) struct Report<'r> {
    source: &'r LazySource<'r>,
    pub(crate) found: Vec<Diagnostic>,
}

impl<'r> Report<'r> {
    pub(crate) fn new(source: &'r LazySource<'r>) -> Self {
        Self { source, found: Vec::new() }
    }

    pub(crate) fn error(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>, hint: &str) {
        self.add(Diagnostic::error(code, message), span, hint);
    }

    pub(super) fn warning(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>, hint: &str) {
        self.add(Diagnostic::warning(code, message), span, hint);
    }

    fn add(&mut self, diagnostic: Diagnostic, span: Range<usize>, hint: &str) {
        let diagnostic = diagnostic.at(self.source.place(span));
        self.found.push(if hint.is_empty() { diagnostic } else { diagnostic.hint(hint) });
    }

    /// Reports the second and later of several equal names.
    pub(super) fn duplicates<'d>(&mut self, what: &str, names: impl Iterator<Item = Value<'d>>) {
        let mut seen = std::collections::BTreeSet::new();
        for value in names {
            let Some(name) = value.string() else { continue };
            if !seen.insert(name.clone()) {
                let message = format!("two {what} are named `{name}`");
                self.error("dashboard-duplicate-name", value.span(), message, "rename one of them");
            }
        }
    }
}

/// The widgets of a dashboard with their layout items, page by page.
pub(crate) fn layout_items(page: Value<'_>) -> impl Iterator<Item = (Value<'_>, Value<'_>)> {
    page.get_items("layout").filter_map(|item| Some((item, item.get("widget")?)))
}
