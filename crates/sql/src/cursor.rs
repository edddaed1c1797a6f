//! A place among tokens, to read a statement from the left.

use super::token::{Token, TokenKind};

/// Reads tokens one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
}

impl<'t, 'a> Cursor<'t, 'a> {
    /// At the first token.
    pub fn new(tokens: &'t [Token<'a>]) -> Self {
        Self { tokens, at: 0 }
    }

    /// The index of the next token.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next token.
    pub fn peek(&self) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at)
    }

    /// The token before.
    pub fn previous(&self) -> Option<&'t Token<'a>> {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i))
    }

    /// Takes the next token.
    pub fn advance(&mut self) -> Option<&'t Token<'a>> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    /// Takes these keywords if they all come next.
    pub fn take(&mut self, words: &[&str]) -> bool {
        let all = words.iter().enumerate().all(|(i, w)| self.tokens.get(self.at + i).is_some_and(|t| t.is_word(w)));
        if all {
            self.at += words.len();
        }
        all
    }

    /// Takes the first of these keywords that comes next.
    pub fn take_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.take(&[word]))
    }

    /// Takes this character if it comes next.
    pub fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.is(symbol));
        self.at += usize::from(found);
        found
    }

    /// Takes a name of one or more parts, in lower case: names of the catalog do not know case.
    pub fn name(&mut self) -> Option<Vec<String>> {
        let end = name_end(self.tokens, self.at)?;
        let parts = name_parts(&self.tokens[self.at..end]).map(|part| part.to_lowercase()).collect();
        self.at = end;
        Some(parts)
    }

    /// Takes a string and gives its value.
    pub fn string(&mut self) -> Option<String> {
        let token = self.peek().filter(|t| t.kind == TokenKind::String)?;
        self.at += 1;
        Some(token.content())
    }

    /// Takes a group in parentheses, if one comes next.
    pub(crate) fn skip_group(&mut self) {
        if self.peek().is_some_and(|t| t.is("(")) {
            self.at = (closing(self.tokens, self.at) + 1).min(self.tokens.len());
        }
    }

    /// Goes to the next of these keywords outside of parentheses; stays at the end if there is none.
    pub fn seek(&mut self, words: &[&str]) -> Option<&'t Token<'a>> {
        while let Some(token) = self.peek() {
            if token.is("(") {
                self.skip_group();
            } else if token.is_any(words) {
                return Some(token);
            } else {
                self.at += 1;
            }
        }
        None
    }
}

/// The end of the dotted name that starts at `at`.
pub fn name_end(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    tokens.get(at).filter(|t| t.is_name())?;
    let mut end = at + 1;
    while tokens.get(end).is_some_and(|t| t.is(".")) && tokens.get(end + 1).is_some_and(Token::is_name) {
        end += 2;
    }
    Some(end)
}

/// The parts of a dotted name, as written.
pub fn name_parts(name: &[Token<'_>]) -> impl Iterator<Item = String> {
    name.iter().step_by(2).map(Token::content)
}

/// The bracket that closes the one at `open`; the end if there is none.
pub fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return i;
            }
        }
    }
    tokens.len()
}

/// The bracket that opens the one at `close`.
pub fn opening(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (i, token) in tokens[..=close].iter().enumerate().rev() {
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
