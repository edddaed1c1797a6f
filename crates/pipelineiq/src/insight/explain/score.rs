//! The stored confidence beside what the pipeline's own SQL gives for the stored readings.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::fields::{integer, of_code, text};
use super::{ConfidenceExplained, Disagreement};
use crate::insight::query::{Row, Rows};
use crate::insight::relations::stored_rules;
use crate::pipeline::Registry;

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

/// Asks for the lines of the sum: one for each dimension of the rubric, heaviest first.
pub(super) fn lines_query(id: &str) -> String {
    format!(
        "SELECT r.dimension, r.weight, e.answer.score AS score, e.answer.quote AS quote, e.answer.supported AS supported,
  coalesce(e.answer.score, r.unknown_score) AS counted, r.weight * coalesce(e.answer.score, r.unknown_score) / 10.0D AS points
FROM (SELECT explode(evidence) AS answer FROM pipelineiq WHERE usecase_id = {id}) AS e
JOIN ref_confidence_rubric AS r ON r.dimension = e.answer.dimension
ORDER BY r.weight DESC, r.dimension"
    )
}

/// An override rule that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Override {
    /// Its code in `ref_override_rules`.
    pub code: String,
    /// The highest score that it allows; 100 if it caps nothing.
    pub cap: i64,
    /// The highest level that it allows, if it limits the level.
    pub highest_level: Option<String>,
    /// What it means.
    pub description: String,
    /// Whether it lowered the score or the level.
    pub applied: bool,
}

/// One dimension's part of the sum.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ScoreLine {
    /// The dimension.
    pub dimension: String,
    /// Its weight.
    pub weight: f64,
    /// What the model said.
    pub model_score: Option<i64>,
    /// The quote, if the model gave one.
    pub quote: Option<String>,
    /// Whether the notes contain the quote.
    pub supported: bool,
    /// What the claim is worth; none if nothing is known.
    pub score: Option<i64>,
    /// What went into the sum.
    pub counted: i64,
    /// Points of 100.
    pub points: f64,
}

/// The whole arithmetic.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Arithmetic {
    /// The dimensions.
    pub lines: Vec<ScoreLine>,
    /// Sum of the points.
    pub base: f64,
    /// `major_blockers_score`, 0 to 10.
    pub major_blockers_score: i64,
    /// Points that the blockers cost.
    pub blockers_cost: f64,
    /// The override rules that match.
    pub overrides: Vec<Override>,
    /// The score.
    pub score: Option<i64>,
    /// Share of the weight that true quotes support.
    pub coverage: Option<f64>,
    /// Why the level is lower than the score alone would give, if it is.
    pub gate: Option<String>,
    /// Why the level is what it is, in one sentence.
    pub reason: Option<String>,
    /// The level.
    pub level: Option<String>,
}

/// Puts the account of the confidence together: the stored row, the model's latest answer, and what the pipeline's SQL
/// gives (`computed`, `lines`).
pub(super) fn confidence(
    registry: &Registry,
    usecase: &Value,
    stored: &Value,
    said: &Value,
    computed: &Value,
    lines: &Rows,
) -> ConfidenceExplained {
    let status = text(stored, "confidence_status");
    let arithmetic = (status.as_deref() == Some("ok")).then(|| {
        let lines: Vec<ScoreLine> = lines.iter().map(|row| line(row, said)).collect();
        let blockers = integer(stored, "major_blockers_score").unwrap_or(0);
        Arithmetic {
            base: lines.iter().map(|l| l.points).sum(),
            lines,
            major_blockers_score: blockers,
            blockers_cost: registry.config.confidence.blocker_points * blockers as f64,
            overrides: overrides(registry, usecase, stored, computed),
            score: integer(computed, "confidence_score"),
            coverage: computed["evidence_coverage"].as_f64(),
            gate: text(computed, "gate_code"),
            reason: text(computed, "level_reason"),
            level: text(computed, "confidence_level_normalized"),
        }
    });
    ConfidenceExplained {
        status,
        score: integer(stored, "confidence_score"),
        level: text(stored, "confidence_level_normalized"),
        delta: integer(stored, "confidence_delta"),
        rationale: text(stored, "rationale_for_confidence_score"),
        arithmetic,
        disagreements: compare(computed, stored),
    }
}

fn line(row: Row<'_>, said: &Value) -> ScoreLine {
    let dimension = row.text("dimension").unwrap_or_default().to_owned();
    ScoreLine {
        weight: row.number("weight").unwrap_or(0.0),
        model_score: integer(said, &format!("{dimension}_score")).filter(|n| *n >= 0),
        quote: row.text("quote").filter(|q| !q.trim().is_empty()).map(str::to_owned),
        supported: row.flag("supported").unwrap_or(false),
        score: row.integer("score"),
        counted: row.integer("counted").unwrap_or(0),
        points: row.number("points").unwrap_or(0.0),
        dimension,
    }
}

/// The rules that match today; where the use case is not in scope, those that are stored.
fn overrides(registry: &Registry, usecase: &Value, stored: &Value, computed: &Value) -> Vec<Override> {
    let table = registry.reference.get("ref_override_rules");
    let codes: Vec<String> = match usecase.get("override_rules") {
        // a text of codes with commas between them
        Some(_) => text(usecase, "override_rules").unwrap_or_default().split(',').map(str::to_owned).collect(),
        None => ["override_code", "gate_code"].into_iter().filter_map(|column| text(stored, column)).collect(),
    };
    let known = |code: String| {
        let cap = of_code(table, &code, "cap")?.parse().ok()?;
        let description = of_code(table, &code, "description").unwrap_or_default().to_owned();
        let highest_level = of_code(table, &code, "highest_level").filter(|l| !l.is_empty()).map(str::to_owned);
        let applied = ["override_code", "gate_code"].iter().any(|column| computed[*column] == code.as_str());
        Some(Override { cap, highest_level, description, applied, code })
    };
    codes.into_iter().filter_map(known).collect()
}

/// The columns that state the result, stored and computed.
fn compare(computed: &Value, stored: &Value) -> Vec<Disagreement> {
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
