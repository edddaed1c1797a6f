//! Lakeview dashboards: a lossless reader, changes of parameter values that touch no other byte, and checks.

pub mod contract;
mod explain;
pub mod files;
pub mod json;
pub mod lint;
pub mod metric_view;
pub mod normalise;
#[cfg(test)]
mod normalise_tests;
pub mod preamble;
pub mod pull;
pub mod query;
mod report;
mod source;
pub mod use_head;

pub use contract::Contract;
pub use explain::{Explain, explain};
pub use lint::{LintSettings, check_names, fixed, lint, lint_elsewhere};
pub use normalise::{Edit, Normalised, set_parameters};
pub use source::read_text;
