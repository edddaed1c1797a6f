//! Tokens of Spark SQL. Comments and white space are between them.

use std::borrow::Cow;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or a name.
    Word,
    /// A name in backticks.
    Quoted,
    /// A string, in single or double quotes.
    Text,
    /// A number.
    Number,
    /// One character of anything else.
    Symbol,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text, quotes included.
    pub text: &'a str,
    /// First byte.
    pub start: usize,
}

impl<'a> Token<'a> {
    /// Byte after the last.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this keyword.
    pub fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is this character.
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// The name that it stands for, if it can be one.
    pub fn name(&self) -> Option<Cow<'a, str>> {
        match self.kind {
            Kind::Word => Some(self.text.into()),
            Kind::Quoted => Some(self.text[1..self.text.len() - 1].replace("``", "`").into()),
            _ => None,
        }
    }

    /// The value of a string without escapes other than of quotes and backslashes.
    pub fn string(&self) -> Option<String> {
        if self.kind != Kind::Text {
            return None;
        }
        let raw = self.text.starts_with(['r', 'R']);
        let inner = &self.text[usize::from(raw) + 1..self.text.len() - 1];
        if raw {
            return Some(inner.to_owned());
        }
        let mut value = String::new();
        let mut letters = inner.chars();
        while let Some(letter) = letters.next() {
            value.push(match letter {
                '\\' => match letters.next() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some(other) => other,
                    None => '\\',
                },
                other => other,
            });
        }
        Some(value)
    }
}

/// The tokens of a statement. What is not closed goes to the end.
pub fn tokens(sql: &str) -> Vec<Token<'_>> {
    let bytes = sql.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = sql[at..].find('\n').map_or(bytes.len(), |n| at + n);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = block_comment(bytes, at);
                continue;
            }
            b'\'' | b'"' => {
                at = quoted(bytes, at, true);
                Kind::Text
            }
            b'`' => {
                at = backticks(bytes, at);
                Kind::Quoted
            }
            b'r' | b'R' if matches!(bytes.get(at + 1), Some(b'\'' | b'"')) => {
                at = quoted(bytes, at + 1, false);
                Kind::Text
            }
            b if b.is_ascii_digit() => {
                at += bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                Kind::Number
            }
            b if is_word(b) => {
                at += bytes[at..].iter().take_while(|b| is_word(**b)).count();
                Kind::Word
            }
            _ => {
                at += 1;
                Kind::Symbol
            }
        };
        found.push(Token { kind, text: &sql[start..at], start });
    }
    found
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || !b.is_ascii()
}

fn block_comment(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn quoted(bytes: &[u8], start: usize, escapes: bool) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            b if b == bytes[start] => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn backticks(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'`', Some(b'`')) => at += 2,
            (b'`', _) => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// A name of several parts, each in backticks.
pub fn quote<S: AsRef<str>>(parts: &[S]) -> String {
    let quoted: Vec<String> = parts.iter().map(|p| format!("`{}`", p.as_ref().replace('`', "``"))).collect();
    quoted.join(".")
}

/// A string literal.
pub fn string(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('\'');
    for letter in value.chars() {
        match letter {
            '\'' => text.push_str("\\'"),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            other => text.push(other),
        }
    }
    text.push('\'');
    text
}
