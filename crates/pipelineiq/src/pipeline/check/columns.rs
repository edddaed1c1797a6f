//! The names that a project gives: of its questions, which become views, and of the columns that they add.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use piq_diagnostics::{Diagnostic, Source, Span};

use crate::pipeline::enrichment::Enrichment;
use crate::pipeline::placed::placed;
use crate::pipeline::reference::ReferenceTable;

/// Views and tables that the notebooks make, besides those that begin with `piq_`.
const MADE: [&str; 3] = ["pipelineiq", "filtered_usecases", "enriched_results"];

/// Whether SQL takes a name without quotes.
pub(super) fn is_plain(name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(part) && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Names that are not plain, or that something else has.
pub(in crate::pipeline) fn own_columns(
    enrichments: &[Enrichment],
    summaries: &[Enrichment],
    reference: &IndexMap<String, ReferenceTable>,
    given: &[&ReferenceTable],
) -> Vec<Diagnostic> {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for table in given {
        let columns = table.rows.iter().filter_map(|row| row.get("column"));
        taken.extend(columns.map(|c| (c.to_lowercase(), format!("sql/{}.csv", table.name))));
    }
    taken.extend(super::ADDED.map(|c| (c.to_owned(), "the notebook".to_owned())));
    let mut found = Vec::new();
    for e in enrichments.iter().chain(summaries) {
        found.extend(file_name(e, reference));
        for name in e.columns.keys().filter(|name| !is_plain(name)) {
            let message = format!("expected a column name of letters, digits and `_`, found `{name}`");
            found.push(placed(Diagnostic::error("column-name", message), e.place_after(&["columns", name])));
        }
    }
    let mut added: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for e in enrichments {
        for name in e.columns.keys() {
            let lower = name.to_lowercase();
            let message = if let Some(owner) = taken.get(&lower) {
                format!("the column `{name}` is already one of {owner}")
            } else if lower.starts_with("piq_") {
                format!("the column `{name}` begins with `piq_`, as those that piq adds do")
            } else {
                match added.insert(lower, (name, &e.name)) {
                    // the same name in two files is found with the order of the questions
                    Some((other, _)) if other == name => continue,
                    Some((other, of)) => format!("the column `{name}` differs from `{other}` of `{of}` only in case"),
                    None => continue,
                }
            };
            let d = Diagnostic::error("duplicate-column", message).hint("give it a name of its own");
            found.push(placed(d, e.place_after(&["columns", name])));
        }
    }
    found
}

fn file_name(e: &Enrichment, reference: &IndexMap<String, ReferenceTable>) -> Option<Diagnostic> {
    let name = e.name.to_lowercase();
    let message = if !is_plain(&name) {
        format!("expected a file name of letters, digits and `_`, found `{}`", e.name)
    } else if reference.keys().any(|table| table.to_lowercase() == name) {
        format!("the question has the name of the reference table `{}`", e.name)
    } else if MADE.contains(&name.as_str()) || name.starts_with("piq_") {
        format!("the question has the name of a table or view that piq makes, `{}`", e.name)
    } else {
        return None;
    };
    let place = e.source.as_ref().map(|source: &std::sync::Arc<Source>| Span::new(source, 0..0));
    let d = Diagnostic::error("question-name", message);
    Some(placed(d.hint("rename the file: a temporary view gets its name"), place))
}
