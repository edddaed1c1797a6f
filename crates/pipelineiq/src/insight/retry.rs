//! Opens questions that are not asked any more, or counts their attempts from the start.

use piq_sql::sql_string;

/// Which calls of the ledger are opened.
#[derive(Debug, Clone, Default)]
pub struct Reopen {
    /// Status of the calls: `blocked`, `failed` or `invalid`.
    pub status: String,
    /// Enrichments; all if empty.
    pub enrichments: Vec<String>,
    /// Use cases, or managers; all if empty.
    pub usecases: Vec<String>,
}

impl Reopen {
    fn rows(&self) -> String {
        let among = |column: &str, values: &[String]| {
            let list = values.iter().map(|v| sql_string(v)).collect::<Vec<_>>().join(", ");
            if values.is_empty() { String::new() } else { format!(" AND {column} IN ({list})") }
        };
        format!(
            "SELECT DISTINCT usecase_id, enrichment, input_hash FROM piq_ai_calls WHERE status = {}{}{}",
            sql_string(&self.status),
            among("enrichment", &self.enrichments),
            among("usecase_id", &self.usecases)
        )
    }

    /// Counts what will be opened, by enrichment.
    pub fn count(&self) -> String {
        format!(
            "SELECT enrichment, count(*) AS opened FROM ({}) AS o GROUP BY enrichment ORDER BY enrichment",
            self.rows()
        )
    }

    /// Opens it: all bad calls about the same input no longer count.
    pub fn statement(&self) -> String {
        format!(
            "MERGE INTO piq_ai_calls AS t
USING ({}) AS o
ON t.usecase_id = o.usecase_id AND t.enrichment = o.enrichment AND t.input_hash = o.input_hash
WHEN MATCHED AND t.status IN ('blocked', 'failed', 'invalid') THEN UPDATE SET status = 'reopened'",
            self.rows()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Reopen;

    #[test]
    fn names_are_literals() {
        let open = Reopen { status: "blocked".into(), enrichments: vec!["a".into()], usecases: vec!["it's".into()] };
        assert!(
            open.count().contains("status = 'blocked' AND enrichment IN ('a') AND usecase_id IN ('it\\'s')"),
            "{}",
            open.count()
        );
    }
}
