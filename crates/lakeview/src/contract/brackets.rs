//! Which bracket belongs to which.

use piq_sql::Token;

/// The bracket that closes the one at `open`; the end if there is none.
pub(super) fn closing(all: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0usize;
    for (i, token) in all.iter().enumerate().skip(open) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return i;
            }
        }
    }
    all.len()
}

/// The bracket that opens the one at `close`.
pub(super) fn opening(all: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (i, token) in all[..=close].iter().enumerate().rev() {
        if token.is(")") {
            depth += 1;
        } else if token.is("(") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(i);
            }
        }
    }
    None
}
