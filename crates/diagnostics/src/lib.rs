//! A diagnostic is data: what is wrong, where, and what to do about it; a failure is why a command stops. Both have a
//! text, a JSON and a GitHub format; diagnostics have a SARIF log too.

pub mod atomic_file;
pub mod env;
mod failure;
pub mod own_folder;
pub mod parallel;
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

/// Characters of the longest name that is compared with others: the work grows with the square.
const LONGEST_NAME: usize = 200;

/// Comparisons that all suggestions of one check may take together.
const COMPARISONS: usize = 1_000_000;

/// The candidate closest to `name`, if one is close enough to be a typing slip.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = (length / 3).max(1);
    if length > LONGEST_NAME {
        return None;
    }
    candidates
        .into_iter()
        .filter(|c| c.chars().take(LONGEST_NAME).count().abs_diff(length) <= limit)
        .map(|c| (strsim::levenshtein(&name.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, c)| c)
}

/// Whether `name` is `other` but for two letters at most: of a list that grows, a name that differs more is a new one.
pub fn is_slip(name: &str, other: &str) -> bool {
    strsim::levenshtein(&name.to_lowercase(), &other.to_lowercase()) <= 2
}

/// As [`closest`], for the error after `before` others: when a file has thousands of unknown names, only the first of
/// them get a suggestion from thousands of known names.
pub fn closest_of<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str, IntoIter: Clone>,
    before: usize,
) -> Option<&'a str> {
    let candidates = candidates.into_iter();
    let compared = candidates.clone().count().saturating_mul(before + 1);
    if compared <= COMPARISONS { closest(name, candidates) } else { None }
}

#[cfg(test)]
mod tests {
    use super::{closest, closest_of};

    #[test]
    fn a_typing_slip_finds_its_name_and_a_stranger_does_not() {
        assert_eq!(closest("catlog", ["schema", "catalog"]), Some("catalog"));
        assert_eq!(closest("Catalog", ["catalog"]), Some("catalog"));
        assert_eq!(closest("warehouse", ["schema", "catalog"]), None);
        assert_eq!(closest(&"x".repeat(201), [&*"x".repeat(201)]), None);
    }

    #[test]
    fn suggestions_from_many_names_stop_after_many_errors() {
        let names: Vec<String> = (0..2000).map(|i| format!("name_{i}")).collect();
        let near = |before| closest_of("nmae_7", names.iter().map(String::as_str), before);
        assert!(near(0).is_some() && near(499).is_some());
        assert_eq!(near(500), None);
        assert_eq!(closest_of("catlog", ["schema", "catalog"], 10_000), Some("catalog"));
    }
}
