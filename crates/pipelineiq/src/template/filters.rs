//! Filters that templates may use beyond the built-in ones.

use serde_json::{Map, Value, json};

/// The `responseFormat` that binds a model to one flat JSON object, from the JSON Schemas of its fields by name: every
/// field is required, no other is allowed. Bounds go into the description, because models refuse schemas with their
/// keywords; the notebook checks them.
pub(super) fn response_format(properties: &Map<String, Value>, name: &str) -> Value {
    let required: Vec<&String> = properties.keys().collect();
    let fields: Map<String, Value> = properties.iter().map(|(name, field)| (name.clone(), described(field))).collect();
    json!({"type": "json_schema", "json_schema": {"name": name, "strict": true, "schema": {
        "type": "object", "additionalProperties": false, "properties": fields, "required": required
    }}})
}

/// The schema of a field with its bounds in words.
fn described(field: &Value) -> Value {
    let Some(field) = field.as_object() else { return field.clone() };
    let bound = |key: &str| field.get(key).and_then(Value::as_i64);
    let chars = match (bound("minLength"), bound("maxLength")) {
        (Some(low), Some(high)) if low > 1 => Some(format!("{low} to {high} characters")),
        (_, Some(high)) => Some(format!("at most {high} characters")),
        (Some(low), None) if low > 1 => Some(format!("at least {low} characters")),
        _ => None,
    };
    let range = match (bound("minimum"), bound("maximum")) {
        (Some(low), Some(high)) => Some(format!("{low} to {high}")),
        (Some(low), None) => Some(format!("at least {low}")),
        (None, Some(high)) => Some(format!("at most {high}")),
        (None, None) => None,
    };
    let keep = ["type", "enum", "description"];
    let mut out: Map<String, Value> =
        field.iter().filter(|(key, _)| keep.contains(&key.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect();
    let words: Vec<String> = chars.into_iter().chain(range).collect();
    if !words.is_empty() {
        let said = out.get("description").and_then(Value::as_str).map_or(String::new(), |d| format!("{d}; "));
        out.insert("description".into(), format!("{said}{}", words.join(", ")).into());
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::response_format;

    fn format(properties: &Value) -> Value {
        response_format(properties.as_object().expect("a map"), "x")["json_schema"].clone()
    }

    #[test]
    fn an_answer_must_have_every_field_in_its_order() {
        let format = format(&json!({"b": {"type": "integer"}, "a": {"type": "string"}}));
        assert_eq!(format["schema"]["required"], json!(["b", "a"]));
        assert_eq!(format["strict"], true);
    }

    #[test]
    fn bounds_are_words_because_models_refuse_their_keywords() {
        let format = format(&json!({
            "n": {"type": "integer", "minimum": -1, "maximum": 10, "description": "How sure"},
            "s": {"type": "string", "minLength": 1, "maxLength": 400, "pattern": "x"},
            "e": {"type": "string", "enum": ["a", "b"]}
        }));
        let fields = &format["schema"]["properties"];
        assert_eq!(fields["n"], json!({"type": "integer", "description": "How sure; -1 to 10"}));
        assert_eq!(fields["s"], json!({"type": "string", "description": "at most 400 characters"}));
        assert_eq!(fields["e"], json!({"type": "string", "enum": ["a", "b"]}));
    }
}
