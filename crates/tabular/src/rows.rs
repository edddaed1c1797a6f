//! Rows as a file has them, before they have types.

use std::sync::Arc;

use piq_diagnostics::{Source, Span};

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As written, without quotes.
    pub text: String,
    /// Whether the file says that it is a text, as JSON does with quotes: only a date or a time can be in it.
    pub is_text: bool,
}

/// Where the values of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Fields between delimiters.
    Csv { delimiter: u8 },
    /// Objects.
    Json,
}

/// The rows of a file. A value that is empty or null is `None`.
#[derive(Debug)]
pub struct Rows {
    pub(crate) source: Arc<Source>,
    pub(crate) layout: Layout,
    /// Names as the file has them.
    pub headers: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    /// The byte of the file where it starts.
    pub start: usize,
    pub values: Vec<Option<Value>>,
}

impl Rows {
    /// Rows whose values have no place in a text, such as those of a Parquet file.
    pub fn without_places(path: &str, headers: Vec<String>, values: Vec<Vec<Option<Value>>>) -> Self {
        let rows = values.into_iter().map(|values| Row { start: 0, values }).collect();
        Self { source: Source::new(path, ""), layout: Layout::Json, headers, rows }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn column(&self, at: usize) -> impl Iterator<Item = &Value> {
        self.rows.iter().filter_map(move |row| row.values.get(at)?.as_ref())
    }

    /// The place of a value; that of its row if it cannot be told.
    pub(crate) fn place(&self, row: &Row, column: usize) -> Span {
        let rest = self.source.text.get(row.start..).unwrap_or_default();
        let field = match self.layout {
            Layout::Csv { delimiter } => csv_field(rest.as_bytes(), column, delimiter),
            Layout::Json => self.headers.get(column).and_then(|name| json_field(rest, name)),
        };
        let (start, end) = field.unwrap_or((0, 0));
        Span::new(&self.source, row.start + start..row.start + end)
    }
}

/// Start and end of a field in the text from its record on.
fn csv_field(record: &[u8], column: usize, delimiter: u8) -> Option<(usize, usize)> {
    let (mut start, mut field, mut quoted) = (0, 0, false);
    for (at, byte) in record.iter().enumerate() {
        match *byte {
            b'"' => quoted = !quoted,
            b if !quoted && (b == delimiter || b == b'\n' || b == b'\r') => {
                if field == column {
                    return Some((start, at));
                }
                if b != delimiter {
                    return None;
                }
                field += 1;
                start = at + 1;
            }
            _ => {}
        }
    }
    (field == column).then_some((start, record.len()))
}

/// The key of a field in the text from its object on.
fn json_field(object: &str, name: &str) -> Option<(usize, usize)> {
    let key = serde_json::to_string(name).ok()?;
    let start = object.find(&key)?;
    Some((start, start + key.len()))
}
