//! The stored confidence beside the arithmetic computed again.

use serde_json::Value;

use super::fields::{integer, of_code, text};
use super::{Confidence, Disagreement};
use crate::insight::score::{Arithmetic, Override, Reading, Rubric, compute};
use crate::pipeline::Registry;

/// How far a stored share may differ: SQL may keep it in another type.
const TOLERANCE: f64 = 0.005;

pub(super) fn confidence(registry: &Registry, usecase: &Value, stored: &Value, raw: &Value) -> Confidence {
    let status = text(stored, "confidence_status");
    let score = integer(stored, "confidence_score");
    let level = text(stored, "confidence_level_normalized");
    let arithmetic =
        match (registry.reference.get("ref_confidence_rubric"), registry.reference.get("ref_confidence_bands")) {
            (Some(dimensions), Some(bands)) if status.as_deref() == Some("ok") => {
                let rubric = Rubric::read(dimensions, bands, registry.config.confidence.blocker_points);
                let readings = readings(&rubric, stored, raw);
                let blockers = integer(stored, "major_blockers_score").unwrap_or(0);
                Some(compute(&rubric, &readings, blockers, overrides(registry, usecase, stored)))
            }
            _ => None,
        };
    let disagreements = match &arithmetic {
        Some(a) => compare(a, stored),
        None => not_computed(score, level.as_deref()),
    };
    Confidence {
        status,
        score,
        level,
        delta: integer(stored, "confidence_delta"),
        rationale: text(stored, "rationale_for_confidence_score"),
        arithmetic,
        disagreements,
    }
}

/// What the model said and what is stored of each dimension, in the order of the rubric.
fn readings(rubric: &Rubric, stored: &Value, raw: &Value) -> Vec<Reading> {
    let evidence = stored["evidence"].as_array().map(Vec::as_slice).unwrap_or_default();
    let reading = |name: &str| {
        let shown = evidence.iter().find(|e| e["dimension"] == name).unwrap_or(&Value::Null);
        Reading {
            model: integer(raw, &format!("{name}_score")),
            stored: integer(stored, &format!("{name}_score")),
            quote: text(shown, "quote").or_else(|| text(raw, &format!("{name}_evidence"))),
            supported: shown["supported"] == true,
        }
    };
    rubric.dimensions.iter().map(|d| reading(&d.name)).collect()
}

/// The rules that match today; where the use case is not in scope, those that are stored.
fn overrides(registry: &Registry, usecase: &Value, stored: &Value) -> Vec<Override> {
    let table = registry.reference.get("ref_override_rules");
    let codes: Vec<String> = match usecase.get("override_rules") {
        // a text of codes with commas between them
        Some(_) => text(usecase, "override_rules").unwrap_or_default().split(',').map(str::to_owned).collect(),
        None => ["override_code", "gate_code"].into_iter().filter_map(|column| text(stored, column)).collect(),
    };
    let known = |code: String| {
        let cap = of_code(table, &code, "cap")?.parse().ok()?;
        let description = of_code(table, &code, "description").unwrap_or_default().to_owned();
        let highest_level = of_code(table, &code, "highest_level").map(str::to_owned);
        Some(Override { code, cap, highest_level, description })
    };
    codes.into_iter().filter_map(known).collect()
}

fn compare(a: &Arithmetic, stored: &Value) -> Vec<Disagreement> {
    let mut found = Vec::new();
    let mut differ = |column: &str, stored: Option<String>, computed: String| {
        if stored.as_deref() != Some(computed.as_str()) {
            let stored = stored.unwrap_or_else(|| "NULL".into());
            found.push(Disagreement { column: column.to_owned(), stored, computed });
        }
    };
    for line in &a.lines {
        let column = format!("{}_score", line.dimension);
        let shown = |n: Option<i64>| n.map_or_else(|| "NULL".to_owned(), |n| n.to_string());
        differ(&column, Some(shown(integer(stored, &column))), shown(line.score));
    }
    differ("confidence_score", integer(stored, "confidence_score").map(|n| n.to_string()), a.score.to_string());
    differ("confidence_level_normalized", text(stored, "confidence_level_normalized"), a.level.clone());
    let coverage = stored["evidence_coverage"].as_f64();
    if coverage.is_none_or(|c| (c - a.coverage).abs() > TOLERANCE) {
        differ("evidence_coverage", coverage.map(|c| format!("{c:.2}")), format!("{:.2}", a.coverage));
    }
    found
}

/// Without an `ok` there must be no score.
fn not_computed(score: Option<i64>, level: Option<&str>) -> Vec<Disagreement> {
    let mut found = Vec::new();
    if let Some(score) = score {
        found.push(Disagreement {
            column: "confidence_score".into(),
            stored: score.to_string(),
            computed: "NULL".into(),
        });
    }
    if let Some(level) = level.filter(|l| *l != "Not computed") {
        let column = "confidence_level_normalized".into();
        found.push(Disagreement { column, stored: level.to_owned(), computed: "Not computed".into() });
    }
    found
}
