//! JSON with the place of every value, so that one value can be changed without touching another byte.
//!
//! Strict about grammar (RFC 8259), tolerant about content: a byte order mark, any line ends, duplicate keys (the
//! last one counts, as in other readers), numbers of any size, lone surrogates and any depth are fine.

mod document;
mod node;
mod scan;
mod text;

pub use document::{Document, JsonValue};
pub use node::JsonKind;
pub use scan::JsonSyntaxError;
pub use text::encode;
pub(crate) use text::unescape;
