//! Questions that have no answer, whatever the last run did.

use serde::Serialize;

use crate::insight::input_hashes::input_hashes;
use crate::insight::query::Rows;

/// Use cases without a good answer to the present question, by enrichment and status of the last call.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct OpenAnswers {
    /// The enrichment.
    pub enrichment: String,
    /// `refused`, `failed`, `invalid`, `blocked` or `reopened`.
    pub status: String,
    /// Use cases; for a coaching brief, managers.
    pub usecases: u64,
    /// One of the errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl OpenAnswers {
    /// Counts them among the use cases of the relation `scope`. The question of a manager's brief is that of the last call.
    pub fn sql(scope: &str) -> String {
        let inputs = input_hashes("true");
        format!(
            "SELECT enrichment, status, count(*) AS usecases, max(error) AS error
FROM (
  SELECT c.usecase_id, c.enrichment, max_by(c.status, c.finished_at) AS status, max_by(c.error, c.finished_at) AS error,
    max(CASE WHEN c.status IN ('ok', 'skipped_empty', 'bootstrapped') AND i.input_hash IS NOT NULL THEN 1 ELSE 0 END) AS is_answered
  FROM piq_ai_calls AS c
  LEFT JOIN ({inputs}) AS i ON i.usecase_id = c.usecase_id AND i.enrichment = c.enrichment
  LEFT JOIN (SELECT usecase_id FROM {scope}) AS s ON s.usecase_id = c.usecase_id
  WHERE i.usecase_id IS NULL OR i.input_hash = c.input_hash AND s.usecase_id IS NOT NULL
  GROUP BY c.usecase_id, c.enrichment
) AS last
WHERE is_answered = 0 AND status NOT IN ('ok', 'skipped_empty', 'bootstrapped')
GROUP BY enrichment, status
ORDER BY enrichment, status"
        )
    }

    /// Reads the result of [`Self::sql`].
    pub fn read(rows: &Rows) -> Vec<Self> {
        let one = |row: crate::insight::query::Row<'_>| Self {
            enrichment: row.text("enrichment").unwrap_or_default().to_owned(),
            status: row.text("status").unwrap_or_default().to_owned(),
            usecases: row.count("usecases"),
            error: row.text("error").map(str::to_owned),
        };
        rows.iter().map(one).collect()
    }
}
