//! Values of a dashboard's JSON, which hold what their author or another program wrote.

use serde_json::Value;

/// The members of an array; none of anything else.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A string, or a number or truth value as text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// A text that is shown, unless it is blank.
pub(super) fn display_value(value: &Value) -> Option<String> {
    text(value).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
}
