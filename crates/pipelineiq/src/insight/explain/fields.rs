//! Fields of rows.

use serde_json::Value;

/// A text field of a row that was read as JSON.
pub(super) fn text(row: &Value, column: &str) -> Option<String> {
    row[column].as_str().map(str::to_owned)
}

/// A whole number of such a row.
pub(super) fn integer(row: &Value, column: &str) -> Option<i64> {
    row[column].as_i64()
}
