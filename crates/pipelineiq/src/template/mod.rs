//! Templates over all content, with a map from rendered text back to its template.

mod calls;
mod engine;
mod filters;
mod open_tags;
mod source_map;

pub(crate) use calls::MARK;
pub(crate) use engine::CALLED;
pub use engine::{Engine, SharedContext, Templates};
pub use source_map::{Rendered, SourceMap};
