//! The arithmetic of the confidence score, line by line, from what is stored and the reference tables. It repeats
//! what the pipeline computes in SQL, so that a disagreement shows.

use serde::Serialize;

use crate::pipeline::ReferenceTable;

/// One dimension of the rubric: a row of `ref_confidence_rubric`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// Its name, such as `champion`.
    pub name: String,
    /// Its weight; all sum to 100.
    pub weight: f64,
    /// Whether High needs it.
    pub core: bool,
    /// What counts when nothing is known.
    pub unknown: i64,
    /// The most that a claim without a true quote counts.
    pub unsupported_cap: i64,
}

/// One level: a row of `ref_confidence_bands`.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// `High`, `Medium`, `Low`.
    pub level: String,
    /// Least score.
    pub min_score: i64,
    /// Least share of the weight that true quotes support, 0 to 1.
    pub min_coverage: f64,
    /// Least score of each core dimension.
    pub min_core: i64,
}

/// What the arithmetic goes by.
#[derive(Debug, Clone, PartialEq)]
pub struct Rubric {
    /// The dimensions.
    pub dimensions: Vec<Dimension>,
    /// The levels, the highest first.
    pub bands: Vec<Band>,
    /// Points that each point of `major_blockers_score` costs.
    pub blocker_points: f64,
}

impl Rubric {
    /// Reads the two reference tables; a column that a table lacks has its usual value.
    pub fn read(dimensions: &ReferenceTable, bands: &ReferenceTable, blocker_points: f64) -> Self {
        let number =
            |row: &indexmap::IndexMap<String, String>, key: &str| -> Option<f64> { row.get(key)?.parse().ok() };
        let whole = |n: f64| -> i64 { n.round() as i64 };
        let dimensions = dimensions.rows.iter().map(|row| Dimension {
            name: row.get("dimension").cloned().unwrap_or_default(),
            weight: number(row, "weight").unwrap_or(0.0),
            core: number(row, "core").is_some_and(|n| n != 0.0),
            unknown: number(row, "unknown_score").map_or(2, whole),
            unsupported_cap: number(row, "unsupported_cap").map_or(3, whole),
        });
        let mut bands: Vec<Band> = bands
            .rows
            .iter()
            .map(|row| Band {
                level: row.get("level").cloned().unwrap_or_default(),
                min_score: number(row, "min_score").map_or(0, whole),
                min_coverage: number(row, "min_coverage").unwrap_or(0.0),
                min_core: number(row, "min_core_score").map_or(0, whole),
            })
            .collect();
        bands.sort_by_key(|b| std::cmp::Reverse(b.min_score));
        Self { dimensions: dimensions.collect(), bands, blocker_points }
    }
}

/// What is known of one dimension of a use case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What the model said: 0 to 10, -1 for nothing known; none if its answer is not at hand.
    pub model: Option<i64>,
    /// The stored score of the dimension.
    pub stored: Option<i64>,
    /// The quote.
    pub quote: Option<String>,
    /// Whether the quote stands in the notes.
    pub supported: bool,
}

/// An override rule that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Override {
    /// Its code in `ref_override_rules`.
    pub code: String,
    /// The most that the score may be.
    pub cap: i64,
    /// The highest level that it allows, if it limits the level.
    pub highest_level: Option<String>,
    /// What it means.
    pub description: String,
}

/// One dimension's part of the sum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The dimension.
    pub dimension: String,
    /// Its weight.
    pub weight: f64,
    /// What the model said.
    pub model_score: Option<i64>,
    /// The quote, if the model gave one.
    pub quote: Option<String>,
    /// Whether the quote stands in the notes.
    pub supported: bool,
    /// `s_i`: what the claim is worth, none if nothing is known.
    pub score: Option<i64>,
    /// What went into the sum.
    pub counted: i64,
    /// Points of 100.
    pub points: f64,
}

/// A condition of a level that the score alone would reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// What is asked, in words.
    pub text: String,
    /// Whether it holds.
    pub passed: bool,
}

/// The whole arithmetic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Arithmetic {
    /// The dimensions.
    pub lines: Vec<Line>,
    /// Sum of the points.
    pub base: f64,
    /// `major_blockers_score`, 0 to 10.
    pub major_blockers_score: i64,
    /// Points that the blockers cost.
    pub blockers_cost: f64,
    /// The rounded difference, within 0 and 100.
    pub raw: i64,
    /// The override rules that matched.
    pub overrides: Vec<Override>,
    /// The score.
    pub score: i64,
    /// Share of the weight that true quotes support.
    pub coverage: f64,
    /// What the highest level that the score reaches asks besides.
    pub gates: Vec<Gate>,
    /// The level.
    pub level: String,
}

/// Computes the score of a use case whose confidence could be computed.
pub fn compute(
    rubric: &Rubric,
    readings: &[Reading],
    major_blockers_score: i64,
    overrides: Vec<Override>,
) -> Arithmetic {
    let lines: Vec<Line> = rubric
        .dimensions
        .iter()
        .enumerate()
        .map(|(i, d)| line(d, &readings.get(i).cloned().unwrap_or_default()))
        .collect();
    let base: f64 = lines.iter().map(|l| l.weight * l.counted as f64).sum::<f64>() / 10.0;
    let blockers_cost = rubric.blocker_points * major_blockers_score as f64;
    // SQL rounds halves away from zero, and the value is not negative here
    let raw = (base - blockers_cost).clamp(0.0, 100.0).round() as i64;
    let score = overrides.iter().map(|o| o.cap).chain([raw]).min().unwrap_or(raw);
    let coverage = lines.iter().filter(|l| l.supported).map(|l| l.weight).sum::<f64>() / 100.0;
    let core = rubric.dimensions.iter().zip(&lines).filter(|(d, _)| d.core).map(|(_, l)| l.counted).min();
    let (gates, level) = level(&rubric.bands, score, coverage, core, &overrides);
    Arithmetic { lines, base, major_blockers_score, blockers_cost, raw, overrides, score, coverage, gates, level }
}

fn line(d: &Dimension, r: &Reading) -> Line {
    let score = match r.model {
        Some(model) if !(0..=10).contains(&model) => None,
        Some(model) if r.supported => Some(model),
        Some(model) => Some(model.min(d.unsupported_cap)),
        None => r.stored,
    };
    let counted = score.unwrap_or(d.unknown);
    Line {
        dimension: d.name.clone(),
        weight: d.weight,
        model_score: r.model,
        quote: r.quote.clone().filter(|q| !q.trim().is_empty()),
        supported: r.supported,
        score,
        counted,
        points: d.weight * counted as f64 / 10.0,
    }
}

/// The level, and how the gates of the highest level that the score reaches stand.
fn level(bands: &[Band], score: i64, coverage: f64, core: Option<i64>, overrides: &[Override]) -> (Vec<Gate>, String) {
    let reached: Vec<&Band> = bands.iter().filter(|b| score >= b.min_score).collect();
    let gates = |b: &Band| {
        let mut gates = Vec::new();
        for o in overrides {
            let limit = o.highest_level.as_ref().and_then(|level| bands.iter().find(|b| b.level == *level));
            if let Some(limit) = limit.filter(|limit| b.min_score > limit.min_score) {
                let text = format!("at most {} ({}): {}", limit.level, o.code, o.description);
                gates.push(Gate { text, passed: false });
            }
        }
        if b.min_coverage > 0.0 {
            let text = format!("coverage at least {:.2}", b.min_coverage);
            // sums of weights over 100 are not exact in binary
            gates.push(Gate { text, passed: coverage + 1e-9 >= b.min_coverage });
        }
        if b.min_core > 0 {
            let text = format!("every core dimension at least {}", b.min_core);
            gates.push(Gate { text, passed: core.is_none_or(|c| c >= b.min_core) });
        }
        gates
    };
    let shown = reached.first().map(|b| gates(b)).unwrap_or_default();
    let level = reached.iter().find(|b| gates(b).iter().all(|g| g.passed)).map_or("Low", |b| b.level.as_str());
    (shown, level.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Arithmetic, Override, Reading, Rubric, compute};
    use crate::pipeline::ReferenceTable;
    use piq_diagnostics::Source;

    fn rubric() -> Rubric {
        let names = "identify_pain,16,1 champion,16,1 implementation_plan,16,1 economic_buyer,12,0 metrics,10,0 \
            decision_process,8,0 urgency,8,0 decision_criteria,5,0 paper_process,5,0 competition,4,0";
        let rows: String = names.split_whitespace().map(|l| format!("{l},2,3\n")).collect();
        let table = |name: &str, text: String| ReferenceTable::parse(name, &Source::new(name, text)).expect("reads");
        Rubric::read(
            &table("rubric", format!("dimension,weight,core,unknown_score,unsupported_cap\n{rows}")),
            &table(
                "bands",
                "level,min_score,min_coverage,min_core_score\nLow,0,0,0\nHigh,75,0.6,5\nMedium,45,0,0\n".into(),
            ),
            1.5,
        )
    }

    fn all(model: i64, supported: bool) -> Vec<Reading> {
        vec![Reading { model: Some(model), supported, ..Reading::default() }; 10]
    }

    fn of(readings: &[Reading]) -> Arithmetic {
        compute(&rubric(), readings, 0, vec![])
    }

    #[test]
    fn ten_everywhere_with_true_quotes_is_a_hundred_and_high() {
        let a = of(&all(10, true));
        assert_eq!((a.score, a.level.as_str(), a.coverage), (100, "High", 1.0));
        assert!(a.gates.iter().all(|g| g.passed) && a.gates.len() == 2);
    }

    #[test]
    fn invented_quotes_give_thirty_and_low() {
        let a = of(&all(10, false));
        assert_eq!((a.score, a.level.as_str(), a.coverage), (30, "Low", 0.0));
        assert_eq!(a.lines[0].score, Some(3));
    }

    #[test]
    fn nothing_known_is_twenty_and_low() {
        let a = of(&all(-1, false));
        assert_eq!((a.score, a.level.as_str(), a.coverage), (20, "Low", 0.0));
        assert_eq!((a.lines[0].score, a.lines[0].counted), (None, 2));
        assert_eq!(compute(&rubric(), &all(-1, false), 5, vec![]).score, 13, "12.5 is rounded up");
    }

    #[test]
    fn a_cap_holds_the_score_down_and_never_lifts_it() {
        let cap = |cap| vec![Override { code: "X".into(), cap, highest_level: None, description: String::new() }];
        assert_eq!(compute(&rubric(), &all(10, true), 0, cap(10)).score, 10);
        assert_eq!(compute(&rubric(), &all(2, true), 0, cap(45)).score, 20);
    }

    #[test]
    fn a_high_score_that_fails_a_gate_is_medium() {
        let mut readings = all(10, true);
        readings[1].model = Some(4);
        let a = of(&readings);
        assert_eq!((a.score, a.level.as_str()), (90, "Medium"));
        assert_eq!(a.gates.iter().map(|g| g.passed).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_rule_limits_the_level_and_leaves_the_score() {
        let limit = |level: &str| {
            vec![Override { code: "X".into(), cap: 100, highest_level: Some(level.into()), description: "why".into() }]
        };
        let medium = compute(&rubric(), &all(10, true), 0, limit("Medium"));
        assert_eq!((medium.score, medium.level.as_str()), (100, "Medium"));
        assert_eq!((medium.gates[0].text.as_str(), medium.gates[0].passed), ("at most Medium (X): why", false));
        assert_eq!(compute(&rubric(), &all(10, true), 0, limit("Low")).level, "Low");
        assert_eq!(compute(&rubric(), &all(2, true), 0, limit("High")).level, "Low");
    }

    #[test]
    fn a_coverage_of_exactly_the_limit_passes() {
        // 16 + 16 + 16 + 12 of 100 supported
        let mut readings = all(10, true);
        for r in &mut readings[4..] {
            *r = Reading { stored: Some(9), ..Reading::default() };
        }
        let a = of(&readings);
        assert!((a.coverage - 0.6).abs() < 1e-9);
        assert_eq!(a.level, "High");
    }

    #[test]
    fn blockers_cost_points_and_the_score_stays_within_its_bounds() {
        assert_eq!(compute(&rubric(), &all(5, true), 10, vec![]).score, 35);
        assert_eq!(compute(&rubric(), &all(0, true), 10, vec![]).score, 0);
    }

    #[test]
    fn without_the_models_answer_the_stored_scores_count() {
        let stored = vec![Reading { stored: Some(7), supported: true, ..Reading::default() }; 10];
        assert_eq!(of(&stored).score, 70);
    }
}
