//! From the bytes of a file to a text with places.

use std::sync::Arc;

use piq_diagnostics::{Diagnostic, Source, Span};

use super::json::Document;

/// The bytes as text, or a diagnostic at the first byte that is not UTF-8.
pub fn read_text<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Diagnostic> {
    std::str::from_utf8(bytes).map_err(|e| {
        // up to the faulty byte both texts have the same offsets
        let source = Source::new(path, String::from_utf8_lossy(bytes));
        let at = e.valid_up_to();
        Diagnostic::error(
            "dashboard-not-utf-8",
            format!("the file is not UTF-8: byte {at} does not belong to a character"),
        )
        .at(Span::new(&source, at..at + 1))
        .hint("save the file as UTF-8, or download the dashboard again")
    })
}

/// Reads JSON, or gives a diagnostic at the first fault.
pub(super) fn read_json<'a>(path: &str, text: &'a str) -> Result<Document<'a>, Diagnostic> {
    Document::parse(text).map_err(|fault| {
        Diagnostic::error("dashboard-not-json", format!("the file is not JSON: {}", fault.message))
            .at(Span::new(&Source::new(path, text), fault.at..fault.at + 1))
            .hint("download the dashboard again, or restore the file from version control")
    })
}

/// A source made only when a place is needed: copying the text of a clean file would be for nothing.
#[derive(Debug)]
pub(super) struct LazySource<'a> {
    path: &'a str,
    text: &'a str,
    made: std::cell::OnceCell<Arc<Source>>,
}

impl<'a> LazySource<'a> {
    pub(super) fn new(path: &'a str, text: &'a str) -> Self {
        Self { path, text, made: std::cell::OnceCell::new() }
    }

    pub(super) fn span_of(&self, span: std::ops::Range<usize>) -> Span {
        Span::new(self.made.get_or_init(|| Source::new(self.path, self.text)), span)
    }
}
