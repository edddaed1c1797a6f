//! A JSON value as YAML that reads back as the same value.

use serde_json::Value;

/// A block: one line for each entry, the first without indentation, the others with `indent` blanks. Texts are quoted as
/// in JSON, so that nothing is taken for another type.
pub(super) fn block(value: &Value, indent: usize) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => {
            lines(map.iter().map(|(key, value)| entry(key, value, indent)), indent)
        }
        Value::Array(items) if !items.is_empty() => {
            lines(items.iter().map(|item| format!("- {}", block(item, indent + 2))), indent)
        }
        other => other.to_string(),
    }
}

/// An entry of a map in a block.
pub(super) fn entry(key: &str, value: &Value, indent: usize) -> String {
    let key = if plain(key) { key.to_owned() } else { Value::from(key).to_string() };
    let filled = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if filled {
        let inner = indent + 2;
        format!("{key}:\n{}{}", " ".repeat(inner), block(value, inner))
    } else {
        format!("{key}: {value}")
    }
}

fn lines(parts: impl Iterator<Item = String>, indent: usize) -> String {
    parts.collect::<Vec<_>>().join(&format!("\n{}", " ".repeat(indent)))
}

/// Whether a key is a text without quotes in every YAML.
fn plain(key: &str) -> bool {
    let word =
        key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && key.starts_with(|c: char| c.is_alphabetic());
    let other = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    word && !other.iter().any(|o| key.eq_ignore_ascii_case(o))
}
