//! The queries behind the measures.

use std::fmt::Write as _;

use crate::insight::score::Rubric;

/// Name of the table of truth, beside the source.
pub const TRUTH: &str = "use_case_truth";

/// One row for each use case with a truth and a stored row: `rows` is a relation of the stored answers joined with the
/// present rules (`override_rules`), `truth` the full name of the table of truth, whose `columns` may lack some.
pub fn cases_query(rubric: &Rubric, truth: &str, columns: &[String]) -> String {
    let has = |name: &str| columns.iter().any(|c| c.eq_ignore_ascii_case(name));
    let of_truth = |name: &str| if has(name) { format!("t.{name}") } else { "CAST(NULL AS STRING)".to_owned() };
    let mut sql = format!(
        "SELECT p.usecase_id, {} AS shape, {} AS true_type, {} AS true_slip_cause, p.usecase_type, p.likely_to_slip, \
         p.slippage_category, p.confidence_level_normalized AS level, p.major_blockers_score, p.level_limit, c.cap",
        of_truth("shape"),
        of_truth("usecase_type"),
        of_truth("slip_cause")
    );
    for d in &rubric.dimensions {
        let column = format!("{}_score", d.name);
        let _ = write!(sql, ", {} AS true_{}, p.{column} AS found_{}", of_truth(&column), d.name, d.name);
    }
    let _ = write!(
        sql,
        "\nFROM pipelineiq AS p\nJOIN {truth} AS t ON t.usecase_id = p.usecase_id\n\
         LEFT JOIN ref_override_rules AS c ON c.code = p.override_code\nORDER BY p.usecase_id"
    );
    sql
}

/// Calls and valid answers by enrichment, prompt version and model; the latest attempt on each input counts.
pub fn answers_query(truth: &str) -> String {
    format!(
        "SELECT enrichment, prompt_version, model, count(*) AS calls, count_if(status = 'ok') AS valid
FROM (
  SELECT c.*, row_number() OVER (PARTITION BY c.usecase_id, c.enrichment, c.input_hash ORDER BY c.attempts DESC, c.finished_at DESC) AS piq_rank
  FROM piq_ai_calls AS c
  JOIN {truth} AS t ON t.usecase_id = c.usecase_id
  WHERE c.model IS NOT NULL AND c.status IN ('ok', 'failed', 'invalid', 'blocked')
) AS latest
WHERE piq_rank = 1
GROUP BY enrichment, prompt_version, model
ORDER BY enrichment, prompt_version, model"
    )
}

/// How far what the models said of the dimensions is from the truth, by prompt version and model.
pub fn readings_query(rubric: &Rubric, truth: &str) -> String {
    let apart: Vec<String> = rubric
        .dimensions
        .iter()
        .map(|d| {
            let said = format!("nullif(try_cast(get_json_object(c.output, '$.{}_score') AS INT), -1)", d.name);
            format!("abs(coalesce({said}, {0}) - coalesce(t.{1}_score, {0}))", d.unknown, d.name)
        })
        .collect();
    format!(
        "SELECT enrichment, prompt_version, model, avg(apart) / {}.0 AS dimension_error
FROM (
  SELECT c.enrichment, c.prompt_version, c.model, {} AS apart,
    row_number() OVER (PARTITION BY c.usecase_id, c.prompt_version, c.model ORDER BY c.finished_at DESC) AS piq_rank
  FROM piq_ai_calls AS c
  JOIN {truth} AS t ON t.usecase_id = c.usecase_id
  WHERE c.enrichment = 'ai_confidence' AND c.status = 'ok' AND c.model IS NOT NULL
) AS latest
WHERE piq_rank = 1
GROUP BY enrichment, prompt_version, model",
        rubric.dimensions.len().max(1),
        apart.join(" + ")
    )
}
