//! Results in the form of the SQL API: every value a string, in chunks.

use serde_json::{Value, json};

use crate::engine::EngineTable;

/// Rows in one chunk.
const CHUNK: usize = 10_000;

/// The `manifest` of a result.
pub(super) fn manifest(table: &EngineTable, truncated: bool) -> Value {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .enumerate()
        .map(|(position, c)| {
            let type_text = c.type_text.to_uppercase();
            json!({"name": c.name, "position": position, "type_name": type_name(&type_text), "type_text": type_text})
        })
        .collect();
    let chunks: Vec<Value> = (0..chunk_count(table))
        .map(|n| json!({"chunk_index": n, "row_offset": n * CHUNK, "row_count": rows(table, n).len()}))
        .collect();
    json!({
        "format": "JSON_ARRAY",
        "schema": {"column_count": columns.len(), "columns": columns},
        "total_chunk_count": chunks.len(), "chunks": chunks,
        "total_row_count": table.rows.len(), "truncated": truncated,
    })
}

/// One chunk, or nothing if there is no such chunk.
pub(super) fn chunk(table: &EngineTable, n: usize, statement_id: &str) -> Option<Value> {
    if n >= chunk_count(table) {
        return None;
    }
    let rows = rows(table, n);
    let data: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(text).collect()).collect();
    let mut chunk = json!({"chunk_index": n, "row_offset": n * CHUNK, "row_count": rows.len(), "data_array": data});
    if n + 1 < chunk_count(table) {
        chunk["next_chunk_index"] = json!(n + 1);
        chunk["next_chunk_internal_link"] =
            json!(format!("/api/2.0/sql/statements/{statement_id}/result/chunks/{}", n + 1));
    }
    Some(chunk)
}

fn chunk_count(table: &EngineTable) -> usize {
    table.rows.len().div_ceil(CHUNK)
}

fn rows(table: &EngineTable, n: usize) -> &[Vec<Value>] {
    &table.rows[n * CHUNK..table.rows.len().min((n + 1) * CHUNK)]
}

fn text(value: &Value) -> Value {
    match value {
        Value::Null | Value::String(_) => value.clone(),
        other => Value::String(other.to_string()),
    }
}

/// Name in the API of a type in upper case.
pub(super) fn type_name(type_text: &str) -> &str {
    let word = type_text.split(['(', '<', ' ']).next().unwrap_or(type_text);
    match word {
        "BIGINT" => "LONG",
        "SMALLINT" => "SHORT",
        "TINYINT" => "BYTE",
        "INTEGER" => "INT",
        "VOID" => "NULL",
        "VARCHAR" => "STRING",
        "NUMERIC" | "DEC" => "DECIMAL",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineColumn;

    #[test]
    fn every_value_is_a_string_or_null_and_types_have_their_api_names() {
        let table = EngineTable {
            columns: vec![
                EngineColumn { name: "n".into(), type_text: "bigint".into() },
                EngineColumn { name: "d".into(), type_text: "decimal(10,2)".into() },
                EngineColumn { name: "a".into(), type_text: "array<string>".into() },
            ],
            rows: vec![vec![json!(1), json!("1.50"), json!(["x"])], vec![Value::Null, Value::Null, Value::Null]],
        };
        let types: Vec<Value> = manifest(&table, false)["schema"]["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["type_name"].clone())
            .collect();
        assert_eq!(types, ["LONG", "DECIMAL", "ARRAY"]);
        let chunk = chunk(&table, 0, "s").unwrap();
        assert_eq!(chunk["data_array"], json!([["1", "1.50", "[\"x\"]"], [null, null, null]]));
        assert!(chunk.get("next_chunk_index").is_none());
    }

    #[test]
    fn a_long_result_comes_in_linked_chunks() {
        let table = EngineTable { columns: vec![], rows: vec![vec![]; CHUNK + 1] };
        assert_eq!(manifest(&table, false)["total_chunk_count"], 2);
        assert_eq!(chunk(&table, 0, "s").unwrap()["next_chunk_index"], 1);
        assert_eq!(chunk(&table, 1, "s").unwrap()["row_count"], 1);
        assert!(chunk(&table, 2, "s").is_none());
    }
}
