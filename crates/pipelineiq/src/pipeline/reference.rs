//! Reference tables: one CSV file each in `sql/reference/`, with a header line. A byte order mark in front is skipped.
//! The type of a column is the first that all its values have: INT, DOUBLE, DATE, STRING.

use std::collections::BTreeSet;
use std::ops::Range;
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
    #[serde(skip)]
    places: Places,
}

/// Where the fields of a table stand in its file, without the quotes around them.
#[derive(Debug, Clone)]
struct Places {
    source: Arc<Source>,
    header: Vec<Range<usize>>,
    rows: Vec<Vec<Range<usize>>>,
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
        let fault = |place: Range<usize>, message: String| {
            Diagnostic::error("reference-table", message).at(Span::new(source, place))
        };
        let Some(header) = records.next() else {
            return Err(fault(0..0, "the reference table is empty".into()).into());
        };
        let faults = header_faults(&header, fault);
        if !faults.is_empty() {
            return Err(Diagnostics(faults));
        }
        let names: Vec<String> = header.iter().map(|field| field.text.clone()).collect();
        let mut rows = Vec::new();
        let mut places = Vec::new();
        for record in records {
            if record.len() != header.len() {
                let at = record.first().map_or(0, |field| field.start);
                let message = format!("the row has {} fields, the header {}", record.len(), header.len());
                return Err(fault(at..at, message).into());
            }
            let (texts, of_row): (Vec<String>, Vec<Range<usize>>) =
                record.into_iter().map(|f| (f.text, f.place)).unzip();
            rows.push(names.iter().cloned().zip(texts).collect::<IndexMap<_, _>>());
            places.push(of_row);
        }
        if rows.is_empty() {
            let end = source.text.len();
            return Err(fault(end..end, "the reference table has no row".into()).into());
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
        let columns = names.iter().map(|c| (c.clone(), sql_type(c))).collect();
        let version = hex::encode(&Sha256::digest(source.text.trim_start_matches(BYTE_ORDER_MARK).as_bytes())[..6]);
        let header = header.into_iter().map(|field| field.place).collect();
        let places = Places { source: source.clone(), header, rows: places };
        Ok(Self { name: name.to_owned(), columns, rows, version, places })
    }

    /// Place of the name of a column.
    pub(super) fn header_place(&self, column: &str) -> Option<Span> {
        let at = self.places.header.get(self.columns.get_index_of(column)?)?;
        Some(Span::new(&self.places.source, at.clone()))
    }

    /// Place of a field, without its quotes.
    pub(super) fn place(&self, row: usize, column: &str) -> Option<Span> {
        let at = self.places.rows.get(row)?.get(self.columns.get_index_of(column)?)?;
        Some(Span::new(&self.places.source, at.clone()))
    }

    /// Place of some bytes of the text of a field: in the file each of its quotes is written twice.
    pub(super) fn place_within(&self, row: usize, column: &str, part: &Range<usize>) -> Option<Span> {
        let field = self.place(row, column)?;
        let text = self.rows.get(row)?.get(column)?;
        let doubled = self.places.source.text[..field.span.start].ends_with('"');
        let raw = |at: usize| {
            let quotes = text.bytes().take(at).filter(|byte| *byte == b'"').count();
            field.span.start + at + if doubled { quotes } else { 0 }
        };
        Some(Span::new(&field.source, raw(part.start)..raw(part.end)))
    }
}

/// What a spreadsheet writes in front of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A field of a record.
#[derive(Debug, Default)]
struct Field {
    text: String,
    /// Where it begins, with its quote.
    start: usize,
    /// Where its text stands.
    place: Range<usize>,
}

/// Names that no column can have: none, one that blanks surround, one that stands there before.
fn header_faults(header: &[Field], fault: impl Fn(Range<usize>, String) -> Diagnostic) -> Vec<Diagnostic> {
    if let [only] = header
        && let Some(mark) = only.text.chars().find(|c| ['\t', ';', '|'].contains(c))
    {
        let at = only.place.start + only.text.find(mark).unwrap_or(0);
        let found = if mark == '\t' { "a tab".to_owned() } else { format!("`{mark}`") };
        let message = format!("expected commas between the fields, found {found}");
        return vec![fault(at..at + 1, message).hint("save the file as CSV with commas")];
    }
    let mut seen = BTreeSet::new();
    let one = |(i, field): (usize, &Field)| {
        let name = field.text.trim();
        let message = if name.is_empty() {
            format!("expected a name for column {} in the first line, found none", i + 1)
        } else if name.len() < field.text.len() {
            format!("expected the column name `{name}` without blanks around it, found `{}`", field.text)
        } else if !seen.insert(name.to_lowercase()) {
            format!("two columns have the name `{name}`")
        } else {
            return None;
        };
        Some(fault(field.place.clone(), message))
    };
    header.iter().enumerate().filter_map(one).collect()
}

fn records(source: &Arc<Source>) -> Result<Vec<Vec<Field>>, Diagnostics> {
    let text = &source.text;
    let begin = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    let mut out = Vec::new();
    let starting = |at: usize| Field { text: String::new(), start: at, place: at..at };
    let (mut fields, mut field) = (Vec::new(), starting(begin));
    let mut quote: Option<usize> = None;
    let mut chars = text[begin..].char_indices().map(|(i, c)| (begin + i, c)).peekable();
    while let Some((i, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '"') if chars.peek().is_some_and(|(_, n)| *n == '"') => {
                chars.next();
                field.text.push('"');
                field.place.end = i + 2;
            }
            (Some(_), '"') => quote = None,
            (None, '"') if field.text.is_empty() => {
                quote = Some(i);
                field.place = i + 1..i + 1;
            }
            (None, ',') => fields.push(std::mem::replace(&mut field, starting(i + 1))),
            (None, '\r') => {}
            (None, '\n') => {
                fields.push(std::mem::replace(&mut field, starting(i + 1)));
                let record = std::mem::take(&mut fields);
                if !matches!(record.as_slice(), [only] if only.text.is_empty()) {
                    out.push(record);
                }
            }
            (_, c) => {
                field.text.push(c);
                field.place.end = i + c.len_utf8();
            }
        }
    }
    if let Some(at) = quote {
        return Err(Diagnostic::error("reference-table", "the quote is never closed")
            .at(Span::new(source, at..at + 1))
            .into());
    }
    if !field.text.is_empty() || !fields.is_empty() {
        fields.push(field);
        out.push(fields);
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

    #[test]
    fn a_byte_order_mark_moves_no_place_and_is_part_of_no_name() {
        let text = "a,b\r\n1,\"x \"\"y\"\" z\"\r\n";
        let plain = ReferenceTable::parse("t", &Source::new("t.csv", text)).expect("reads");
        let source = Source::new("t.csv", format!("\u{feff}{text}"));
        let table = ReferenceTable::parse("t", &source).expect("reads");
        assert_eq!((&table.version, &table.rows), (&plain.version, &plain.rows));
        let said = |place: Option<piq_diagnostics::Span>| place.map(|p| source.text[p.span].to_owned());
        assert_eq!(said(table.header_place("a")).as_deref(), Some("a"));
        assert_eq!(said(table.place(0, "b")).as_deref(), Some("x \"\"y\"\" z"));
        assert_eq!(said(table.place_within(0, "b", &(6..7))).as_deref(), Some("z"));
    }

    #[test]
    fn a_header_without_commas_or_with_a_name_twice_is_refused_at_the_name() {
        for (text, column, part) in [
            ("a;b\n1;2\n", 2, "commas between the fields, found `;`"),
            ("a\tb\n1\t2\n", 2, "found a tab"),
            ("a,b,A\n1,2,3\n", 5, "two columns have the name `A`"),
            ("a,,c\n1,2,3\n", 3, "a name for column 2"),
            ("a, b\n1,2\n", 3, "without blanks around it"),
        ] {
            let error = ReferenceTable::parse("t", &Source::new("t.csv", text)).expect_err("a fault");
            assert_eq!(error.0[0].labels[0].place.line_column(), (1, column), "{text}");
            assert!(error.0[0].message.contains(part), "{}", error.0[0].message);
        }
        ReferenceTable::parse("t", &Source::new("t.csv", "only\na;b\n")).expect("one column");
    }
}
