//! Filters that templates may use beyond the built-in ones.

use serde_json::{Value, json};

/// A SQL string literal. Escapes with a backslash, which every engine reads the same way: doubled quotes are two
/// adjacent literals on some of them.
pub fn sql_string(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('\'');
    for c in value.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// A quoted SQL identifier.
pub fn sql_ident(value: &str) -> String {
    format!("`{}`", value.replace('`', "``"))
}

/// The `responseFormat` that binds a model to one flat JSON object, from the JSON Schemas of its fields by name: every
/// field is required, no other is allowed.
pub fn response_format(properties: &Value, name: &str) -> Value {
    let required: Vec<&String> = properties.as_object().map(|o| o.keys().collect()).unwrap_or_default();
    json!({"type": "json_schema", "json_schema": {"name": name, "strict": true, "schema": {
        "type": "object", "additionalProperties": false, "properties": properties, "required": required
    }}})
}

#[cfg(test)]
mod tests {
    use super::{response_format, sql_ident, sql_string};

    #[test]
    fn an_answer_must_have_every_field_in_its_order() {
        let format = response_format(&serde_json::json!({"b": {"type": "integer"}, "a": {"type": "string"}}), "x");
        let schema = &format["json_schema"]["schema"];
        assert_eq!(schema["required"], serde_json::json!(["b", "a"]));
        assert_eq!(format["json_schema"]["strict"], true);
    }

    #[test]
    fn strings_and_identifiers_are_escaped() {
        assert_eq!(sql_string("it's a \\ b\n"), r"'it\'s a \\ b\n'");
        assert_eq!(sql_ident("a`b"), "`a``b`");
    }
}
