//! The scanner: one pass over the bytes, a stack instead of recursion.

use super::node::{JsonKind, JsonNode};

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonSyntaxError {
    /// Byte offset.
    pub at: usize,
    /// What is wrong there.
    pub message: String,
}

enum Expect {
    Value,
    ItemOrEnd,
    Key,
    KeyOrEnd,
    CommaOrEnd,
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    nodes: Vec<JsonNode>,
    open: Vec<usize>,
}

pub(super) fn scan(text: &str) -> Result<Vec<JsonNode>, JsonSyntaxError> {
    let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut s = Scanner { bytes: text.as_bytes(), at, nodes: Vec::with_capacity(text.len() / 16), open: Vec::new() };
    let mut expect = Expect::Value;
    loop {
        s.skip_space();
        expect = match expect {
            Expect::ItemOrEnd if s.peek() == Some(b']') => s.close(),
            Expect::KeyOrEnd if s.peek() == Some(b'}') => s.close(),
            Expect::Value | Expect::ItemOrEnd => s.value()?,
            Expect::Key | Expect::KeyOrEnd => s.key()?,
            Expect::CommaOrEnd => match s.open.last().map(|i| s.nodes[*i].kind) {
                None => break,
                Some(kind) => s.comma_or_end(kind)?,
            },
        };
    }
    match s.peek() {
        None => Ok(s.nodes),
        Some(_) => Err(s.fault("more text follows after the end of the JSON value")),
    }
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fault(&self, message: impl Into<String>) -> JsonSyntaxError {
        JsonSyntaxError { at: self.at, message: message.into() }
    }

    fn expected(&self, what: &str) -> JsonSyntaxError {
        self.fault(match self.peek() {
            None => format!("expected {what}, found the end of the file"),
            Some(b @ 0x21..=0x7e) => format!("expected {what}, found `{}`", char::from(b)),
            Some(b @ 0..=0x20) => format!("expected {what}, found the control character U+{b:04X}"),
            Some(_) => format!("expected {what}"),
        })
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn begin(&mut self, kind: JsonKind) -> usize {
        self.nodes.push(JsonNode { kind, start: self.at, end: self.at, after: 0 });
        self.nodes.len() - 1
    }

    fn end(&mut self, node: usize) {
        self.nodes[node].end = self.at;
        self.nodes[node].after = self.nodes.len();
    }

    fn close(&mut self) -> Expect {
        self.at += 1;
        if let Some(node) = self.open.pop() {
            self.end(node);
        }
        Expect::CommaOrEnd
    }

    fn comma_or_end(&mut self, kind: JsonKind) -> Result<Expect, JsonSyntaxError> {
        match (kind, self.peek()) {
            (JsonKind::Object, Some(b'}')) | (JsonKind::Array, Some(b']')) => Ok(self.close()),
            (_, Some(b',')) => {
                self.at += 1;
                Ok(if kind == JsonKind::Object { Expect::Key } else { Expect::Value })
            }
            (JsonKind::Object, _) => Err(self.expected("`,` or `}`")),
            _ => Err(self.expected("`,` or `]`")),
        }
    }

    fn key(&mut self) -> Result<Expect, JsonSyntaxError> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key in double quotes"));
        }
        self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        Ok(Expect::Value)
    }

    fn value(&mut self) -> Result<Expect, JsonSyntaxError> {
        match self.peek() {
            Some(b'{') => return Ok(self.container(JsonKind::Object)),
            Some(b'[') => return Ok(self.container(JsonKind::Array)),
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", JsonKind::Bool)?,
            Some(b'f') => self.word("false", JsonKind::Bool)?,
            Some(b'n') => self.word("null", JsonKind::Null)?,
            _ => return Err(self.expected("a value")),
        }
        Ok(Expect::CommaOrEnd)
    }

    fn container(&mut self, kind: JsonKind) -> Expect {
        let node = self.begin(kind);
        self.open.push(node);
        self.at += 1;
        if kind == JsonKind::Object { Expect::KeyOrEnd } else { Expect::ItemOrEnd }
    }

    fn word(&mut self, word: &str, kind: JsonKind) -> Result<(), JsonSyntaxError> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.expected("a value"));
        }
        let node = self.begin(kind);
        self.at += word.len();
        self.end(node);
        Ok(())
    }

    fn string(&mut self) -> Result<(), JsonSyntaxError> {
        let node = self.begin(JsonKind::String);
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(b @ 0..=0x1f) => {
                    return Err(self.fault(format!("unescaped control character U+{b:04X} in a string")));
                }
                Some(_) => self.at += 1,
                None => return Err(JsonSyntaxError { at: start, message: "unclosed string".to_owned() }),
            }
        }
        self.at += 1;
        self.end(node);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), JsonSyntaxError> {
        let length = match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => 6,
            _ => return Err(self.fault("unknown escape in a JSON string")),
        };
        let digits = self.bytes.get(self.at + 2..self.at + length);
        if !digits.is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit)) {
            return Err(self.fault("expected four hexadecimal digits after `\\u`"));
        }
        self.at += length;
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonSyntaxError> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.expected("a digit"));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonSyntaxError> {
        let node = self.begin(JsonKind::Number);
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.end(node);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::scan;

    #[test]
    fn what_other_readers_take_is_taken() {
        for text in ["0", "-1.5e+400", "1e400", r#""\ud800""#, "\u{feff}{}", " [ ] ", "{\"a\":1,\"a\":2}", "[\t1\r\n]"]
        {
            assert!(scan(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn faults_have_their_place() {
        for (text, at) in [
            ("", 0),
            ("\u{feff}", 3),
            ("{\"a\" 1}", 5),
            ("[1,]", 3),
            ("{\"a\":1,}", 7),
            ("[01]", 2),
            ("[1 2]", 3),
            ("\"a\tb\"", 2),
            ("\"\\x\"", 1),
            ("\"\\u12g4\"", 1),
            ("\"\\u12", 1),
            ("[\"abc", 1),
            ("[1}", 2),
            ("[nul]", 1),
            ("NaN", 0),
            ("{} {}", 3),
            ("[1\0]", 2),
            ("-", 1),
            ("1.", 2),
            ("{1:2}", 1),
        ] {
            assert_eq!(scan(text).map(|_| ()).expect_err(text).at, at, "{text:?}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert_eq!(scan(&deep).expect("JSON").len(), 200_000);
        assert_eq!(scan(&"{\"a\":".repeat(10_000)).map(|_| ()).expect_err("open").at, 50_000);
    }
}
