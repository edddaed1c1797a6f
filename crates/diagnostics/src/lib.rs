//! A diagnostic is data: what is wrong, where, and what to do about it; a failure is why a command stops. Both have a
//! text, a JSON and a GitHub format; diagnostics have a SARIF log too.

pub mod atomic_file;
pub mod env;
mod failure;
mod render;
mod sarif;
mod source;

pub use failure::{Failure, FailureContext, FailureKind};
pub use render::{Format, render};
pub use sarif::sarif;
pub use source::{Source, Span};

use std::fmt;

/// How bad it is. Only errors stop a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing stops.
    Warning,
    /// The command stops and changes nothing.
    Error,
}

/// A place with a word about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Span,
    /// What is there; may be empty for the first label.
    pub text: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable kebab-case name of the rule, such as `unknown-variable`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// One line: what is wrong.
    pub message: String,
    /// The first label is the place of the fault; the others explain it.
    pub labels: Vec<Label>,
    /// What to do, one line each.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), labels: Vec::new(), hints: Vec::new() }
    }

    /// A warning without a place yet.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(self, place: Span) -> Self {
        self.label(place, "")
    }

    /// Adds a place with a word about it.
    #[must_use]
    pub fn label(mut self, place: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { place, text: text.into() });
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(std::slice::from_ref(self), Format::Text))
    }
}

/// One or more findings, as the error of a library call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(d: Diagnostic) -> Self {
        Self(vec![d])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(&self.0, Format::Text))
    }
}

impl std::error::Error for Diagnostics {}

/// The candidate closest to `name`, if one is close enough to be a typing slip.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|c| (strsim::levenshtein(&name.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_typing_slip_finds_its_name_and_a_stranger_does_not() {
        assert_eq!(closest("catlog", ["schema", "catalog"]), Some("catalog"));
        assert_eq!(closest("Catalog", ["catalog"]), Some("catalog"));
        assert_eq!(closest("warehouse", ["schema", "catalog"]), None);
    }
}
