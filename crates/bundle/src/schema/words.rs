//! Values that must be one of some words.

use piq_diagnostics::{Diagnostic, Span, closest};

/// A value that is none of the allowed ones.
pub(crate) fn one_of(name: &str, found: &str, allowed: &[&'static str], place: &Span) -> Diagnostic {
    let list: Vec<String> = allowed.iter().map(|a| format!("`{a}`")).collect();
    let d = Diagnostic::error("bad-value", format!("`{name}` cannot be `{found}`")).at(place.clone());
    match closest(found, allowed.iter().copied()) {
        Some(name) => d.hint(format!("did you mean `{name}`?")),
        None => d.hint(format!("it is one of {}", list.join(", "))),
    }
}
