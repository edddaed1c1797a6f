//! What the stored answers were made from.

/// A query for the hashes of the inputs of AI enrichments, one row for each use case that fulfils `condition` and
/// enrichment: `usecase_id`, `enrichment`, `input_hash`.
pub(super) fn input_hashes(condition: &str) -> String {
    format!(
        "SELECT usecase_id, x.enrichment AS enrichment, x.input_hash AS input_hash \
         FROM (SELECT usecase_id, explode(inputs) AS x FROM piq_input_hashes WHERE {condition}) AS remembered \
         WHERE x.input_hash IS NOT NULL"
    )
}
