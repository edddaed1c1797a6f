//! What can be known to be wrong in the SQL of a project before an engine, or a model, sees it.

mod ambiguous;
mod arguments;
mod calls;
mod cells;
mod columns;
mod dates;
mod early_aliases;
mod enrichments;
mod fields;
mod generators;
mod grouping;
mod headers;
mod joins;
mod known_tables;
mod lambdas;
mod literals;
mod methods;
mod names;
mod nearest;
mod patterns;
mod qualifiers;
mod raw_texts;
mod scope;
mod selects;
mod shape;
mod source_sql;
mod sql;
mod syntax;
mod tables;
mod typed;
mod types;
mod windows;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;
use piq_diagnostics::{Diagnostic, Source, Span, parallel};

use super::enrichment::Enrichment;
use super::placed::placed;
use super::reference::ReferenceTable;
use super::template_faults::at_their_template;
use names::{KnownValues, NameFault};
use shape::Shape;

pub(super) use cells::{Tables, almost_typed};
pub(super) use columns::own_columns;
pub(super) use enrichments::unknown_inputs;
pub(super) use headers::unasked_labels;
pub(super) use source_sql::check_source_sql;

/// All that the SQL of a project may read.
pub(super) struct Checked<'c> {
    pub files: &'c BTreeMap<String, Arc<Source>>,
    pub reference: &'c IndexMap<String, ReferenceTable>,
    pub source_columns: &'c ReferenceTable,
    pub derived_columns: &'c ReferenceTable,
    pub enrichments: &'c [Enrichment],
    pub summaries: &'c [Enrichment],
}

/// Columns of a use case that the notebook adds to those of the source.
const ADDED: [&str; 6] =
    ["usecase_id", "stage_rank", "expected_days_to_live", "stage_limit_days", "override_rules", "slip_rules"];

impl Checked<'_> {
    /// Every fault, in the order of the files.
    pub(super) fn faults(&self) -> Vec<Diagnostic> {
        let mut found = self.tables();
        found.extend(parallel::map(self.enrichments, |e| self.enrichment(e)).into_iter().flatten());
        found.extend(self.enrichments.iter().chain(self.summaries).flat_map(headers::faults));
        found.extend(self.summaries.iter().flat_map(|e| self.summary(e)));
        // a fault of a macro is met wherever the macro is called
        let mut seen = HashSet::new();
        at_their_template(found, self.files)
            .into_iter()
            .filter(|d| {
                let place = d.labels.first().map(|l| (l.place.source.path.clone(), l.place.span.clone()));
                place.is_none() || seen.insert((d.code, d.message.clone(), place))
            })
            .collect()
    }

    /// The values of the columns that have known ones: answers with a list of them, and stages.
    fn known_values(&self) -> KnownValues {
        let mut found = KnownValues::new();
        for (name, column) in self.enrichments.iter().flat_map(|e| &e.columns) {
            if !column.allowed_values.is_empty() {
                found.insert(name.to_lowercase(), column.allowed_values.clone());
            }
        }
        if let Some(stages) = self.reference.get("ref_stage") {
            let codes = stages.rows.iter().filter_map(|row| row.get("code").cloned()).collect();
            found.insert("stage_code".to_owned(), codes);
        }
        found
    }

    /// What the columns of the enrichments are made of, by their types.
    fn shapes(&self) -> BTreeMap<String, Shape> {
        let columns = self.enrichments.iter().flat_map(|e| &e.columns);
        let shapes = columns.map(|(name, column)| (name.to_lowercase(), Shape::of_type(&column.sql_type)));
        shapes.filter(|(_, shape)| *shape != Shape::Any).collect()
    }

    fn source_names(&self) -> BTreeSet<String> {
        column(self.source_columns, "column")
    }

    fn derived_names(&self) -> BTreeSet<String> {
        column(self.derived_columns, "column")
    }
}

/// The values of a column, in lower case.
fn column(table: &ReferenceTable, name: &str) -> BTreeSet<String> {
    table.rows.iter().filter_map(|row| row.get(name)).map(|value| value.to_lowercase()).collect()
}

/// The names in a text with blanks between them.
fn names(text: &[&str]) -> BTreeSet<String> {
    text.iter().map(|name| (*name).to_owned()).collect()
}

/// A fault as a diagnostic.
fn diagnostic(fault: NameFault, place: Option<Span>) -> Diagnostic {
    let d = Diagnostic::error(fault.code, fault.message);
    let d = match fault.hint {
        Some(hint) => d.hint(hint),
        None => d,
    };
    placed(d, place)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_places;
#[cfg(test)]
mod tests_queries;
#[cfg(test)]
mod tests_tables;
