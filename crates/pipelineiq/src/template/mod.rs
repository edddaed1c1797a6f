//! Templates over all content, with a map from rendered text back to its template.

mod engine;
mod filters;
mod source_map;

pub use engine::{Engine, SharedContext, Templates};
pub use source_map::{Rendered, SourceMap};
