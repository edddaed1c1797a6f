//! Collects the findings of one dashboard, and the edits that correct some of them.

use std::ops::Range;

use piq_diagnostics::Diagnostic;

use super::json::JsonValue;
use super::source::LazySource;

/// Findings and edits.
pub(crate) struct LintReport<'r> {
    source: &'r LazySource<'r>,
    pub(crate) found: Vec<Diagnostic>,
    /// Bytes of the file and what to put in their place.
    pub(crate) edits: Vec<(Range<usize>, String)>,
}

impl<'r> LintReport<'r> {
    pub(crate) fn new(source: &'r LazySource<'r>) -> Self {
        Self { source, found: Vec::new(), edits: Vec::new() }
    }

    pub(crate) fn error(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>, hint: &str) {
        self.add(Diagnostic::error(code, message), span, hint);
    }

    pub(crate) fn warning(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>, hint: &str) {
        self.add(Diagnostic::warning(code, message), span, hint);
    }

    /// Offers an edit for what was reported.
    pub(crate) fn fix(&mut self, span: Range<usize>, text: impl Into<String>) {
        self.edits.push((span, text.into()));
    }

    fn add(&mut self, diagnostic: Diagnostic, span: Range<usize>, hint: &str) {
        let diagnostic = diagnostic.at(self.source.span_of(span));
        self.found.push(if hint.is_empty() { diagnostic } else { diagnostic.hint(hint) });
    }

    /// Reports the second and later of several equal names.
    pub(crate) fn duplicates<'d>(&mut self, what: &str, names: impl Iterator<Item = JsonValue<'d>>) {
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

/// The widgets of a page with their layout items.
pub(crate) fn layout_items(page: JsonValue<'_>) -> impl Iterator<Item = (JsonValue<'_>, JsonValue<'_>)> {
    page.get_items("layout").filter_map(|item| Some((item, item.get("widget")?)))
}

/// The opening bracket of a value: a place that shows well however long the value is.
pub(crate) fn opening(value: JsonValue<'_>) -> Range<usize> {
    value.span().start..value.span().start + 1
}
