//! The lines by which two texts differ.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

/// A line that only one of two texts has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffLine<'t> {
    /// Only the first text has it; with its number there, from 1.
    Removed(usize, &'t str),
    /// Only the second text has it; with its number there, from 1.
    Added(usize, &'t str),
}

impl std::fmt::Display for DiffLine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Removed(number, text) => write!(f, "{number:>6} - {text}"),
            Self::Added(number, text) => write!(f, "{number:>6} + {text}"),
        }
    }
}

/// How long the search for the smallest difference may take; what is found then is used.
const PATIENCE: Duration = Duration::from_secs(2);

/// The differing lines in their order, counted as git counts them: a missing line end at the end of a text counts.
pub fn differing_lines<'t>(a: &'t str, b: &'t str) -> Vec<DiffLine<'t>> {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(a, b);
    let number = |index: Option<usize>| index.map_or(0, |i| i + 1);
    diff.iter_all_changes()
        .filter_map(|change| {
            let text = change.value().trim_end_matches(['\n', '\r']);
            match change.tag() {
                ChangeTag::Equal => None,
                ChangeTag::Delete => Some(DiffLine::Removed(number(change.old_index()), text)),
                ChangeTag::Insert => Some(DiffLine::Added(number(change.new_index()), text)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::DiffLine::{Added, Removed};
    use super::differing_lines;

    #[test]
    fn only_what_differs_is_told_with_its_line() {
        assert_eq!(differing_lines("a\nb\nc\nd\n", "a\nB\nc\nx\nd\n"), [Removed(2, "b"), Added(2, "B"), Added(4, "x")]);
        assert_eq!(differing_lines("a\nb\nc", "a\nc"), [Removed(2, "b")]);
        assert_eq!(differing_lines("", "a"), [Added(1, "a")]);
        assert_eq!(differing_lines("a\n", "a\n"), []);
        assert_eq!(differing_lines("a\n", "a"), [Removed(1, "a"), Added(1, "a")], "as git counts it");
        assert_eq!(Added(12, "x").to_string(), "    12 + x");
    }

    #[test]
    fn very_long_texts_are_told_too() {
        let (a, b) = ("a\n".repeat(3000), "b\n".repeat(3000));
        assert_eq!(differing_lines(&a, &b).len(), 6000);
    }
}
