//! The SQL in CSV files: conditions of rules, expressions of columns, and weights that belong together.

use std::collections::BTreeSet;

use piq_diagnostics::{Diagnostic, closest};
use piq_sql::{Structure, tokens};

use super::calls::aggregates_of_one_row;
use super::names::{NameFault, Readable};
use super::patterns::pattern_faults;
use super::sql::expression_faults;
use super::types::{known_types, unknown_type};
use super::{ADDED, Checked, diagnostic, names};
use crate::pipeline::placed::placed;
use crate::pipeline::reference::ReferenceTable;

/// Tables whose conditions the notebook puts beside each use case, before any answer unless their `reads` says so.
const OF_ROWS: [&str; 2] = ["ref_slip_signals", "ref_override_rules"];

/// The table of the SQL that gives the numbers of dashboards.
const FIGURES: &str = "ref_figures";

/// Columns of tables whose values are points of one whole.
const WHOLES: [(&str, &str); 2] = [("ref_confidence_rubric", "weight"), ("ref_accel_weights", "points")];

impl Checked<'_> {
    pub(super) fn tables(&self) -> Vec<Diagnostic> {
        let mut found = self.allowed_lists();
        found.extend(types_of(self.source_columns));
        let contract = Readable { columns: self.source_names(), ..Readable::default() };
        // a default is computed from a row of the mapped source, `x`
        let row = Readable { aliases: [("x".to_owned(), self.source_names())].into(), ..Readable::default() };
        found.extend(expressions(self.source_columns, "default", &row));
        found.extend(types_of(self.derived_columns));
        found.extend(expressions(self.derived_columns, "expression", &contract));

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
        let own_conditions =
            |(name, table): &(&String, &ReferenceTable)| *name != FIGURES && table.columns.contains_key("condition");
        for (name, table) in self.reference.iter().filter(own_conditions) {
            let of_rows = OF_ROWS.contains(&name.as_str());
            found.extend(conditions(table, "condition", |row| match row.get("reads") {
                _ if !of_rows => &anywhere,
                Some(reads) if reads != "usecase" => &with_answers,
                _ => &usecase,
            }));
        }
        if let Some(table) = self.reference.get(FIGURES) {
            found.extend(self.figures(table, anywhere));
        }
        for (name, points) in WHOLES {
            let Some(table) = self.reference.get(name) else { continue };
            let numbers: Option<Vec<f64>> = table.rows.iter().map(|r| r.get(points)?.parse().ok()).collect();
            // a value that is not a number is found as such
            let Some(sum) = numbers.map(|all| all.into_iter().sum::<f64>()) else { continue };
            if (sum - 100.0).abs() > 1e-9 {
                let message = format!("expected a sum of 100 in the column `{points}` of {name}, found {sum}");
                let d = Diagnostic::error("weights", message)
                    .hint("the score is out of 100: change the values until they add up");
                found.push(placed(d, table.header_place(points)));
            }
        }
        found
    }

    /// The SQL of figures: over a view of the templates, whose rows it may count.
    fn figures(&self, table: &ReferenceTable, mut readable: Readable) -> Vec<Diagnostic> {
        let part = |c: char| !c.is_alphanumeric() && c != '_';
        let templates = self.files.iter().filter(|(path, _)| path.starts_with("templates/"));
        let views = templates.flat_map(|(_, source)| source.text.split(part)).filter(|word| word.starts_with("pi"));
        readable.relations = self.relations();
        for view in views {
            readable.relations.entry(view.to_owned()).or_insert_with(|| readable.columns.clone());
        }
        let mut found = Vec::new();
        for (i, row) in table.rows.iter().enumerate() {
            // of a table of the project's own the columns are not known
            let relation = row.get("relation").map(String::as_str).unwrap_or_default();
            let is_known = readable.relations.contains_key(relation);
            for column in ["expression", "condition"] {
                let Some(sql) = row.get(column).filter(|sql| !sql.trim().is_empty()) else { continue };
                let all = tokens(sql);
                let counts: Vec<_> = if column == "expression" {
                    aggregates_of_one_row(&all, &Structure::of(&all)).into_iter().map(|fault| fault.span).collect()
                } else {
                    Vec::new()
                };
                for fault in all_faults(sql, &readable) {
                    let is_count = fault.code == "sql-aggregate" && counts.contains(&fault.span);
                    if !is_count && (is_known || fault.code != "unknown-column") {
                        let place = table.place_within(i, column, &fault.span);
                        found.push(diagnostic(fault, place));
                    }
                }
            }
        }
        found
    }
}

/// The faults of an expression, and of the regular expressions in it.
fn all_faults(sql: &str, readable: &Readable) -> Vec<NameFault> {
    let mut found = expression_faults(sql, readable);
    found.extend(pattern_faults(sql));
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

fn types_of(table: &ReferenceTable) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (i, row) in table.rows.iter().enumerate() {
        let (Some(kind), Some(name)) = (row.get("type"), row.get("column")) else { continue };
        if let Some(part) = unknown_type(kind) {
            let mut d = Diagnostic::error("column-type", format!("unknown type `{part}` of the column `{name}`"));
            if let Some(near) = closest(&part.to_uppercase(), known_types()) {
                d = d.hint(format!("did you mean `{near}`?"));
            }
            found.push(placed(d, table.place(i, "type")));
        }
    }
    found
}

fn expressions(table: &ReferenceTable, column: &str, readable: &Readable) -> Vec<Diagnostic> {
    conditions(table, column, |_| readable)
}

fn conditions<'r>(
    table: &ReferenceTable,
    column: &str,
    readable: impl Fn(&indexmap::IndexMap<String, String>) -> &'r Readable,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (i, row) in table.rows.iter().enumerate() {
        let Some(sql) = row.get(column).filter(|s| !s.trim().is_empty()) else { continue };
        for fault in all_faults(sql, readable(row)) {
            let place = table.place_within(i, column, &fault.span);
            found.push(diagnostic(fault, place));
        }
    }
    found
}
