//! Asks for the measures.

use futures_util::future::try_join4;

use super::distribution::distribution;
use super::queries::TruthQueries;
use super::{DimensionMeasures, Evaluation, Group, Measures, VersionMeasures};
use crate::insight::query::Row;
use crate::insight::tables::Tables;
use crate::pipeline::Registry;
use piq_databricks::workspace::WorkspaceError;

/// Measures the stored answers against the table of truth with this full name and these columns. Says neither who
/// answered nor how the measures compare with the thresholds.
///
/// # Errors
/// What the workspace says.
pub async fn evaluate(
    tables: &Tables<'_>,
    registry: &Registry,
    truth: &str,
    columns: &[String],
) -> Result<Evaluation, WorkspaceError> {
    let queries = TruthQueries::new(registry, truth, columns);
    let readings = queries.true_readings();
    let (measures, dimensions, versions) = (queries.measures(), queries.by_dimension(), queries.by_version());
    let (measures, dimensions, versions, distribution) = try_join4(
        tables.ask_with(&measures, &readings),
        tables.ask_with(&dimensions, &readings),
        tables.ask(&versions),
        distribution(tables),
    )
    .await?;
    let mut rows = measures.iter();
    let mut overall = rows.next().map(|row| self::measures(&row)).unwrap_or_default();
    let (valid, calls) = versions.iter().fold((0, 0), |(v, c), row| (v + row.count("valid"), c + row.count("calls")));
    overall.valid_answers = share(valid, calls);
    Ok(Evaluation {
        overall,
        shapes: rows
            .map(|row| Group {
                shape: row.text("shape").unwrap_or_default().to_owned(),
                measures: self::measures(&row),
            })
            .collect(),
        dimensions: dimensions
            .first()
            .map(|row| queries.dimensions().map(|name| dimension(&row, name)).collect())
            .unwrap_or_default(),
        versions: versions.iter().map(|row| version(&row)).collect(),
        distribution,
        ..Evaluation::default()
    })
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

fn measures(row: &Row<'_>) -> Measures {
    Measures {
        usecases: row.count("usecases"),
        dimension_error: row.number("dimension_error"),
        level_agreement: row.number("level_agreement"),
        type_accuracy: row.number("type_accuracy"),
        slippage_accuracy: row.number("slippage_accuracy"),
        valid_answers: None,
    }
}

fn dimension(row: &Row<'_>, name: &str) -> DimensionMeasures {
    DimensionMeasures {
        dimension: name.to_owned(),
        error: row.number(&format!("error_{name}")),
        missed: row.count(&format!("missed_{name}")),
        invented: row.count(&format!("invented_{name}")),
    }
}

fn version(row: &Row<'_>) -> VersionMeasures {
    let text = |column| row.text(column).unwrap_or_default().to_owned();
    VersionMeasures {
        enrichment: text("enrichment"),
        prompt_version: text("prompt_version"),
        model: text("model"),
        calls: row.count("calls"),
        valid_answers: share(row.count("valid"), row.count("calls")),
        dimension_error: row.number("dimension_error"),
    }
}
