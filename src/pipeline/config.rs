//! `sql/pipeline.yml`: what the pipeline reads, which use cases are in scope, and its limits.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source};

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Full name of the table of use cases, `catalog.schema.table`.
    pub source_table: String,
    /// Name of the serving endpoint that `ai_query` asks.
    pub model: String,
    /// Which use cases are enriched.
    pub scope: Scope,
    /// Bounds.
    pub limits: Limits,
}

/// Which use cases are enriched.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Least estimated dollars a month.
    pub min_monthly_dollars: u64,
    /// Stages that are left out, such as `U6`.
    pub excluded_stages: Vec<String>,
    /// How far ahead the target live date may lie, in days.
    pub horizon_days: u32,
}

/// Bounds of what a model is given and of how often it is asked again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Characters of one field that reach a model.
    pub text_chars: u32,
    /// Attempts on the same input before it is `blocked`.
    pub max_attempts: u32,
}

/// Reads YAML into `T`; the fault has its place.
pub(super) fn from_yaml<T: for<'de> Deserialize<'de>>(
    yaml: &str,
    source: &Arc<Source>,
    line_offset: usize,
) -> Result<T, Diagnostics> {
    serde_saphyr::from_str(yaml).map_err(|e| {
        let message = e.without_snippet().to_string();
        let message = message.split(" at line ").next().unwrap_or(&message).trim_end_matches([',', ' ']).to_owned();
        let d = Diagnostic::error("yaml", message);
        match e.location() {
            Some(l) => {
                let line = usize::try_from(l.line()).unwrap_or(1) + line_offset;
                let column = usize::try_from(l.column()).unwrap_or(1);
                d.at(Place::point(source, line, column)).into()
            }
            None => d.at(Place::new(source, 0..0)).into(),
        }
    })
}
