//! The fields of a model's JSON answer, as a header gives them: in words of JSON Schema, mostly set in front of the header.

use std::sync::Arc;

use indexmap::IndexMap;
use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span, closest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::header::header_comment;
use super::words::find_words;

/// A field of a JSON answer, in the words of JSON Schema.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Property {
    /// `string` or `integer`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the field means, for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Allowed values of a string.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Least number of characters.
    #[serde(default, rename = "minLength", skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    /// Greatest number of characters.
    #[serde(default, rename = "maxLength", skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// Least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// Greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
}

/// What the value of a key must be.
#[derive(Clone, Copy)]
enum Form {
    Kind,
    Text,
    Texts,
    Length,
    Number,
}

const KEYS: [(&str, Form); 7] = [
    ("type", Form::Kind),
    ("description", Form::Text),
    ("enum", Form::Texts),
    ("minLength", Form::Length),
    ("maxLength", Form::Length),
    ("minimum", Form::Number),
    ("maximum", Form::Number),
];

impl Form {
    fn expected(self) -> &'static str {
        match self {
            Self::Kind | Self::Text => "a text",
            Self::Texts => "a list of texts",
            Self::Length => "a whole number from 0 on",
            Self::Number => "a whole number",
        }
    }

    fn holds(self, value: &Value) -> bool {
        match self {
            Self::Kind | Self::Text => value.is_string(),
            Self::Texts => value.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
            Self::Length => value.as_u64().is_some_and(|n| u32::try_from(n).is_ok()),
            Self::Number => value.is_i64(),
        }
    }
}

/// The fields, or each fault at its key.
pub(super) fn fields(
    given: IndexMap<String, Value>,
    source: &Arc<Source>,
) -> Result<IndexMap<String, Property>, Diagnostics> {
    let mut found = IndexMap::new();
    let mut problems = Vec::new();
    for (name, value) in given {
        let faults = faults(&name, &value, source);
        if !faults.is_empty() {
            problems.extend(faults);
            continue;
        }
        match serde_json::from_value(value) {
            Ok(property) => {
                found.insert(name, property);
            }
            Err(e) => {
                let d = Diagnostic::error("answer-form", format!("the field `{name}` of the answer: {e}"));
                problems.push(d.at(answer_place(source, &[&name])));
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(Diagnostics(problems)) }
}

fn faults(name: &str, value: &Value, source: &Arc<Source>) -> Vec<Diagnostic> {
    let at = |message: String, words: &[&str]| {
        Diagnostic::error("answer-form", message).at(answer_place(source, &[&[name], words].concat()))
    };
    let names = || KEYS.iter().map(|(key, _)| *key);
    let Some(keys) = value.as_object() else {
        let message = format!("expected the keys of the field `{name}` of the answer, found {}", shown(value));
        return vec![at(message, &[]).hint("write {'type': 'string', …}")];
    };
    let mut found = Vec::new();
    for (key, value) in keys {
        let Some((_, form)) = KEYS.iter().find(|(known, _)| known == key) else {
            let all = names().collect::<Vec<_>>().join(", ");
            let message = format!("`{key}` is not a key of an answer's field; available: {all}");
            let hint = match closest(key, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if key == "required" => "remove it: every field of an answer is required".to_owned(),
                None => "remove it, or say it in the `description`".to_owned(),
            };
            found.push(at(message, &[key]).hint(hint));
            continue;
        };
        if !form.holds(value) {
            let (expected, shown) = (form.expected(), shown(value));
            let d = at(format!("expected {expected} for `{key}` of the field `{name}`, found {shown}"), &[key]);
            let is_missing = value.as_array().is_some_and(|all| all.iter().any(Value::is_null));
            found.push(if is_missing {
                d.hint("where it is made by `map(attribute=…)`, check the name of the attribute")
            } else {
                d
            });
        } else if let (Form::Kind, Some(kind)) = (form, value.as_str())
            && !["string", "integer"].contains(&kind)
        {
            let message = format!("`{kind}` is not a type of an answer's field; available: string, integer");
            let d = at(message, &["type", kind]);
            let near = closest(kind, ["string", "integer"]);
            found.push(near.map_or(d.clone(), |near| d.hint(format!("did you mean `{near}`?"))));
        }
    }
    if !keys.contains_key("type") && found.is_empty() {
        found.push(at(format!("the field `{name}` of the answer has no `type`"), &[]).hint("add 'type': 'string'"));
    }
    found
}

/// A value as a message shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        Value::Array(all) if all.iter().any(Value::is_null) => "a list with an undefined value".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => format!("`{other}`"),
    }
}

/// Place of the last of `words` that is found in the answer: in the header, or where it is set in front of it; else that
/// of the header's key.
pub(super) fn answer_place(source: &Arc<Source>, words: &[&str]) -> Span {
    let text = source.text.as_str();
    let header = header_comment(text).unwrap_or(0..0);
    let key = match text[header.clone()].find("\nanswer:") {
        Some(at) => header.start + at + 1..header.start + at + 1 + "answer".len(),
        None => header.start..header.start,
    };
    let value = text.get(key.end + 1..).unwrap_or_default().trim_start();
    // `answer: {{ name | tojson }}`
    let from = match value.strip_prefix("{{").map(str::trim_start) {
        Some(expression) => {
            let end = expression.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(expression.len());
            let set = format!("set {}", &expression[..end]);
            text[..header.start].find(&set).map(|at| at + set.len())
        }
        None => Some(key.end),
    };
    let found = from.map_or(0..0, |from| find_words(text, from, words));
    Span::new(source, if found.is_empty() { key } else { found })
}

#[cfg(test)]
mod tests {
    use piq_diagnostics::Source;
    use serde_json::json;

    use super::{answer_place, fields};

    #[test]
    fn a_fault_is_said_at_its_key_where_the_answer_is_set() {
        for (field, expected, part) in [
            (json!({"type": "string", "desciption": "x"}), 3, "did you mean `description`?"),
            (json!({"type": "string", "minLength": "three"}), 3, "a whole number from 0 on"),
            (json!({"type": "string", "minLength": -1}), 3, "found `-1`"),
            (json!({"type": "string", "enum": "a, b"}), 3, "a list of texts"),
            (json!({"type": "string", "enum": [null]}), 3, "the attribute"),
            (json!({"type": "string", "required": true}), 3, "every field of an answer is required"),
            (json!({"type": "text"}), 3, "`text` is not a type"),
            (json!({"description": "x"}), 2, "has no `type`"),
            (json!("string"), 2, "expected the keys"),
        ] {
            let key = field.as_object().and_then(|o| o.keys().next_back().cloned()).unwrap_or_default();
            let text = format!(
                "{{%- set made = {{\n  'mood':\n    {{'{key}': 1}}}} -%}}\n/*\ninputs: [mood]\nanswer: {{{{ made | tojson }}}}\n*/\nSELECT"
            );
            let source = Source::new("e.sql", text);
            let given = [("mood".to_owned(), field.clone())].into_iter().collect();
            let error = fields(given, &source).expect_err("a fault").to_string();
            assert!(error.contains(part) && error.contains(&format!("e.sql:{expected}:")), "{field}: {error}");
        }
        let good = [("mood".to_owned(), json!({"type": "integer", "minimum": -1}))].into_iter().collect();
        assert_eq!(fields(good, &Source::new("e.sql", "")).expect("good")["mood"].minimum, Some(-1));
    }

    #[test]
    fn an_answer_in_the_header_or_from_a_macro_has_a_place() {
        let inline = Source::new("e.sql", "/*\ninputs: [mood]\nanswer:\n  mood: {type: string}\n*/\nSELECT 1");
        assert_eq!(answer_place(&inline, &["mood"]).line_column(), (4, 3));
        let made = Source::new("e.sql", "/*\ninputs: [mood]\nanswer: {{ fields() }}\n*/\nSELECT 1");
        assert_eq!(answer_place(&made, &["mood"]).line_column(), (3, 1));
        assert_eq!(answer_place(&Source::new("e.sql", "ü"), &["mood"]).line_column(), (1, 1));
    }
}
