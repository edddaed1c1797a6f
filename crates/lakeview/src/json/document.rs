//! The values of a text, in the order of the text, and how to walk them.

use std::borrow::Cow;
use std::ops::Range;

use super::node::{JsonKind, JsonNode};
use super::scan::{JsonSyntaxError, scan};
use super::text::unescape;

/// A text and all values in it. The members of an object are stored as key, value, key, value.
#[derive(Debug)]
pub struct Document<'t> {
    text: &'t str,
    nodes: Vec<JsonNode>,
}

impl<'t> Document<'t> {
    /// Reads `text` in one pass, without recursion.
    pub fn parse(text: &'t str) -> Result<Self, JsonSyntaxError> {
        Ok(Self { text, nodes: scan(text)? })
    }

    /// The text that was read.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The outermost value.
    pub fn root(&self) -> JsonValue<'_> {
        JsonValue { document: self, index: 0 }
    }

    /// The string that begins at that byte.
    pub(crate) fn string_at(&self, start: usize) -> Option<JsonValue<'_>> {
        let index = self.nodes.binary_search_by_key(&start, |n| n.start).ok()?;
        Some(JsonValue { document: self, index }).filter(|v| v.kind() == JsonKind::String)
    }

    /// Whether the other document has values of the same kinds in the same nesting.
    pub(crate) fn same_shape(&self, other: &Document<'_>) -> bool {
        self.nodes.len() == other.nodes.len()
            && self.nodes.iter().zip(&other.nodes).all(|(a, b)| a.kind == b.kind && a.after == b.after)
    }
}

/// One value of a document.
#[derive(Debug, Clone, Copy)]
pub struct JsonValue<'d> {
    document: &'d Document<'d>,
    index: usize,
}

impl<'d> JsonValue<'d> {
    fn node(&self) -> &'d JsonNode {
        &self.document.nodes[self.index]
    }

    /// What it is.
    pub fn kind(&self) -> JsonKind {
        self.node().kind
    }

    /// Its bytes; of a string with both quotes.
    pub fn span(&self) -> Range<usize> {
        self.node().start..self.node().end
    }

    /// Its text as written; of a string with both quotes.
    pub fn raw(&self) -> &'d str {
        &self.document.text[self.span()]
    }

    /// The decoded string; `None` if it is not a string. A lone surrogate becomes U+FFFD.
    pub fn string(&self) -> Option<Cow<'d, str>> {
        let raw = self.raw();
        (self.kind() == JsonKind::String).then(|| unescape(&raw[1..raw.len() - 1]))
    }

    /// The number as an integer, if it is one that fits.
    pub fn integer(&self) -> Option<i64> {
        (self.kind() == JsonKind::Number).then(|| self.raw().parse().ok()).flatten()
    }

    /// The elements of an array; none of any other value.
    pub fn items(self) -> impl Iterator<Item = JsonValue<'d>> {
        self.children(JsonKind::Array)
    }

    /// The members of an object, duplicates included; none of any other value.
    pub fn members(self) -> impl Iterator<Item = (JsonValue<'d>, JsonValue<'d>)> {
        let mut children = self.children(JsonKind::Object);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The member of that name; of several the last.
    pub fn get(self, name: &str) -> Option<JsonValue<'d>> {
        self.members().filter(|(key, _)| key.is(name)).map(|(_, value)| value).last()
    }

    /// The string member of that name.
    pub fn get_string(self, name: &str) -> Option<Cow<'d, str>> {
        self.get(name)?.string()
    }

    /// The elements of the array member of that name.
    pub(crate) fn get_items(self, name: &str) -> impl Iterator<Item = JsonValue<'d>> {
        self.get(name).into_iter().flat_map(JsonValue::items)
    }

    /// Whether it is this string.
    pub fn is(&self, text: &str) -> bool {
        self.kind() == JsonKind::String && {
            let raw = self.raw();
            let inner = &raw[1..raw.len() - 1];
            inner == text && !inner.contains('\\') || inner.contains('\\') && unescape(inner) == text
        }
    }

    fn children(self, kind: JsonKind) -> impl Iterator<Item = JsonValue<'d>> {
        let node = self.node();
        let end = if node.kind == kind { node.after } else { self.index };
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = JsonValue { document: self.document, index: next };
                next = child.node().after;
                child
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Document;

    #[test]
    fn members_items_and_spans_are_those_of_the_text() {
        let text = r#" {"a" : [1, {"b":"x\ty"}, []], "\u0061":2} "#;
        let document = Document::parse(text).expect("JSON");
        let root = document.root();
        assert_eq!(root.raw(), text.trim());
        assert_eq!(root.members().count(), 2);
        assert_eq!(root.get("a").and_then(|v| v.integer()), Some(2), "the last duplicate counts");
        let (_, first) = root.members().next().expect("a member");
        let items: Vec<&str> = first.items().map(|v| v.raw()).collect();
        assert_eq!(items, ["1", r#"{"b":"x\ty"}"#, "[]"]);
        assert_eq!(first.items().nth(1).and_then(|v| v.get_string("b")).as_deref(), Some("x\ty"));
        assert!(first.get("b").is_none());
    }
}
