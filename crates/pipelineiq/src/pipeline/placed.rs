//! Diagnostics with a place that may not be known.

use piq_diagnostics::{Diagnostic, Span};

/// The diagnostic at its place, if that is known.
pub(super) fn placed(d: Diagnostic, place: Option<Span>) -> Diagnostic {
    match place {
        Some(place) => d.at(place),
        None => d,
    }
}
