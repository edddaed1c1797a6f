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
    ///
    /// The ledger has millions of good answers and few others, so everything begins with the others.
    pub fn sql(scope: &str) -> String {
        let (inputs, good) = (input_hashes("true"), "('ok', 'skipped_empty', 'bootstrapped')");
        let bad = format!(
            "SELECT usecase_id, enrichment, input_hash, status, error, finished_at FROM piq_ai_calls WHERE status NOT IN {good}"
        );
        format!(
            "SELECT enrichment, status, count(*) AS usecases, max(error) AS error
FROM (
  SELECT usecase_id, enrichment, max_by(status, finished_at) AS status, max_by(error, finished_at) AS error
  FROM (
    SELECT b.usecase_id, b.enrichment, b.status, b.error, b.finished_at
    FROM ({bad}) AS b
    LEFT ANTI JOIN (SELECT usecase_id, enrichment, input_hash FROM piq_ai_calls WHERE status IN {good}) AS g
      ON g.usecase_id = b.usecase_id AND g.enrichment = b.enrichment AND g.input_hash = b.input_hash
    JOIN ({inputs}) AS i ON i.usecase_id = b.usecase_id AND i.enrichment = b.enrichment AND i.input_hash = b.input_hash
    JOIN (SELECT usecase_id FROM {scope}) AS s ON s.usecase_id = b.usecase_id
    UNION ALL
    SELECT b.usecase_id, b.enrichment, b.status, b.error, b.finished_at
    FROM ({bad}) AS b
    LEFT ANTI JOIN ({inputs}) AS i ON i.usecase_id = b.usecase_id AND i.enrichment = b.enrichment
    LEFT ANTI JOIN (SELECT usecase_id, enrichment, finished_at FROM piq_ai_calls WHERE status IN {good}) AS g
      ON g.usecase_id = b.usecase_id AND g.enrichment = b.enrichment AND g.finished_at > b.finished_at
  ) AS bad
  GROUP BY usecase_id, enrichment
) AS last
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
