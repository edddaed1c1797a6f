//! One piece of a SQL text.

use std::ops::Range;

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

impl Token<'_> {
    /// Whether it is this keyword, in any letter case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.raw.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these keywords, in any letter case.
    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.is_word(w))
    }

    /// Whether it is this character.
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
            TokenKind::Quoted => self.inner(1).replace("``", "`"),
            TokenKind::String => self.string_content(),
            TokenKind::Parameter => self.raw[1..].to_owned(),
            _ => self.raw.to_owned(),
        }
    }

    /// The text between the quotes, which `start` bytes and one byte enclose.
    fn inner(&self, start: usize) -> &str {
        let end = self.raw.len() - usize::from(!self.open && self.raw.len() > start);
        self.raw.get(start..end).unwrap_or_default()
    }

    fn string_content(&self) -> String {
        if self.raw.starts_with('$') {
            let tag = self.raw[1..].find('$').map_or(self.raw.len(), |n| n + 2);
            let end = self.raw.len() - if self.open { 0 } else { tag };
            return self.raw.get(tag..end).unwrap_or_default().to_owned();
        }
        let start = 1 + self.raw.find(['\'', '"']).unwrap_or_default();
        let inner = self.inner(start);
        if start > 1 {
            // a raw string has no escapes, and hexadecimal digits need none
            return inner.to_owned();
        }
        let quote = self.raw.chars().next();
        let mut out = String::new();
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n') => out.push('\n'),
                    Some('r') => out.push('\r'),
                    Some('t') => out.push('\t'),
                    Some('0') => out.push('\0'),
                    other => out.extend(other),
                },
                c if Some(c) == quote => {
                    chars.next();
                    out.push(c);
                }
                c => out.push(c),
            }
        }
        out
    }
}
