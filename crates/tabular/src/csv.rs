//! CSV: a heading, then records. The delimiter is the one that the heading has most of.

use std::sync::Arc;

use piq_diagnostics::{Diagnostic, Diagnostics, Source, Span};

use super::rows::{Layout, Row, Rows, Value};

/// What can separate fields: a comma, a semicolon, a tab or a bar.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// At most this many records are reported.
const REPORTED: usize = 20;

/// Reads CSV.
///
/// # Errors
/// A file without a heading, records with more or fewer fields than the heading, and a quote that does not end.
pub fn read_csv(source: &Arc<Source>) -> Result<Rows, Diagnostics> {
    let text = source.text.as_str();
    let byte_order_mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = &text[byte_order_mark..];
    let delimiter = delimiter(body.lines().next().unwrap_or_default());
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(body.as_bytes());
    let place = |start: usize| {
        let rest = &text[start.min(text.len())..];
        Span::new(source, start..start + rest.find('\n').unwrap_or(rest.len()))
    };
    let mut headers: Option<Vec<String>> = None;
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let mut last_end = 0;
    for record in reader.records() {
        let record = record.map_err(|e| Diagnostic::error("file-unreadable", e.to_string()).at(place(last_end)))?;
        let start = byte_order_mark + record.position().map_or(0, |p| usize::try_from(p.byte()).unwrap_or(0));
        // the reader stands before the line breaks that end the record before
        let start = start + text[start..].len() - text[start..].trim_start_matches(['\r', '\n']).len();
        last_end = start;
        let Some(names) = &headers else {
            headers = Some(record.iter().map(|name| name.trim().to_owned()).collect());
            continue;
        };
        if record.len() != names.len() {
            if faults.len() < REPORTED {
                let message = format!("expected {} fields as in the heading, found {}", names.len(), record.len());
                let hint = "put a field that holds the delimiter or a line break between double quotes";
                faults.push(Diagnostic::error("file-row", message).at(place(start)).hint(hint));
            }
            continue;
        }
        let value = |field: &str| (!field.is_empty()).then(|| Value { text: field.to_owned(), is_text: false });
        rows.push(Row { start, values: record.iter().map(value).collect() });
    }
    if let Some(range) = unclosed_quote(body) {
        let range = byte_order_mark + range..byte_order_mark + range + 1;
        let found = Diagnostic::error("file-quote", "found a quote that does not end").at(Span::new(source, range));
        return Err(found.hint("close it, and write a quote within a field twice").into());
    }
    if !faults.is_empty() {
        return Err(Diagnostics(faults));
    }
    match headers {
        Some(headers) => Ok(Rows { source: Arc::clone(source), layout: Layout::Csv { delimiter }, headers, rows }),
        None => Err(Diagnostic::error(
            "file-empty",
            "expected a heading with the names of the columns, found an empty file",
        )
        .at(Span::new(source, 0..0))
        .into()),
    }
}

fn delimiter(heading: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [0usize; DELIMITERS.len()];
    for byte in heading.bytes() {
        quoted ^= byte == b'"';
        if let (false, Some(at)) = (quoted, DELIMITERS.iter().position(|d| *d == byte)) {
            counts[at] += 1;
        }
    }
    // the first of equals
    let most = counts.iter().enumerate().rev().max_by_key(|(_, count)| **count);
    most.map_or(DELIMITERS[0], |(at, _)| DELIMITERS[at])
}

/// Where the last quote of a text with an odd number of them opens.
fn unclosed_quote(text: &str) -> Option<usize> {
    let mut open = None;
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'"' {
            open = if open.is_none() { Some(at) } else { None };
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use piq_diagnostics::Source;

    use super::read_csv;

    #[test]
    fn a_file_of_a_spreadsheet_is_read() {
        let text = "\u{feff}Deal Id;Name;Note\r\n1;\"Roses; red\";\"two\r\nlines\"\r\n\r\n2;;x\r\n";
        let rows = read_csv(&Source::new("a.csv", text)).expect("reads");
        assert_eq!(rows.headers, ["Deal Id", "Name", "Note"]);
        let texts = |at: usize| -> Vec<Option<&str>> {
            rows.rows[at].values.iter().map(|v| v.as_ref().map(|v| v.text.as_str())).collect()
        };
        assert_eq!(rows.len(), 2);
        assert_eq!(texts(0), [Some("1"), Some("Roses; red"), Some("two\r\nlines")]);
        assert_eq!(texts(1), [Some("2"), None, Some("x")]);
        assert_eq!(rows.place(&rows.rows[1], 2).line_column(), (5, 4));
        assert_eq!(rows.place(&rows.rows[0], 1).line_column(), (2, 3));
    }

    #[test]
    fn bad_records_are_shown_at_their_lines() {
        let found = read_csv(&Source::new("a.csv", "a,b\n1,2\n3\n4,5,6\n")).expect_err("bad");
        let lines: Vec<_> = found.0.iter().map(|d| d.labels[0].place.line_column().0).collect();
        assert_eq!(lines, [3, 4]);
        assert!(found.0[0].message.contains("expected 2 fields"), "{found}");
        let found = read_csv(&Source::new("a.csv", "a,b\n1,2\n3,\"x\n4,5\n")).expect_err("bad");
        assert_eq!((found.0[0].code, found.0[0].labels[0].place.line_column()), ("file-quote", (3, 3)));
        assert_eq!(read_csv(&Source::new("a.csv", "")).expect_err("bad").0[0].code, "file-empty");
    }
}
