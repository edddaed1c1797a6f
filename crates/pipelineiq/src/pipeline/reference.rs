//! Reference tables: one CSV file each in `sql/reference/`, with a header line.
//! The type of a column is the first that all its values have: INT, DOUBLE, DATE, STRING.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;
use sha2::{Digest, Sha256};

use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};

/// A reference table.
#[derive(Debug, Clone, Serialize)]
pub struct ReferenceTable {
    /// Name of the table and of the file.
    pub name: String,
    /// Column names and SQL types.
    pub columns: IndexMap<String, &'static str>,
    /// Rows as text, by column.
    pub rows: Vec<IndexMap<String, String>>,
    /// Twelve hexadecimal digits that change with the contents.
    pub version: String,
}

/// The rows of each table, by its name.
pub(super) fn rows(tables: &IndexMap<String, ReferenceTable>) -> IndexMap<&str, &[IndexMap<String, String>]> {
    tables.iter().map(|(name, table)| (name.as_str(), table.rows.as_slice())).collect()
}

impl ReferenceTable {
    /// Reads a CSV text (RFC 4180: quotes, doubled quotes, commas and line breaks within quotes).
    ///
    /// # Errors
    /// A row with another number of fields than the header, an unclosed quote, no row at all.
    pub fn parse(name: &str, source: &Arc<Source>) -> Result<Self, Diagnostics> {
        let mut records = records(source)?.into_iter();
        let fault = |at: usize, message: String| {
            Diagnostics::from(Diagnostic::error("reference-table", message).at(Span::new(source, at..at)))
        };
        let Some((_, header)) = records.next() else {
            return Err(fault(0, "the reference table is empty".into()));
        };
        let mut rows = Vec::new();
        for (at, record) in records {
            if record.len() != header.len() {
                return Err(fault(at, format!("the row has {} fields, the header {}", record.len(), header.len())));
            }
            rows.push(header.iter().cloned().zip(record).collect::<IndexMap<_, _>>());
        }
        if rows.is_empty() {
            return Err(fault(source.text.len(), "the reference table has no row".into()));
        }
        let sql_type = |c: &String| {
            let all = |f: fn(&str) -> bool| rows.iter().filter_map(|r| r.get(c)).all(|v| f(v));
            if all(|v| v.parse::<i32>().is_ok()) {
                "INT"
            } else if all(|v| v.parse::<f64>().is_ok_and(f64::is_finite)) {
                "DOUBLE"
            } else if all(|v| v.parse::<jiff::civil::Date>().is_ok() && v.len() == 10) {
                "DATE"
            } else {
                "STRING"
            }
        };
        let columns = header.iter().map(|c| (c.clone(), sql_type(c))).collect();
        let version = hex::encode(&Sha256::digest(source.text.as_bytes())[..6]);
        Ok(Self { name: name.to_owned(), columns, rows, version })
    }
}

type CsvRecord = (usize, Vec<String>);

fn records(source: &Arc<Source>) -> Result<Vec<CsvRecord>, Diagnostics> {
    let text = &source.text;
    let mut out = Vec::new();
    let (mut fields, mut field, mut start) = (Vec::new(), String::new(), 0);
    let mut quote: Option<usize> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '"') if chars.peek().is_some_and(|(_, n)| *n == '"') => {
                chars.next();
                field.push('"');
            }
            (Some(_), '"') => quote = None,
            (Some(_), c) => field.push(c),
            (None, '"') if field.is_empty() => quote = Some(i),
            (None, ',') => fields.push(std::mem::take(&mut field)),
            (None, '\r') => {}
            (None, '\n') => {
                fields.push(std::mem::take(&mut field));
                let record = std::mem::take(&mut fields);
                if record != [""] {
                    out.push((start, record));
                }
                start = i + 1;
            }
            (None, c) => field.push(c),
        }
    }
    if let Some(at) = quote {
        return Err(Diagnostic::error("reference-table", "the quote is never closed")
            .at(Span::new(source, at..at + 1))
            .into());
    }
    if !field.is_empty() || !fields.is_empty() {
        fields.push(field);
        out.push((start, fields));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::ReferenceTable;
    use piq_diagnostics::Source;

    #[test]
    fn quotes_commas_and_types() {
        let source = Source::new("t.csv", "code,points,note,day\nA,10,\"x, \"\"y\"\"\",2026-02-01\nB,20,,2026-03-01\n");
        let table = ReferenceTable::parse("t", &source).expect("reads");
        assert_eq!(table.columns.values().copied().collect::<Vec<_>>(), ["STRING", "INT", "STRING", "DATE"]);
        assert_eq!(table.rows[0]["note"], "x, \"y\"");
    }

    #[test]
    fn a_short_row_is_named_by_its_line() {
        let source = Source::new("t.csv", "a,b\n1,2\n3\n");
        let error = ReferenceTable::parse("t", &source).expect_err("short");
        assert_eq!(error.0[0].labels[0].place.line_column(), (3, 1));
    }
}
