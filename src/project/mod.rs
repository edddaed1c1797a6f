//! Loading a bundle: the dialect of `databricks.yml`, targets, variables, every value with its place.

mod node;
mod yaml;

pub use node::{Entry, Map, Node, Value};
pub use yaml::{Document, parse};
