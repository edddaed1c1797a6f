//! A place among tokens, to read a statement from the left.

use piq_sql::{Token, TokenKind};

/// Reads tokens one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
}

impl<'t, 'a> Cursor<'t, 'a> {
    /// At the first token.
    pub(super) fn new(tokens: &'t [Token<'a>]) -> Self {
        Self { tokens, at: 0 }
    }

    /// The next token.
    pub(super) fn peek(&self) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at)
    }

    /// The token before.
    pub(super) fn last(&self) -> Option<&'t Token<'a>> {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i))
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Option<&'t Token<'a>> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    /// Takes these keywords if they all come next.
    pub(super) fn take(&mut self, words: &[&str]) -> bool {
        let all = words.iter().enumerate().all(|(i, w)| self.tokens.get(self.at + i).is_some_and(|t| t.is_word(w)));
        if all {
            self.at += words.len();
        }
        all
    }

    /// Takes this character if it comes next.
    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.is(symbol));
        self.at += usize::from(found);
        found
    }

    /// Takes a name of one or more parts, in lower case: names of the catalog do not know case.
    pub(super) fn name(&mut self) -> Option<Vec<String>> {
        let part = |t: &Token<'_>| t.is_name().then(|| t.content().to_lowercase());
        let mut parts = vec![part(self.peek()?)?];
        self.at += 1;
        while self.peek().is_some_and(|t| t.is(".")) {
            let Some(part) = self.tokens.get(self.at + 1).and_then(part) else { break };
            parts.push(part);
            self.at += 2;
        }
        Some(parts)
    }

    /// Takes a string.
    pub(super) fn string(&mut self) -> Option<String> {
        let token = self.peek().filter(|t| t.kind == TokenKind::String)?;
        self.at += 1;
        Some(token.content())
    }

    /// Takes a group in parentheses, if one comes next.
    pub(super) fn skip_group(&mut self) {
        if !self.take_symbol("(") {
            return;
        }
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Some(t) if t.is("(") => depth += 1,
                Some(t) if t.is(")") => depth -= 1,
                Some(_) => {}
                None => return,
            }
        }
    }

    /// Goes to the next of these keywords outside of parentheses; stays at the end if there is none.
    pub(super) fn seek(&mut self, words: &[&str]) -> Option<&'t Token<'a>> {
        while let Some(token) = self.peek() {
            if token.is("(") {
                self.skip_group();
            } else if words.iter().any(|w| token.is_word(w)) {
                return Some(token);
            } else {
                self.at += 1;
            }
        }
        None
    }
}
