//! Lakeview dashboards: a lossless reader, changes of parameter values that touch no other byte, and checks.

pub mod files;
pub mod json;
pub mod normalise;
#[cfg(test)]
mod normalise_tests;
mod source;
pub mod use_head;

pub use normalise::{Edit, Outcome, set_parameters};
pub use source::read_text;
