//! Fields without a value.

use serde_json::{Map, Value};

/// Keys with nothing as their value say nothing.
pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), without_nulls(v))).collect::<Map<_, _>>(),
        ),
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::without_nulls;

    #[test]
    fn nothing_is_left_out() {
        assert_eq!(without_nulls(&json!({"a": null, "b": [{"c": null}], "d": 1})), json!({"b": [{}], "d": 1}));
    }
}
