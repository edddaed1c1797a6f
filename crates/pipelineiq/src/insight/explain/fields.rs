//! Fields of rows.

use serde_json::Value;

use crate::pipeline::ReferenceTable;

/// A text field of a row that was read as JSON.
pub(super) fn text(row: &Value, column: &str) -> Option<String> {
    row[column].as_str().map(str::to_owned)
}

/// A whole number of such a row.
pub(super) fn integer(row: &Value, column: &str) -> Option<i64> {
    row[column].as_i64()
}

/// The texts of an array of such a row.
pub(super) fn texts(row: &Value, column: &str) -> Vec<String> {
    row[column].as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// One field of the row of a reference table with this code.
pub(super) fn of_code<'a>(table: Option<&'a ReferenceTable>, code: &str, field: &str) -> Option<&'a str> {
    let row = table?.rows.iter().find(|r| r.get("code").is_some_and(|c| c == code))?;
    row.get(field).map(String::as_str)
}
