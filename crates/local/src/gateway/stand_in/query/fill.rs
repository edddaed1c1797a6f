//! The general rule: a value of the schema's type, made of the prompt's words.

use serde_json::{Map, Value, json};

use super::super::Prompt;
use super::super::words::{first_words, stem, words};

/// A value for a field.
pub(super) fn value(prompt: &Prompt<'_>, name: &str, field: &Value) -> Value {
    if let Some(allowed) = field["enum"].as_array().filter(|a| !a.is_empty()) {
        return choice(prompt, allowed);
    }
    match kind(field) {
        "integer" => json!(number(prompt, field)),
        "number" => json!(number(prompt, field)),
        "boolean" => json!(false),
        "array" => json!([value(prompt, name, &field["items"])]),
        "object" => {
            let fields = field["properties"].as_object().into_iter().flatten();
            let object: Map<String, Value> =
                fields.map(|(name, field)| (name.clone(), fitted(value(prompt, name, field), field))).collect();
            Value::Object(object)
        }
        _ => json!(text(prompt, name)),
    }
}

fn kind(field: &Value) -> &str {
    let many = field["type"].as_array().and_then(|kinds| kinds.iter().filter_map(Value::as_str).find(|k| *k != "null"));
    field["type"].as_str().or(many).unwrap_or("string")
}

/// The allowed value whose words the prompt's data uses most; the last one if none does.
fn choice(prompt: &Prompt<'_>, allowed: &[Value]) -> Value {
    let said: std::collections::HashSet<String> =
        prompt.sections.iter().flat_map(|s| words(s.text)).map(|w| stem(&w).to_owned()).collect();
    let points = |v: &Value| words(v.as_str().unwrap_or_default()).filter(|w| said.contains(stem(w))).count();
    let mut best = (0, allowed.last());
    for value in allowed {
        let score = points(value);
        if score > best.0 {
            best = (score, Some(value));
        }
    }
    best.1.cloned().unwrap_or(Value::Null)
}

fn number(prompt: &Prompt<'_>, field: &Value) -> i64 {
    let low = field["minimum"].as_i64().unwrap_or(0);
    let high = field["maximum"].as_i64().unwrap_or(10).max(low);
    // the same text always gives the same number
    let length: usize = prompt.sections.iter().map(|s| s.text.len()).sum();
    low + i64::try_from(length).unwrap_or(0) % (high - low + 1)
}

/// A sentence that shares a word with the field's name, else the first one.
fn text(prompt: &Prompt<'_>, name: &str) -> String {
    let sentences = prompt.sentences();
    let wanted: Vec<String> = words(&name.replace('_', " ")).collect();
    let shares = |s: &&&str| words(s).any(|w| wanted.iter().any(|n| stem(n) == stem(&w)));
    sentences.iter().find(shares).or(sentences.first()).map_or_else(|| "Nothing is known.".into(), |s| (*s).to_owned())
}

/// The value within the limits of its field.
pub(super) fn fitted(value: Value, field: &Value) -> Value {
    match value {
        Value::String(text) => {
            let words = text.split_whitespace().count();
            let Some(most) = field["maxLength"].as_u64().and_then(|n| usize::try_from(n).ok()) else {
                return Value::String(text);
            };
            let fitting = (0..=words).rev().map(|n| first_words(&text, n)).find(|t| t.chars().count() <= most);
            Value::String(fitting.unwrap_or_default())
        }
        Value::Number(n) => {
            let Some(whole) = n.as_i64() else { return Value::Number(n) };
            let low = field["minimum"].as_i64().unwrap_or(i64::MIN);
            json!(whole.clamp(low, field["maximum"].as_i64().unwrap_or(i64::MAX).max(low)))
        }
        other => other,
    }
}
