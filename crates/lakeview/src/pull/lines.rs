//! The lines by which two texts differ.

/// A line that only one of two texts has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'t> {
    /// Only the first text has it; with its number there, from 1.
    Removed(usize, &'t str),
    /// Only the second text has it; with its number there, from 1.
    Added(usize, &'t str),
}

impl std::fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Removed(number, text) => write!(f, "{number:>6} - {text}"),
            Self::Added(number, text) => write!(f, "{number:>6} + {text}"),
        }
    }
}

/// Texts that differ by more lines than this are compared only at both ends.
const MANY: usize = 2000;

/// The differing lines in their order: as few as possible, unless the texts differ by very many.
pub fn differing_lines<'t>(a: &'t str, b: &'t str) -> Vec<Line<'t>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (left, right) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    let width = right.len() + 1;
    // the length of the longest common subsequence from each pair of places on
    let mut common = vec![0u16; if left.len().max(right.len()) > MANY { 0 } else { (left.len() + 1) * width }];
    if !common.is_empty() {
        for i in (0..left.len()).rev() {
            for j in (0..right.len()).rev() {
                common[i * width + j] = if left[i] == right[j] {
                    common[(i + 1) * width + j + 1] + 1
                } else {
                    common[(i + 1) * width + j].max(common[i * width + j + 1])
                };
            }
        }
    }
    let at = |i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            (i, j) = (i + 1, j + 1);
        } else if i < left.len() && (j == right.len() || at(i + 1, j) >= at(i, j + 1)) {
            found.push(Line::Removed(start + i + 1, left[i]));
            i += 1;
        } else {
            found.push(Line::Added(start + j + 1, right[j]));
            j += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Line::{Added, Removed};
    use super::differing_lines;

    #[test]
    fn only_what_differs_is_told_with_its_line() {
        assert_eq!(differing_lines("a\nb\nc\nd", "a\nB\nc\nx\nd"), [Removed(2, "b"), Added(2, "B"), Added(4, "x")]);
        assert_eq!(differing_lines("a\nb\nc", "a\nc"), [Removed(2, "b")]);
        assert_eq!(differing_lines("", "a"), [Added(1, "a")]);
        assert_eq!(differing_lines("a\n", "a\n"), []);
        assert_eq!(Added(12, "x").to_string(), "    12 + x");
    }

    #[test]
    fn very_long_texts_are_told_too() {
        let (a, b) = ("a\n".repeat(3000), "b\n".repeat(3000));
        assert_eq!(differing_lines(&a, &b).len(), 6000);
    }
}
