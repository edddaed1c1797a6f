//! Filters that templates may use beyond the built-in ones.

use serde_json::{Value, json};

/// The `responseFormat` that binds a model to one flat JSON object, from the JSON Schemas of its fields by name: every
/// field is required, no other is allowed.
pub(super) fn response_format(properties: &Value, name: &str) -> Value {
    let required: Vec<&String> = properties.as_object().map(|o| o.keys().collect()).unwrap_or_default();
    json!({"type": "json_schema", "json_schema": {"name": name, "strict": true, "schema": {
        "type": "object", "additionalProperties": false, "properties": properties, "required": required
    }}})
}

#[cfg(test)]
mod tests {
    use super::response_format;

    #[test]
    fn an_answer_must_have_every_field_in_its_order() {
        let format = response_format(&serde_json::json!({"b": {"type": "integer"}, "a": {"type": "string"}}), "x");
        let schema = &format["json_schema"]["schema"];
        assert_eq!(schema["required"], serde_json::json!(["b", "a"]));
        assert_eq!(format["json_schema"]["strict"], true);
    }
}
