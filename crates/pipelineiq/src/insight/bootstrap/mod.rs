//! Taking the answers of an older table along, so that no model is asked for what is known: which of its columns
//! match, and the statements that copy them. Pure.
//!
//! A row of the older table is copied into `pipelineiq` where that has none. An enrichment whose every column the
//! older table has is taken along: its answers wait in `piq_bootstrap`, and the next run puts them into the ledger
//! with the status `bootstrapped` and the hash of the inputs that it finds then, instead of asking. Later a changed
//! input asks as ever. An enrichment of which a column is missing or of another type is asked for.

mod statements;

pub use statements::BootstrapStatements;

use schemars::JsonSchema;
use serde::Serialize;

use super::source::serves;
use crate::pipeline::{Enrichment, Registry};
use piq_databricks::workspace::ResultColumn;

/// What of an older table can be taken along.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Match {
    /// Columns that are copied.
    pub copied: Vec<String>,
    /// Columns of another type, which are not.
    pub retyped: Vec<Retyped>,
    /// Columns of `pipelineiq` that the older table lacks.
    pub missing: Vec<String>,
    /// Columns of the older table that `pipelineiq` does not know.
    pub unknown: Vec<String>,
    /// Enrichments whose answers are taken along.
    pub taken: Vec<String>,
    /// Enrichments that a model is asked for, and the columns that are not there for them.
    pub asked: Vec<BootstrapRequest>,
    /// Whether the older table says when it wrote a row.
    pub has_times: bool,
}

/// A column of another type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Retyped {
    /// The column.
    pub column: String,
    /// Its type in `pipelineiq`.
    pub wanted: String,
    /// Its type in the older table.
    pub found: String,
}

/// An enrichment that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BootstrapRequest {
    /// The enrichment.
    pub enrichment: String,
    /// Columns that are missing or of another type.
    pub lacks: Vec<String>,
}

/// What was taken along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BootstrapReport {
    /// The older table.
    pub from: String,
    /// Which columns match.
    #[serde(flatten)]
    pub matched: Match,
    /// Rows that were added to `pipelineiq`.
    pub rows: u64,
    /// Answers that were taken along, by enrichment.
    pub answers: Vec<(String, u64)>,
}

/// Name of the column with the time of writing.
const WRITTEN: &str = "piq_last_updated";

/// Lays the columns of an older table beside those of `pipelineiq`.
pub fn compare(registry: &Registry, found: &[ResultColumn]) -> Match {
    let here = |name: &str| found.iter().find(|c| c.name.eq_ignore_ascii_case(name));
    let mut result = Match::default();
    for (name, column) in registry.enrichments.iter().flat_map(|e| &e.columns) {
        match here(name) {
            None => result.missing.push(name.clone()),
            Some(c) if serves(&column.sql_type, &c.type_text) => result.copied.push(name.clone()),
            Some(c) => result.retyped.push(Retyped {
                column: name.clone(),
                wanted: column.sql_type.clone(),
                found: c.type_text.clone(),
            }),
        }
    }
    for e in registry.enrichments.iter().filter(|e| e.function.is_some()) {
        let lacks = lacking(e, &result.copied);
        if lacks.is_empty() {
            result.taken.push(e.name.clone());
        } else {
            result.asked.push(BootstrapRequest { enrichment: e.name.clone(), lacks });
        }
    }
    let known = |name: &str| {
        ["usecase_id", "piq_row_hash", WRITTEN].iter().any(|k| k.eq_ignore_ascii_case(name))
            || registry.enrichments.iter().flat_map(|e| e.columns.keys()).any(|c| c.eq_ignore_ascii_case(name))
    };
    result.unknown = found.iter().map(|c| c.name.clone()).filter(|c| !known(c)).collect();
    result.has_times = here(WRITTEN).is_some_and(|c| serves("TIMESTAMP", &c.type_text));
    result
}

fn lacking(e: &Enrichment, copied: &[String]) -> Vec<String> {
    e.columns.keys().filter(|c| !copied.contains(c)).cloned().collect()
}
