//! The queries behind the measures.

use indexmap::IndexMap;

use crate::insight::relations::stored_rules;
use crate::pipeline::{ReferenceTable, Registry};

/// Name of the table of truth, beside the source.
pub const TRUTH: &str = "use_case_truth";

/// What the queries are made from: the table of truth, its columns, and the dimensions of the rubric.
pub(super) struct TruthQueries<'a> {
    truth: &'a str,
    columns: &'a [String],
    /// Name, and the score that counts when nothing is known.
    dimensions: Vec<(&'a str, &'a str)>,
}

impl<'a> TruthQueries<'a> {
    /// Over the table with the full name `truth`, which may lack some columns.
    pub(super) fn new(registry: &'a Registry, truth: &'a str, columns: &'a [String]) -> Self {
        let rows = registry.reference.get("ref_confidence_rubric").map(|t: &ReferenceTable| t.rows.as_slice());
        let dimension = |row: &'a IndexMap<String, String>| {
            Some((row.get("dimension")?.as_str(), row.get("unknown_score").map_or("2", String::as_str)))
        };
        Self { truth, columns, dimensions: rows.unwrap_or_default().iter().filter_map(dimension).collect() }
    }

    /// Names of the dimensions.
    pub(super) fn dimensions(&self) -> impl Iterator<Item = &'a str> {
        self.dimensions.iter().map(|(name, _)| *name)
    }

    /// A column of the truth `t`; NULL if the table lacks it.
    fn of_truth(&self, name: &str, sql_type: &str) -> String {
        let here = self.columns.iter().any(|c| c.eq_ignore_ascii_case(name));
        format!("CAST({} AS {sql_type})", if here { format!("t.{name}") } else { "NULL".to_owned() })
    }

    /// Definitions that make `normalized_confidence` compute the level from the truth: the true scores as readings, each
    /// supported, under the same blockers and rules.
    pub(super) fn true_readings(&self) -> IndexMap<String, String> {
        let reading = |(name, _): &(&str, &str)| {
            let score = self.of_truth(&format!("{name}_score"), "INT");
            format!("named_struct('dimension', '{name}', 'score', {score}, 'supported', {score} IS NOT NULL)")
        };
        let evidence: Vec<String> = self.dimensions.iter().map(reading).collect();
        let readings = format!(
            "SELECT p.usecase_id, array({}) AS evidence, coalesce(p.major_blockers_score, 0) AS major_blockers_score, \
             'ok' AS confidence_status\nFROM pipelineiq AS p JOIN {} AS t ON t.usecase_id = p.usecase_id",
            evidence.join(", "),
            self.truth
        );
        let rules = stored_rules("true");
        IndexMap::from([("parsed_confidence".to_owned(), readings), ("filtered_usecases".to_owned(), rules)])
    }

    /// One row for each use case with a truth and a stored row.
    fn cases(&self) -> String {
        let apart = |(name, unknown): &(&str, &str)| {
            let truth = self.of_truth(&format!("{name}_score"), "INT");
            format!(
                ",\n  {truth} AS true_{name}, p.{name}_score AS found_{name}, \
                 abs(coalesce({truth}, {unknown}) - coalesce(p.{name}_score, {unknown})) AS apart_{name}"
            )
        };
        format!(
            "SELECT coalesce({}, 'unknown') AS shape, {} AS true_type, {} AS true_cause, p.usecase_type, p.likely_to_slip,
  p.slippage_category, p.confidence_level_normalized AS level, n.confidence_level_normalized AS true_level{}
FROM pipelineiq AS p
JOIN {} AS t ON t.usecase_id = p.usecase_id
LEFT JOIN normalized_confidence AS n ON n.usecase_id = p.usecase_id",
            self.of_truth("shape", "STRING"),
            self.of_truth("usecase_type", "STRING"),
            self.of_truth("slip_cause", "STRING"),
            self.dimensions.iter().map(apart).collect::<String>(),
            self.truth
        )
    }

    /// The measures: one row over all use cases, without a shape, then one for each shape. A measure that no use case is
    /// counted for is NULL.
    pub(super) fn measures(&self) -> String {
        let apart: Vec<String> = self.dimensions().map(|name| format!("apart_{name}")).collect();
        let share = |counted: &str, right: &str| {
            format!("avg(CASE WHEN {counted} THEN CASE WHEN coalesce({right}, false) THEN 1.0D ELSE 0.0D END END)")
        };
        let measures = format!(
            "count(*) AS usecases, avg(({}) / {}.0D) AS dimension_error, {} AS level_agreement, {} AS type_accuracy, \
             {} AS slippage_accuracy",
            apart.join(" + "),
            apart.len().max(1),
            share("level IS NOT NULL", "level = true_level"),
            share("true_type IS NOT NULL", "usecase_type = true_type"),
            share("true_cause IS NOT NULL AND likely_to_slip", "slippage_category = true_cause")
        );
        let cases = self.cases();
        format!(
            "SELECT CAST(NULL AS STRING) AS shape, {measures} FROM (\n{cases}\n) AS cases
UNION ALL SELECT shape, {measures} FROM (\n{cases}\n) AS cases GROUP BY shape
ORDER BY shape NULLS FIRST"
        )
    }

    /// The measures of the dimensions: one row.
    pub(super) fn by_dimension(&self) -> String {
        let measures = self.dimensions().map(|name| {
            format!(
                "avg(apart_{name}) AS error_{name}, count_if(true_{name} IS NOT NULL AND found_{name} IS NULL) AS missed_{name}, \
                 count_if(true_{name} IS NULL AND found_{name} IS NOT NULL) AS invented_{name}"
            )
        });
        format!("SELECT {} FROM (\n{}\n) AS cases", measures.collect::<Vec<_>>().join(", "), self.cases())
    }

    /// Calls, valid answers, and for the question about confidence the mean difference between what the model said and
    /// the truth, by enrichment, prompt version and model. The latest attempt on each input counts.
    pub(super) fn by_version(&self) -> String {
        let apart = self.dimensions.iter().map(|(name, unknown)| {
            let said = format!("nullif(try_cast(get_json_object(c.output, '$.{name}_score') AS INT), -1)");
            let truth = self.of_truth(&format!("{name}_score"), "INT");
            format!("abs(coalesce({said}, {unknown}) - coalesce({truth}, {unknown}))")
        });
        format!(
            "SELECT enrichment, prompt_version, model, count(*) AS calls, count_if(status = 'ok') AS valid,
  avg(CASE WHEN enrichment = 'ai_confidence' AND status = 'ok' THEN apart END) / {}.0D AS dimension_error
FROM (
  SELECT c.enrichment, c.prompt_version, c.model, c.status, {} AS apart,
    row_number() OVER (PARTITION BY c.usecase_id, c.enrichment, c.input_hash ORDER BY c.attempts DESC, c.finished_at DESC) AS piq_rank
  FROM piq_ai_calls AS c
  JOIN {} AS t ON t.usecase_id = c.usecase_id
  WHERE c.model IS NOT NULL AND c.status IN ('ok', 'failed', 'invalid', 'blocked')
) AS latest
WHERE piq_rank = 1
GROUP BY enrichment, prompt_version, model
ORDER BY enrichment, prompt_version, model",
            self.dimensions.len().max(1),
            apart.collect::<Vec<_>>().join(" + "),
            self.truth
        )
    }
}
