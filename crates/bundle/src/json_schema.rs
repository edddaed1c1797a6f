//! The JSON schema of the dialect, for editors: made of the same table that bundles are checked against.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::schema::{ValueType, fields, of_resource};
use super::unknown_keys::OTHER_KINDS;

/// Kinds that piq deploys.
const KINDS: [&str; 5] = ["jobs", "dashboards", "schemas", "volumes", "sql_warehouses"];

/// The schema of `databricks.yml` and the files that it includes.
pub fn json_schema() -> Value {
    let mut writer = Writer { open: vec!["Root", "Target"], seen: BTreeSet::new(), defs: Map::new() };
    let mut kinds = Map::new();
    for kind in KINDS {
        let shape = of_resource(kind).unwrap_or("Any");
        writer.open.push(shape);
        kinds.insert(kind.to_owned(), json!({"type": "object", "additionalProperties": reference(shape)}));
    }
    for kind in OTHER_KINDS {
        let note = "piq passes this kind on with `piq render`, and does not deploy it";
        kinds.insert((*kind).to_owned(), json!({"type": "object", "description": note}));
    }
    while let Some(shape) = writer.open.pop() {
        if writer.seen.insert(shape) {
            let shown = writer.shape(shape);
            writer.defs.insert(shape.to_owned(), shown);
        }
    }
    for section in ["Root", "Target"] {
        if let Some(properties) = writer.defs.get_mut(section) {
            properties["properties"]["resources"] =
                json!({"type": ["object", "null"], "properties": kinds, "additionalProperties": false});
        }
    }
    // what holds anchors for reuse, and its author's own keys
    if let Some(root) = writer.defs.get_mut("Root") {
        root["patternProperties"] = json!({"^(x-|_|\\.)": {}});
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A bundle, as piq reads databricks.yml and the files that it includes",
        "$ref": "#/$defs/Root",
        "$defs": writer.defs,
    })
}

fn reference(shape: &str) -> Value {
    json!({"$ref": format!("#/$defs/{shape}")})
}

struct Writer {
    /// Shapes that something names and that are not written yet.
    open: Vec<&'static str>,
    seen: BTreeSet<&'static str>,
    defs: Map<String, Value>,
}

impl Writer {
    fn shape(&mut self, shape: &'static str) -> Value {
        let mut properties = Map::new();
        for field in fields(shape) {
            let value = self.kind(&field.kind);
            properties.insert(field.name.to_owned(), value);
        }
        // a required field may come from another file or from a target
        json!({"type": "object", "properties": properties, "additionalProperties": false})
    }

    fn kind(&mut self, kind: &ValueType) -> Value {
        match kind {
            ValueType::Any => json!({}),
            // a number in a text field is read as it is written
            ValueType::Text => json!({"type": ["string", "number", "boolean", "null"]}),
            ValueType::Int => filled(json!({"type": "integer"})),
            ValueType::Number => filled(json!({"type": "number"})),
            ValueType::Bool => filled(json!({"type": "boolean"})),
            ValueType::Word { words, open: false } => filled(json!({"enum": words})),
            ValueType::Word { words, open: true } => filled(json!({"anyOf": [{"enum": words}, {"type": "string"}]})),
            ValueType::List(inner) => {
                let items = self.kind(inner);
                filled(json!({"type": "array", "items": items}))
            }
            ValueType::Map(inner) => {
                let values = self.kind(inner);
                filled(json!({"type": "object", "additionalProperties": values}))
            }
            ValueType::Fields(shape) => {
                self.open.push(shape);
                filled(reference(shape))
            }
        }
    }
}

/// Instead of a value there may be a reference, and nothing.
fn filled(value: Value) -> Value {
    json!({"anyOf": [value, {"type": "null"}, {"type": "string", "pattern": "\\$\\{"}]})
}

#[cfg(test)]
mod tests {
    use super::json_schema;

    #[test]
    fn every_reference_leads_somewhere() {
        let schema = json_schema();
        let text = schema.to_string();
        let mut named = 0;
        for (at, start) in text.match_indices("#/$defs/") {
            let shape = text[at + start.len()..].split('"').next().unwrap_or_default();
            assert!(schema["$defs"][shape]["properties"].is_object(), "{shape}");
            named += 1;
        }
        assert!(named > 100, "{named}");
        assert_eq!(schema["$defs"]["Job"]["properties"]["max_concurrent_runs"]["anyOf"][0]["type"], "integer");
        assert!(schema["$defs"]["Root"]["properties"]["resources"]["properties"]["jobs"].is_object());
    }
}
