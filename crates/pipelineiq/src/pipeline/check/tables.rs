//! The SQL in CSV files: conditions of rules, expressions of columns, and weights that belong together.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use piq_diagnostics::{Diagnostic, Source, Span, closest};

use super::names::Readable;
use super::sql::expression_faults;
use super::types::{known_types, unknown_type};
use super::{ADDED, Checked, diagnostic, names};
use crate::pipeline::reference::ReferenceTable;

/// Tables whose conditions the notebook puts beside each use case, before any answer unless their `reads` says so.
const OF_ROWS: [&str; 2] = ["ref_slip_signals", "ref_override_rules"];

/// Columns of tables whose values are points of one whole.
const WHOLES: [(&str, &str); 2] = [("ref_confidence_rubric", "weight"), ("ref_accel_weights", "points")];

impl Checked<'_> {
    pub(super) fn tables(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let columns = self.file("sql/source_columns.csv");
        found.extend(types_of(self.source_columns, columns));
        let contract = Readable { columns: self.source_names(), ..Readable::default() };
        // a default is computed from a row of the mapped source, `x`
        let row = Readable { aliases: [("x".to_owned(), self.source_names())].into(), ..Readable::default() };
        found.extend(expressions(self.source_columns, columns, "default", &row));
        let derived = self.file("sql/derived_columns.csv");
        found.extend(types_of(self.derived_columns, derived));
        found.extend(expressions(self.derived_columns, derived, "expression", &contract));

        let mut usecase = Readable { values: self.known_values(), ..contract.clone() };
        usecase.columns.extend(self.derived_names());
        usecase.columns.extend(names(&ADDED[..4]));
        // the notebook may compute more beside them
        let templates = self.files.iter().filter(|(path, _)| path.starts_with("templates/"));
        usecase.columns.extend(given_names(templates.map(|(_, source)| source.text.as_str())));
        let mut with_answers = usecase.clone();
        with_answers.columns.extend(self.enrichments.iter().flat_map(|e| e.columns.keys().cloned()));
        // a rule that a query puts in may read what the query gives a name to
        let mut anywhere = with_answers.clone();
        anywhere.columns.extend(given_names(self.enrichments.iter().map(|e| e.body.as_str())));
        for (name, table) in self.reference.iter().filter(|(_, t)| t.columns.contains_key("condition")) {
            let file = self.file(&format!("sql/reference/{name}.csv"));
            let of_rows = OF_ROWS.contains(&name.as_str());
            found.extend(conditions(table, file, "condition", |row| match row.get("reads") {
                _ if !of_rows => &anywhere,
                Some(reads) if reads != "usecase" => &with_answers,
                _ => &usecase,
            }));
        }
        for name in OF_ROWS {
            let (Some(table), file) = (self.reference.get(name), self.file(&format!("sql/reference/{name}.csv")))
            else {
                continue;
            };
            found.extend(repeated_codes(name, table, file));
        }
        for (name, points) in WHOLES {
            let Some(table) = self.reference.get(name) else { continue };
            let sum: f64 = table.rows.iter().filter_map(|r| r.get(points)?.parse::<f64>().ok()).sum();
            if (sum - 100.0).abs() > 1e-9 {
                let message = format!("expected a sum of 100 in the column `{points}` of {name}, found {sum}");
                let d = Diagnostic::error("weights", message)
                    .hint("the score is out of 100: change the values until they add up");
                let file = self.file(&format!("sql/reference/{name}.csv"));
                found.push(match file.and_then(|f| Some(Span::new(f, header(f, points)?))) {
                    Some(place) => d.at(place),
                    None => d,
                });
            }
        }
        found
    }

    fn file(&self, path: &str) -> Option<&Arc<Source>> {
        self.files.get(path)
    }
}

/// A use case keeps the codes of its rules, so a code must mean one rule.
fn repeated_codes(name: &str, table: &ReferenceTable, file: Option<&Arc<Source>>) -> Vec<Diagnostic> {
    let (mut seen, mut from, mut found) = (BTreeSet::new(), 0, Vec::new());
    for row in &table.rows {
        let (Some(code), Some(first)) = (row.get("code"), row.values().next()) else { continue };
        let row = file.and_then(|f| position(f, &mut from, first, "")).map(|end| end - first.len()..end);
        if !seen.insert(code) {
            let d = Diagnostic::error("duplicate-code", format!("two rules of {name} have the code `{code}`"))
                .hint("give each rule a code of its own: use cases keep the codes of their rules");
            found.push(match file.zip(row) {
                Some((file, row)) => d.at(Span::new(file, row)),
                None => d,
            });
        }
    }
    found
}

/// Names that follow AS in some texts.
fn given_names<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    let part = |c: char| !c.is_alphanumeric() && c != '_';
    let mut found = BTreeSet::new();
    for text in texts {
        let words: Vec<&str> = text.split_whitespace().collect();
        let named = words.windows(2).filter(|pair| pair[0].eq_ignore_ascii_case("as"));
        found.extend(named.map(|pair| pair[1].trim_matches(part).to_lowercase()));
    }
    found
}

/// Where the name of a column stands in the header line.
fn header(file: &Source, column: &str) -> Option<Range<usize>> {
    let line = file.text.lines().next()?;
    let mut at = 0;
    for field in line.split(',') {
        if field.trim_matches('"') == column {
            return Some(at..at + field.len());
        }
        at += field.len() + 1;
    }
    None
}

fn types_of(table: &ReferenceTable, file: Option<&Arc<Source>>) -> Vec<Diagnostic> {
    let mut from = 0;
    let mut found = Vec::new();
    for row in &table.rows {
        let (Some(kind), Some(name)) = (row.get("type"), row.get("column")) else { continue };
        let at = file.and_then(|f| position(f, &mut from, name, kind));
        if let Some(part) = unknown_type(kind) {
            let mut d = Diagnostic::error("column-type", format!("unknown type `{part}` of the column `{name}`"));
            if let Some(near) = closest(&part.to_uppercase(), known_types()) {
                d = d.hint(format!("did you mean `{near}`?"));
            }
            found.push(match (file, at) {
                (Some(file), Some(at)) => d.at(Span::new(file, at..at + kind.len())),
                _ => d,
            });
        }
    }
    found
}

fn expressions(
    table: &ReferenceTable,
    file: Option<&Arc<Source>>,
    column: &str,
    readable: &Readable,
) -> Vec<Diagnostic> {
    conditions(table, file, column, |_| readable)
}

fn conditions<'r>(
    table: &ReferenceTable,
    file: Option<&Arc<Source>>,
    column: &str,
    readable: impl Fn(&indexmap::IndexMap<String, String>) -> &'r Readable,
) -> Vec<Diagnostic> {
    let mut from = 0;
    let mut found = Vec::new();
    for row in &table.rows {
        let (Some(sql), Some(first)) = (row.get(column).filter(|s| !s.trim().is_empty()), row.values().next()) else {
            continue;
        };
        let at = file.and_then(|f| position(f, &mut from, first, sql));
        for fault in expression_faults(sql, readable(row)) {
            let place = file.zip(at).map(|(f, at)| Span::new(f, at + fault.span.start..at + fault.span.end));
            found.push(diagnostic(fault, place));
        }
    }
    found
}

/// Where `value` stands in the line that begins with `first`, searched from `from` on, which moves there.
fn position(file: &Source, from: &mut usize, first: &str, value: &str) -> Option<usize> {
    let line = file.text[*from..].match_indices(first).map(|(i, _)| *from + i);
    let start = line.into_iter().find(|i| *i == 0 || file.text[..*i].ends_with(['\n', '"']))?;
    let at = start + first.len() + file.text[start + first.len()..].find(value)?;
    *from = start;
    Some(at)
}
