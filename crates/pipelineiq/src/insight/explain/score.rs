//! Whether the stored confidence is what the pipeline's own SQL gives for the stored readings.

use indexmap::IndexMap;
use serde_json::Value;

use super::Disagreement;
use crate::insight::relations::stored_rules;

/// How far a stored share may differ: SQL may keep it in another type.
const TOLERANCE: f64 = 0.005;

/// The view that computes the score, asked for one stored row.
pub(super) const SCORE: &str = "SELECT to_json(struct(*)) AS row FROM normalized_confidence";

/// What that view reads, from the stored row with this id (an SQL text): the readings and the rules.
pub(super) fn stored_readings(id: &str) -> IndexMap<String, String> {
    let readings = format!(
        "SELECT usecase_id, evidence, major_blockers_score, confidence_status FROM pipelineiq WHERE usecase_id = {id}"
    );
    let rules = stored_rules(&format!("p.usecase_id = {id}"));
    IndexMap::from([("parsed_confidence".to_owned(), readings), ("filtered_usecases".to_owned(), rules)])
}

/// The columns that state the result, stored and computed.
pub(super) fn compare(computed: &Value, stored: &Value) -> Vec<Disagreement> {
    let shown = |value: &Value| match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let same = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= TOLERANCE,
        _ => a == b,
    };
    ["confidence_score", "confidence_level_normalized", "evidence_coverage"]
        .into_iter()
        .filter(|column| !same(&computed[*column], &stored[*column]))
        .map(|column| Disagreement {
            column: column.to_owned(),
            stored: shown(&stored[column]),
            computed: shown(&computed[column]),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::compare;

    #[test]
    fn a_stored_value_that_the_sql_does_not_give_is_a_disagreement() {
        let computed =
            json!({"confidence_score": 71, "confidence_level_normalized": "Medium", "evidence_coverage": 0.6});
        let same = json!({"confidence_score": 71, "confidence_level_normalized": "Medium", "evidence_coverage": 0.601});
        assert_eq!(compare(&computed, &same), []);
        let other = json!({"confidence_score": null, "confidence_level_normalized": "High", "evidence_coverage": 0.5});
        let found: Vec<_> = compare(&computed, &other).into_iter().map(|d| (d.column, d.stored, d.computed)).collect();
        let of = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(
            found,
            [
                of("confidence_score", "NULL", "71"),
                of("confidence_level_normalized", "High", "Medium"),
                of("evidence_coverage", "0.5", "0.6"),
            ]
        );
    }
}
