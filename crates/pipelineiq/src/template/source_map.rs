//! The map from rendered text back to the templates that made it.

use std::ops::Range;
use std::sync::Arc;

use piq_diagnostics::{Source, Span};

/// A rendered text and the map back to its templates.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Where its parts come from.
    pub map: SourceMap,
}

/// A stretch of output that one piece of a template made.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    pub output: Range<usize>,
    pub source: Arc<Source>,
    pub origin: Range<usize>,
    /// Whether the output is the source's own text, byte for byte.
    pub verbatim: bool,
}

/// For each stretch of the rendered text, the template and the place in it.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    pub(super) stretches: Vec<Stretch>,
}

impl SourceMap {
    /// The place in a template that made the byte `at` of the rendered text: exact where the template's own text
    /// stands, the whole expression where a value was put in.
    pub fn span_of(&self, at: usize) -> Option<Span> {
        let index = self.stretches.partition_point(|s| s.output.start <= at);
        let stretch = self.stretches.get(index.checked_sub(1)?)?;
        if stretch.verbatim {
            let exact = stretch.origin.start + (at - stretch.output.start);
            let exact = exact.min(stretch.origin.end);
            Some(Span::new(&stretch.source, exact..exact))
        } else {
            Some(Span::new(&stretch.source, stretch.origin.clone()))
        }
    }

    /// The bytes around `at` that one expression of a template made; `None` where the template's own text stands.
    pub fn expression_at(&self, at: usize) -> Option<Range<usize>> {
        let index = self.stretches.partition_point(|s| s.output.start <= at);
        let stretch = self.stretches.get(index.checked_sub(1)?)?;
        (!stretch.verbatim).then(|| stretch.output.clone())
    }

    /// The parts of the text that one template each made, in order.
    pub fn parts(&self) -> Vec<(Range<usize>, Arc<Source>)> {
        let mut parts: Vec<(Range<usize>, Arc<Source>)> = Vec::new();
        for stretch in &self.stretches {
            match parts.last_mut() {
                Some((range, source)) if Arc::ptr_eq(source, &stretch.source) => range.end = stretch.output.end,
                _ => parts.push((stretch.output.clone(), stretch.source.clone())),
            }
        }
        parts
    }
}
