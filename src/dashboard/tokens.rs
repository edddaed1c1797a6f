//! SQL as tokens, as far as the checks of dashboards need it.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword or plain name.
    Word,
    /// A name in backquotes.
    Quoted,
    /// A string.
    String,
    /// A number.
    Number,
    /// `:name`
    Parameter,
    /// One other character.
    Symbol,
}

/// One token and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'s> {
    /// What it is.
    pub kind: TokenKind,
    /// As written.
    pub raw: &'s str,
    /// Its bytes in the query.
    pub span: Range<usize>,
}

impl Token<'_> {
    /// Whether it is this keyword, in any letter case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.raw.eq_ignore_ascii_case(word)
    }

    /// Whether it is this character.
    pub fn is(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.raw == symbol
    }

    /// The name of a plain or quoted name or of a parameter, the content of a string.
    pub fn content(&self) -> String {
        match self.kind {
            TokenKind::Quoted => unquote(self.raw).replace("``", "`"),
            TokenKind::String => string_content(self.raw),
            TokenKind::Parameter => self.raw[1..].to_owned(),
            _ => self.raw.to_owned(),
        }
    }

    /// Whether it can name a column or a table.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Quoted)
    }
}

fn unquote(raw: &str) -> &str {
    raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default()
}

fn string_content(raw: &str) -> String {
    let mut out = String::new();
    let mut chars = unquote(raw).chars().peekable();
    let quote = raw.chars().next();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c if Some(c) == quote => {
                chars.next();
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// The tokens of `sql`, without blanks and comments.
pub fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (kind, length) = match first {
            c if c.is_whitespace() || c == '\u{feff}' => (None, c.len_utf8()),
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, super::use_head::bracketed_comment(rest)),
            '\'' | '"' => (Some(TokenKind::String), quoted(rest, true)),
            '`' => (Some(TokenKind::Quoted), quoted(rest, false)),
            c if c.is_ascii_digit() => (Some(TokenKind::Number), number(rest)),
            c if c.is_alphabetic() || c == '_' => (Some(TokenKind::Word), name(rest)),
            ':' if parameter(rest, at, found.last()) => (Some(TokenKind::Parameter), 1 + name(&rest[1..])),
            c => (Some(TokenKind::Symbol), c.len_utf8()),
        };
        if let Some(kind) = kind {
            found.push(Token { kind, raw: &rest[..length], span: at..at + length });
        }
        at += length;
    }
    found
}

/// `:name` is a parameter unless it continues a name (`column:field`) or a cast (`::type`).
fn parameter(rest: &str, at: usize, before: Option<&Token<'_>>) -> bool {
    let touches = before.is_some_and(|t| {
        t.span.end == at && (t.is_name() || t.is(")") || t.is("]") || t.is(":") || t.kind == TokenKind::String)
    });
    !touches && name(&rest[1..]) > 0
}

fn name(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
}

fn number(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(text.len())
}

fn quoted(text: &str, backslash: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if backslash => at += 2,
            b if b == bytes[0] && bytes.get(at + 1) == Some(&b) => at += 2,
            b if b == bytes[0] => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, tokens};

    #[test]
    fn strings_names_and_parameters_are_told_apart() {
        let found =
            tokens("SELECT `a``b`, 'it''s \\'x\\'', col:field::int, :p, x=:q -- :no\n/* :no */ FROM t.u WHERE 1.5e3");
        let parameters: Vec<_> =
            found.iter().filter(|t| t.kind == TokenKind::Parameter).map(super::Token::content).collect();
        assert_eq!(parameters, ["p", "q"]);
        assert_eq!(found[1].content(), "a`b");
        assert_eq!(found[3].content(), "it's 'x'");
        assert!(found.iter().any(|t| t.kind == TokenKind::Number && t.raw == "1.5e3"));
    }

    #[test]
    fn open_ends_do_not_panic() {
        for sql in ["'", "`", "'a\\", "/*", "--", ":", "'é", "é"] {
            tokens(sql).iter().for_each(|t| drop(t.content()));
        }
    }
}
