//! One value of a text: what it is and where it stands.

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number of any size.
    Number,
    /// A string.
    String,
    /// `[…]`
    Array,
    /// `{…}`
    Object,
}

/// One value: its bytes, and the index of the first node that is not inside it.
#[derive(Debug)]
pub(super) struct JsonNode {
    pub(super) kind: JsonKind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) after: usize,
}
