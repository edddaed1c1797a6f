//! Another value in the place of one that a YAML file holds, with every other byte as it was.

mod emit;
mod text;
mod tree;

pub use text::with_text;
pub use tree::with_tree;
