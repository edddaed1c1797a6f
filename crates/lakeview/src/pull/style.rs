//! How a file is written, so that new parts look like old ones.

use super::super::json::{Document, JsonKind, JsonValue, encode};

/// Deeper than any dashboard: what lies below is taken as it comes.
pub(super) const MAX_DEPTH: usize = 100;

/// The layout of a file.
#[derive(Debug)]
pub(super) struct Style {
    /// End of line and one step of indentation; `None` if all stands on one line.
    lines: Option<(String, String)>,
    /// What stands between a key and its value, such as `: `.
    colon: String,
    /// What follows a comma on one line.
    space: String,
    /// Whether the file escapes all characters beyond ASCII.
    ascii: bool,
}

impl Style {
    /// The style of the outermost object or array.
    pub(super) fn of(document: &Document<'_>) -> Self {
        let (text, root) = (document.text(), document.root());
        let first = root.members().next();
        let colon = first.map_or(": ".to_owned(), |(k, v)| text[k.span().end..v.span().start].to_owned());
        let start = first.map(|(k, _)| k).or_else(|| root.items().next());
        let before = start.map_or("\n  ", |s| &text[root.span().start + 1..s.span().start]);
        let lines = before.rfind('\n').map(|at| {
            let end = if before[..at].ends_with('\r') { "\r\n" } else { "\n" };
            (end.to_owned(), before[at + 1..].to_owned())
        });
        let second = root.members().nth(1).map(|(key, _)| key.span().start);
        let space = if second.is_some_and(|at| text[..at].ends_with(", ")) { " " } else { "" }.to_owned();
        Self { lines, colon, space, ascii: text.is_ascii() }
    }

    /// What stands before an element of a container at this depth; `0` is the outermost one.
    pub(super) fn before(&self, depth: usize) -> String {
        match &self.lines {
            Some((end, step)) => format!("{end}{}", step.repeat(depth + 1)),
            None => String::new(),
        }
    }

    /// What stands after a comma of a container at this depth.
    pub(super) fn after_comma(&self, depth: usize) -> String {
        if self.lines.is_some() { self.before(depth) } else { self.space.clone() }
    }

    /// What stands before the closing bracket.
    pub(super) fn before_close(&self, depth: usize) -> String {
        match &self.lines {
            Some((end, step)) => format!("{end}{}", step.repeat(depth)),
            None => String::new(),
        }
    }

    /// A key with what follows it.
    pub(super) fn key(&self, key: JsonValue<'_>) -> String {
        self.scalar(key) + &self.colon
    }

    /// A string, number or word.
    fn scalar(&self, value: JsonValue<'_>) -> String {
        match value.string() {
            // half a pair cannot be written again
            Some(text) if !text.contains('\u{fffd}') => encode(&text, self.ascii),
            _ => value.raw().to_owned(),
        }
    }

    /// A text as one string, or as a list of its lines.
    pub(super) fn text(&self, text: &str, as_lines: bool, depth: usize) -> String {
        if !as_lines {
            return encode(text, self.ascii);
        }
        let lines: Vec<String> = text.split_inclusive('\n').map(|line| encode(line, self.ascii)).collect();
        let list = lines.join(&format!(",{}", self.after_comma(depth)));
        format!("[{}{list}{}]", self.before(depth), self.before_close(depth))
    }

    /// A value that the file does not have, as the file would write it. Its container stands at `depth - 1`.
    pub(super) fn fresh(&self, value: JsonValue<'_>, depth: usize) -> String {
        if depth > MAX_DEPTH {
            return value.raw().to_owned();
        }
        let elements: Vec<String> = match value.kind() {
            JsonKind::Array => value.items().map(|v| self.fresh(v, depth + 1)).collect(),
            JsonKind::Object => value.members().map(|(k, v)| self.key(k) + &self.fresh(v, depth + 1)).collect(),
            _ => return self.scalar(value),
        };
        let brackets = if value.kind() == JsonKind::Array { ["[", "]"] } else { ["{", "}"] };
        if elements.is_empty() {
            return brackets.concat();
        }
        let list = elements.join(&format!(",{}", self.after_comma(depth)));
        format!("{}{}{list}{}{}", brackets[0], self.before(depth), self.before_close(depth), brackets[1])
    }
}
