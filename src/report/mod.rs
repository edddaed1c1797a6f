//! What a run of the pipeline did and what came out of it, read from the pipeline's own tables. Pure: statements to
//! execute, and what their results mean.

mod outcome;
mod run;
mod text;

pub use outcome::{AtRisk, Level, Outcome};
pub use run::PipelineRun;
pub use text::{outcome_text, run_text};

use crate::workspace::ResultSet;

/// A value of a result by row and column name; nothing for NULL, or where there is no such column.
fn text<'a>(set: &'a ResultSet, row: &'a [Option<String>], column: &str) -> Option<&'a str> {
    let at = set.columns.iter().position(|c| c.name.eq_ignore_ascii_case(column))?;
    row.get(at)?.as_deref()
}

/// A number; 0 for NULL, as the sum of nothing is.
fn number<T: std::str::FromStr + Default>(set: &ResultSet, row: &[Option<String>], column: &str) -> T {
    text(set, row, column).and_then(|t| t.parse().ok()).unwrap_or_default()
}
