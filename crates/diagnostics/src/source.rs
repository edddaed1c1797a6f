//! Texts and places in them.

use std::ops::Range;
use std::sync::Arc;

/// A text that a person wrote, with the path to show for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Path as shown to the user, relative to the project where possible, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A shared source.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into() })
    }

    /// Byte offset of a 1-based line and 1-based column counted in characters; past the end it is the end.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let mut start = 0;
        for _ in 1..line {
            match self.text[start..].find('\n') {
                Some(n) => start += n + 1,
                None => return self.text.len(),
            }
        }
        let rest = &self.text[start..];
        let end = rest.find('\n').unwrap_or(rest.len());
        start + rest[..end].char_indices().nth(column.saturating_sub(1)).map_or(end, |(i, _)| i)
    }
}

/// A range of bytes in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub source: Arc<Source>,
    /// Byte range in it, on character borders.
    pub span: Range<usize>,
}

impl Span {
    /// The bytes `span` of `source`.
    pub fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        let len = source.text.len();
        let mut start = span.start.min(len);
        while !source.text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = span.end.clamp(start, len);
        while !source.text.is_char_boundary(end) {
            end += 1;
        }
        Self { source: source.clone(), span: start..end }
    }

    /// The point at a 1-based line and column.
    pub fn point(source: &Arc<Source>, line: usize, column: usize) -> Self {
        let at = source.offset(line, column);
        Self::new(source, at..at)
    }

    /// 1-based line and column (in characters) of the start.
    pub fn line_column(&self) -> (usize, usize) {
        line_column(&self.source.text, self.span.start)
    }

    /// 1-based line and column (in characters) of the end.
    pub fn end_line_column(&self) -> (usize, usize) {
        line_column(&self.source.text, self.span.end)
    }
}

fn line_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::{Source, Span};

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let s = Source::new("a.sql", "é=1\nxyz\n");
        assert_eq!(Span::new(&s, 2..3).line_column(), (1, 2));
        assert_eq!(Span::new(&s, 5..6).line_column(), (2, 1));
        assert_eq!(s.offset(2, 3), 7);
        assert_eq!(Span::point(&s, 2, 3).line_column(), (2, 3));
        assert_eq!(s.offset(99, 1), s.text.len());
    }

    #[test]
    fn a_span_inside_a_character_is_widened() {
        let s = Source::new("a.sql", "é");
        assert_eq!(Span::new(&s, 1..1).span, 0..2);
        assert_eq!(Span::new(&s, 0..1).span, 0..2);
    }
}
