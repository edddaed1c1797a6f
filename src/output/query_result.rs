//! The result of a statement as a table for people, as CSV and as JSON.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets};
use piq_databricks::workspace::{ResultColumn, ResultSet};
use piq_diagnostics::{Failure, FailureContext as _};
use serde_json::{Number, Value, json};

/// What a value of a column is in JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum JsonKind {
    Boolean,
    Number,
    Nested,
    Text,
}

fn json_kind(column: &ResultColumn) -> JsonKind {
    let word = column.type_text.split(['(', '<', ' ']).next().unwrap_or_default().to_ascii_uppercase();
    match word.as_str() {
        "BOOLEAN" => JsonKind::Boolean,
        "TINYINT" | "SMALLINT" | "INT" | "INTEGER" | "BIGINT" | "BYTE" | "SHORT" | "LONG" | "FLOAT" | "REAL"
        | "DOUBLE" | "DECIMAL" | "DEC" | "NUMERIC" => JsonKind::Number,
        "ARRAY" | "MAP" | "STRUCT" | "VARIANT" => JsonKind::Nested,
        _ => JsonKind::Text,
    }
}

/// A text that moves no cursor: control characters other than line breaks are shown as escapes.
fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// A table, as wide as the terminal; numbers at the right. Nothing wraps in a file or pipe.
pub(crate) fn as_table(result: &ResultSet) -> String {
    if result.columns.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).enforce_styling().style_text_only();
    let arrangement = if table.width().is_some() { ContentArrangement::Dynamic } else { ContentArrangement::Disabled };
    table.set_content_arrangement(arrangement);
    let alignment = |column: &ResultColumn| match json_kind(column) {
        JsonKind::Number => CellAlignment::Right,
        _ => CellAlignment::Left,
    };
    table.set_header(result.columns.iter().map(|column| {
        Cell::new(harmless(&column.name)).set_alignment(alignment(column)).add_attribute(Attribute::Bold)
    }));
    for row in &result.rows {
        table.add_row(row.iter().zip(&result.columns).map(|(value, column)| match value {
            Some(text) => Cell::new(harmless(text)).set_alignment(alignment(column)),
            None => Cell::new("NULL").set_alignment(alignment(column)).add_attribute(Attribute::Dim),
        }));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// CSV with a heading. NULL is an empty field, an empty text is `""`.
pub(crate) fn as_csv(result: &ResultSet) -> String {
    let field = |text: &str| match text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    let mut out = String::new();
    let mut line = |fields: Vec<String>| {
        out.push_str(&fields.join(","));
        out.push('\n');
    };
    if !result.columns.is_empty() {
        line(result.columns.iter().map(|c| field(&c.name)).collect());
    }
    for row in &result.rows {
        line(row.iter().map(|value| value.as_deref().map(field).unwrap_or_default()).collect());
    }
    out
}

/// One JSON document, as `docs/schema/query.schema.json` describes it. Numbers keep all their digits.
///
/// # Errors
/// Two columns of one name: a row is an object.
pub(crate) fn as_json(result: &ResultSet) -> Result<String, Failure> {
    let names: Vec<&str> = result.columns.iter().map(|c| c.name.as_str()).collect();
    if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        return Err(Failure::refused(format!(
            "found two columns named `{}`: a row in JSON has one of each name",
            twice.1
        ))
        .hint("name them apart with `AS`, or use `-o csv`"));
    }
    let mut keys = Vec::new();
    for name in &names {
        keys.push(serde_json::to_string(name).context("cannot write the result as JSON")?);
    }
    let kinds: Vec<JsonKind> = result.columns.iter().map(json_kind).collect();
    let row = |row: &Vec<Option<String>>| {
        let values = row.iter().zip(&keys).zip(&kinds);
        let fields: Vec<String> =
            values.map(|((value, key), kind)| format!("{key}:{}", value_json(value.as_deref(), *kind))).collect();
        format!("{{{}}}", fields.join(","))
    };
    let rows: Vec<String> = result.rows.iter().map(row).collect();
    let columns: Vec<Value> =
        result.columns.iter().map(|c| json!({"name": c.name, "type": c.type_text.to_uppercase()})).collect();
    let (columns, count, truncated) = (json!(columns), result.rows.len(), result.truncated);
    Ok(format!(
        "{{\"columns\":{columns},\"rows\":[{}],\"row_count\":{count},\"truncated\":{truncated}}}\n",
        rows.join(",")
    ))
}

/// A value as JSON text. One that is not as its type says, such as a NaN, is a string.
fn value_json(value: Option<&str>, kind: JsonKind) -> String {
    let Some(text) = value else { return "null".to_owned() };
    let as_is = match kind {
        JsonKind::Boolean => matches!(text, "true" | "false"),
        JsonKind::Number => serde_json::from_str::<Number>(text).is_ok(),
        JsonKind::Nested => serde_json::from_str::<Value>(text).is_ok() && !text.contains('\n'),
        JsonKind::Text => false,
    };
    if as_is { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use piq_databricks::workspace::{ResultColumn, ResultSet};

    use super::{as_csv, as_json, as_table};

    fn result(columns: &[(&str, &str)], rows: &[&[Option<&str>]]) -> ResultSet {
        let column = |(name, kind): &(&str, &str)| ResultColumn { name: (*name).into(), type_text: (*kind).into() };
        ResultSet {
            columns: columns.iter().map(column).collect(),
            rows: rows.iter().map(|row| row.iter().map(|v| v.map(str::to_owned)).collect()).collect(),
            truncated: false,
        }
    }

    #[test]
    fn json_has_types_and_all_digits() {
        let columns = [
            ("n", "BIGINT"),
            ("d", "DECIMAL(20,2)"),
            ("x", "DOUBLE"),
            ("b", "BOOLEAN"),
            ("t", "STRING"),
            ("a", "ARRAY<INT>"),
            ("day", "DATE"),
        ];
        let rows: [&[Option<&str>]; 2] = [
            &[
                Some("9007199254740993"),
                Some("12345678901234567.10"),
                Some("NaN"),
                Some("true"),
                Some("1"),
                Some("[1,2]"),
                Some("2026-03-02"),
            ],
            &[None; 7],
        ];
        assert_eq!(
            as_json(&result(&columns[..], &rows)).expect("JSON").split_once("\"rows\":").expect("rows").1,
            "[{\"n\":9007199254740993,\"d\":12345678901234567.10,\"x\":\"NaN\",\"b\":true,\"t\":\"1\",\"a\":[1,2],\
             \"day\":\"2026-03-02\"},{\"n\":null,\"d\":null,\"x\":null,\"b\":null,\"t\":null,\"a\":null,\"day\":null}],\
             \"row_count\":2,\"truncated\":false}\n"
        );
        let twice = as_json(&result(&[("a", "INT"), ("a", "INT")], &[])).expect_err("two of a name");
        assert!(twice.message.contains("`a`"), "{twice:?}");
    }

    #[test]
    fn csv_tells_null_from_an_empty_text_and_keeps_every_byte() {
        let rows: [&[Option<&str>]; 2] =
            [&[None, Some(""), Some("x\"y")], &[Some("a,b"), Some("two\nlines"), Some("\x1b[1m")]];
        let csv = as_csv(&result(&[("a", "STRING"), ("b", "STRING"), ("c d", "STRING")], &rows));
        assert_eq!(csv, "a,b,c d\n,\"\",\"x\"\"y\"\n\"a,b\",\"two\nlines\",\x1b[1m\n");
    }

    #[test]
    fn a_table_aligns_numbers_and_moves_no_cursor() {
        let rows: [&[Option<&str>]; 2] = [&[Some("1"), Some("a\x1b[2Jb")], &[Some("1200"), None]];
        let shown = as_table(&result(&[("count", "BIGINT"), ("name", "STRING")], &rows));
        let shown = anstream::adapter::strip_str(&shown).to_string();
        assert_eq!(shown, "count  name\n    1  a\\u{1b}[2Jb\n 1200  NULL\n");
        assert_eq!(as_table(&ResultSet::default()), "");
    }
}
