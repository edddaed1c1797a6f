//! One piece of a SQL text.

use std::ops::Range;

use super::literal;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword or plain name.
    Word,
    /// A name in backquotes.
    Quoted,
    /// A string, with its prefix.
    String,
    /// A number.
    Number,
    /// `:name`
    Parameter,
    /// One other character.
    Symbol,
    /// White space.
    Blank,
    /// `-- …` or `/* … */`
    Comment,
}

/// One token and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'s> {
    /// What it is.
    pub kind: TokenKind,
    /// As written.
    pub raw: &'s str,
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// Whether the text ends before the quote or comment does.
    pub open: bool,
}

/// The part of `sql` from the first of these tokens, which are its own, to the last.
pub fn written<'s>(sql: &'s str, tokens: &[Token<'_>]) -> &'s str {
    let ends = tokens.first().zip(tokens.last());
    ends.and_then(|(first, last)| sql.get(first.span.start..last.span.end)).unwrap_or_default()
}

impl Token<'_> {
    /// Whether it is this keyword, in any letter case.
    #[inline]
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.raw.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these keywords, in any letter case.
    #[inline]
    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.is_word(w))
    }

    /// Whether it is this character.
    #[inline]
    pub fn is(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.raw == symbol
    }

    /// Whether it can name a column or a table.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Quoted)
    }

    /// Whether it means something: neither white space nor a comment.
    pub fn is_significant(&self) -> bool {
        !matches!(self.kind, TokenKind::Blank | TokenKind::Comment)
    }

    /// The name of a plain or quoted name or of a parameter, the content of a string.
    pub fn content(&self) -> String {
        match self.kind {
            TokenKind::Quoted => literal::between(self.raw, 1, self.open).replace("``", "`"),
            TokenKind::String => literal::string_content(self.raw, self.open),
            TokenKind::Parameter => self.raw[1..].trim_matches('`').replace("``", "`"),
            _ => self.raw.to_owned(),
        }
    }
}
