//! Texts and places in them.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Bytes between two marks of a [`LineIndex`].
const STEP: usize = 1024;

/// A text that a person wrote, with the path to show for it.
#[derive(Debug)]
pub struct Source {
    /// Path as shown to the user, relative to the project where possible, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// Made when the first line or column is asked for.
    index: OnceLock<LineIndex>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.text == other.text
    }
}

impl Eq for Source {}

/// Where the lines of a text start and how many characters stand before each [`STEP`] bytes, so that a line and a
/// column cost the same in a small and in a large file.
#[derive(Debug)]
struct LineIndex {
    starts: Vec<usize>,
    characters: Vec<usize>,
}

impl LineIndex {
    fn of(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        let counts = text.as_bytes().chunks(STEP).scan(0, |sum, chunk| {
            let before = *sum;
            *sum += characters(chunk);
            Some(before)
        });
        Self { starts, characters: counts.collect() }
    }

    /// 0-based number of the line that holds a byte.
    fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at) - 1
    }

    /// Characters of the text before a byte.
    fn before(&self, text: &str, at: usize) -> usize {
        let step = at / STEP;
        match self.characters.get(step) {
            Some(count) => count + characters(&text.as_bytes()[step * STEP..at]),
            // the end of a text whose length is a multiple of the step
            None => self.characters.last().map_or(0, |count| count + characters(&text.as_bytes()[at - STEP..at])),
        }
    }
}

/// Characters that start in these bytes of a UTF-8 text.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

impl Source {
    /// A shared source.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into(), index: OnceLock::new() })
    }

    fn index(&self) -> &LineIndex {
        self.index.get_or_init(|| LineIndex::of(&self.text))
    }

    /// Byte offset of a 1-based line and 1-based column counted in characters; past the end it is the end.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let Some(start) = self.index().starts.get(line.saturating_sub(1)).copied() else { return self.text.len() };
        let rest = &self.text[start..];
        let end = rest.find('\n').unwrap_or(rest.len());
        start + rest[..end].char_indices().nth(column.saturating_sub(1)).map_or(end, |(i, _)| i)
    }

    /// 1-based line and column (in characters) of a byte.
    fn line_column(&self, at: usize) -> (usize, usize) {
        let index = self.index();
        let line = index.line(at);
        (line + 1, index.before(&self.text, at) - index.before(&self.text, index.starts[line]) + 1)
    }

    /// The bytes of the lines that hold a range, the line break at their end included.
    pub(crate) fn lines(&self, range: &Range<usize>) -> Range<usize> {
        let index = self.index();
        // a range that ends with a line break ends on the line that it closes
        let last = index.line(range.end.saturating_sub(1).max(range.start));
        index.starts[index.line(range.start)]..index.starts.get(last + 1).copied().unwrap_or(self.text.len())
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

impl Hash for Span {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.path.hash(state);
        self.span.hash(state);
    }
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
        self.source.line_column(self.span.start)
    }

    /// 1-based line and column (in characters) of the end.
    pub fn end_line_column(&self) -> (usize, usize) {
        self.source.line_column(self.span.end)
    }
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
    fn every_place_of_a_text_has_the_line_and_column_that_counting_gives() {
        let text = "é=1\nxyz\n\n".repeat(300) + &"añb".repeat(1000);
        let s = Source::new("a.sql", text.clone() + &"x".repeat(1024 - text.len() % 1024));
        for (at, _) in s.text.char_indices().chain([(s.text.len(), ' ')]) {
            let before = &s.text[..at];
            let line = before.rfind('\n').map_or(0, |i| i + 1);
            let counted = (before.matches('\n').count() + 1, before[line..].chars().count() + 1);
            assert_eq!(Span::new(&s, at..at).line_column(), counted, "byte {at}");
        }
        assert_eq!(Span::new(&Source::new("a", ""), 0..0).line_column(), (1, 1));
    }

    #[test]
    fn the_lines_of_a_range_are_whole() {
        let s = Source::new("a", "ab\ncd\nef");
        let lines = |range: std::ops::Range<usize>| &s.text[s.lines(&range)];
        assert_eq!((lines(1..1), lines(1..4), lines(0..3)), ("ab\n", "ab\ncd\n", "ab\n"));
        assert_eq!((lines(6..8), lines(8..8)), ("ef", "ef"));
    }

    #[test]
    fn a_span_inside_a_character_is_widened() {
        let s = Source::new("a.sql", "é");
        assert_eq!(Span::new(&s, 1..1).span, 0..2);
        assert_eq!(Span::new(&s, 0..1).span, 0..2);
    }
}
