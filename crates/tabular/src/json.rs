//! JSON: one array of objects, or objects one after the other, on lines or not.

use std::sync::Arc;

use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};
use serde_json::Value as Json;

use super::rows::{Layout, Row, Rows, Value};

/// Reads JSON or JSON lines. Columns are the keys of all objects, in the order in which they first come.
///
/// # Errors
/// Text that is not JSON, and values that are not objects.
pub fn read_json(source: &Arc<Source>) -> Result<Rows, Diagnostics> {
    let text = source.text.as_str();
    let fault = |code, message: String, at: usize| Diagnostic::error(code, message).at(Span::new(source, at..at));
    let skip = |at: usize, what: &[char]| at + text[at..].len() - text[at..].trim_start_matches(what).len();
    const BLANK: &[char] = &[' ', '\t', '\r', '\n', '\u{feff}'];
    let mut at = skip(0, BLANK);
    let in_array = text[at..].starts_with('[');
    at += usize::from(in_array);
    let mut headers: Vec<String> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    loop {
        at = skip(at, BLANK);
        if in_array && text[at..].starts_with(']') {
            let rest = skip(at + 1, BLANK);
            if rest < text.len() {
                return Err(
                    fault("file-unreadable", "expected the end of the file after the array".into(), rest).into()
                );
            }
            break;
        }
        if in_array && !rows.is_empty() {
            if !text[at..].starts_with(',') {
                return Err(fault("file-unreadable", "expected `,` or `]` after an object".into(), at).into());
            }
            at = skip(at + 1, BLANK);
        }
        if at >= text.len() {
            match in_array {
                true => return Err(fault("file-unreadable", "expected `]` at the end of the array".into(), at).into()),
                false => break,
            }
        }
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Json>();
        let value = match values.next() {
            Some(Ok(value)) => value,
            Some(Err(e)) => {
                // lines and columns of the error count from the value
                let rest = Source::new("", &text[at..]);
                let place = at + rest.offset(e.line(), e.column());
                let message = e.to_string();
                let message = message.split(" at line ").next().unwrap_or_default();
                return Err(fault("file-unreadable", format!("cannot read JSON: {message}"), place).into());
            }
            None => break,
        };
        let Json::Object(object) = value else {
            let message = format!("expected an object for each row, found {}", kind(&value));
            return Err(fault("file-row", message, at).hint("write rows as `{\"column\": value, …}`").into());
        };
        let start = at;
        at += values.byte_offset();
        let mut row = vec![None; headers.len()];
        for (name, value) in object {
            let column = headers.iter().position(|h| *h == name).unwrap_or_else(|| {
                headers.push(name);
                headers.len() - 1
            });
            row.resize(headers.len(), None);
            row[column] = converted(value);
        }
        rows.push(Row { start, values: row });
    }
    if headers.is_empty() {
        return Err(fault("file-empty", "expected objects with keys, found none".into(), 0).into());
    }
    for row in &mut rows {
        row.values.resize(headers.len(), None);
    }
    Ok(Rows { source: Arc::clone(source), layout: Layout::Json, headers, rows })
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

/// Lists and objects become JSON texts.
fn converted(value: Json) -> Option<Value> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(Value { text, is_text: true }),
        Json::Bool(_) | Json::Number(_) => Some(Value { text: value.to_string(), is_text: false }),
        Json::Array(_) | Json::Object(_) => Some(Value { text: value.to_string(), is_text: true }),
    }
}

#[cfg(test)]
mod tests {
    use piq_diagnostics::Source;

    use super::{Value, read_json};

    #[test]
    fn arrays_and_lines_give_the_same_rows() {
        let lines = "{\"a\": 1, \"b\": \"x\"}\n{\"b\": null, \"c\": [1, {\"d\": 2}]}\n";
        let array = "[{\"a\": 1, \"b\": \"x\"},\n {\"b\": null, \"c\": [1, {\"d\": 2}]}]\n";
        for text in [lines, array] {
            let rows = read_json(&Source::new("a.json", text)).expect("reads");
            assert_eq!(rows.headers, ["a", "b", "c"]);
            let value = |text: &str, is_text| Some(Value { text: text.into(), is_text });
            assert_eq!(rows.rows[0].values, [value("1", false), value("x", true), None]);
            assert_eq!(rows.rows[1].values, [None, None, value("[1,{\"d\":2}]", true)]);
            assert_eq!(rows.place(&rows.rows[1], 2).line_column().0, 2);
        }
    }

    #[test]
    fn what_is_not_a_list_of_objects_is_shown_at_its_place() {
        for (text, code, place) in [
            ("[{\"a\": 1}\n 2]", "file-unreadable", (2, 2)),
            ("{\"a\": 1}\n7", "file-row", (2, 1)),
            ("[{\"a\": 1}", "file-unreadable", (1, 10)),
            ("{\"a\": 1}\n{\"a\" 1}", "file-unreadable", (2, 6)),
            ("", "file-empty", (1, 1)),
            ("[]", "file-empty", (1, 1)),
            ("[{\"a\": 1}] x", "file-unreadable", (1, 12)),
        ] {
            let found = read_json(&Source::new("a.json", text)).expect_err("bad");
            assert_eq!((found.0[0].code, found.0[0].labels[0].place.line_column()), (code, place), "{text}: {found}");
        }
    }
}
