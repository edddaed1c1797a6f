//! Pieces of an expression or a list: what stands in brackets is one piece, and so is `CASE … END`.

use std::ops::Range;

use super::cursor::closing;
use super::token::Token;

/// The pieces within a range, as ranges of tokens.
pub fn pieces(all: &[Token<'_>], range: Range<usize>) -> Vec<Range<usize>> {
    let end = range.end.min(all.len());
    let mut found = Vec::new();
    let mut at = range.start;
    while at < end {
        let next = if all[at].is("(") {
            closing(all, at) + 1
        } else if all[at].is_word("case") {
            end_of_case(all, at) + 1
        } else {
            at + 1
        };
        found.push(at..next.min(end));
        at = next;
    }
    found
}

/// The END of the CASE at `at`; the last token if there is none.
fn end_of_case(all: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0usize;
    for (i, token) in all.iter().enumerate().skip(at) {
        if token.is_word("case") {
            depth += 1;
        } else if token.is_word("end") {
            depth -= 1;
            if depth == 0 {
                return i;
            }
        }
    }
    all.len().saturating_sub(1)
}

/// Splits a range at its commas; what stands in brackets stays together.
pub fn split_at_commas(all: &[Token<'_>], range: Range<usize>) -> Vec<Range<usize>> {
    if range.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut start = range.start;
    for piece in pieces(all, range.clone()) {
        if all[piece.start].is(",") {
            found.push(start..piece.start);
            start = piece.end;
        }
    }
    found.push(start..range.end);
    found
}
