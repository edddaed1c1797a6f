//! The measures themselves.

use indexmap::IndexMap;

use super::{Check, DimensionMeasures, Evaluation, Group, Measures, VersionMeasures};
use crate::insight::query::{Row, Rows};
use crate::insight::score::{Override, Reading, Rubric, compute};
use crate::pipeline::EvalThresholds;

/// Sums of one group of use cases.
#[derive(Debug, Clone, Default)]
struct Sums {
    usecases: u64,
    difference: f64,
    compared: u64,
    levels: Share,
    types: Share,
    slippage: Share,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    right: u64,
    of: u64,
}

impl Share {
    fn count(&mut self, right: bool) {
        self.of += 1;
        self.right += u64::from(right);
    }

    fn value(self) -> Option<f64> {
        (self.of > 0).then(|| self.right as f64 / self.of as f64)
    }
}

impl Sums {
    fn measures(&self) -> Measures {
        Measures {
            usecases: self.usecases,
            dimension_error: (self.compared > 0).then(|| self.difference / self.compared as f64),
            level_agreement: self.levels.value(),
            type_accuracy: self.types.value(),
            slippage_accuracy: self.slippage.value(),
            valid_answers: None,
        }
    }
}

/// Measures the stored rows (`cases`), the ledger's answers (`answers`) and what the models said of each dimension
/// (`readings`) against the truth. The queries are those of this module.
pub fn measure(rubric: &Rubric, cases: &Rows, answers: &Rows, readings: &Rows, answered_by: &str) -> Evaluation {
    let mut all = Sums::default();
    let mut shapes: IndexMap<String, Sums> = IndexMap::new();
    let mut dimensions: Vec<(DimensionMeasures, f64)> = rubric
        .dimensions
        .iter()
        .map(|d| (DimensionMeasures { dimension: d.name.clone(), ..DimensionMeasures::default() }, 0.0))
        .collect();
    for row in cases.iter() {
        let shape = shapes.entry(row.text("shape").unwrap_or("unknown").to_owned()).or_default();
        let mut one = Sums { usecases: 1, ..Sums::default() };
        for (dimension, (measures, difference)) in rubric.dimensions.iter().zip(&mut dimensions) {
            let truth = row.integer(&format!("true_{}", dimension.name));
            let found = row.integer(&format!("found_{}", dimension.name));
            let apart = (truth.unwrap_or(dimension.unknown) - found.unwrap_or(dimension.unknown)).abs() as f64;
            measures.missed += u64::from(truth.is_some() && found.is_none());
            measures.invented += u64::from(truth.is_none() && found.is_some());
            *difference += apart;
            one.difference += apart;
            one.compared += 1;
        }
        if let Some(level) = row.text("level") {
            one.levels.count(level == true_level(rubric, row));
        }
        if let Some(truth) = row.text("true_type") {
            one.types.count(row.text("usecase_type") == Some(truth));
        }
        if let (Some(truth), Some(true)) = (row.text("true_slip_cause"), row.flag("likely_to_slip")) {
            one.slippage.count(row.text("slippage_category") == Some(truth));
        }
        add(&mut all, &one);
        add(shape, &one);
    }
    let cases_seen = all.usecases;
    for (measures, difference) in &mut dimensions {
        measures.error = (cases_seen > 0).then(|| *difference / cases_seen as f64);
    }
    let mut calls = Share::default();
    let versions = answers
        .iter()
        .map(|row| {
            let share = Share { right: row.count("valid"), of: row.count("calls") };
            calls.right += share.right;
            calls.of += share.of;
            version(row, share, readings)
        })
        .collect();
    let mut overall = all.measures();
    overall.valid_answers = calls.value();
    shapes.sort_keys();
    Evaluation {
        answered_by: answered_by.to_owned(),
        overall,
        dimensions: dimensions.into_iter().map(|(m, _)| m).collect(),
        shapes: shapes.into_iter().map(|(shape, sums)| Group { shape, measures: sums.measures() }).collect(),
        versions,
        checks: Vec::new(),
    }
}

fn add(to: &mut Sums, one: &Sums) {
    to.usecases += one.usecases;
    to.difference += one.difference;
    to.compared += one.compared;
    for (to, one) in [(&mut to.levels, one.levels), (&mut to.types, one.types), (&mut to.slippage, one.slippage)] {
        to.right += one.right;
        to.of += one.of;
    }
}

/// The level that the arithmetic gives for the true scores, each with a true quote, under the same blockers and caps.
fn true_level(rubric: &Rubric, row: Row<'_>) -> String {
    let readings: Vec<Reading> = rubric
        .dimensions
        .iter()
        .map(|d| {
            let truth = row.integer(&format!("true_{}", d.name));
            Reading { model: Some(truth.unwrap_or(-1)), supported: truth.is_some(), ..Reading::default() }
        })
        .collect();
    let rules = Override {
        code: String::new(),
        cap: row.integer("cap").unwrap_or(100),
        highest_level: row.text("level_limit").map(str::to_owned),
        description: String::new(),
    };
    compute(rubric, &readings, row.integer("major_blockers_score").unwrap_or(0), vec![rules]).level
}

fn version(row: Row<'_>, share: Share, readings: &Rows) -> VersionMeasures {
    let text = |column| row.text(column).unwrap_or_default().to_owned();
    let (enrichment, prompt_version, model) = (text("enrichment"), text("prompt_version"), text("model"));
    let same = |r: &Row<'_>| {
        r.text("enrichment") == Some(enrichment.as_str())
            && r.text("prompt_version") == Some(prompt_version.as_str())
            && r.text("model") == Some(model.as_str())
    };
    let dimension_error = readings.iter().find(same).and_then(|r| r.number("dimension_error"));
    VersionMeasures {
        calls: share.of,
        valid_answers: share.value(),
        dimension_error,
        enrichment,
        prompt_version,
        model,
    }
}

/// Holds the measures against the thresholds. Without a truth about causes of slipping there is no check of them.
pub fn verdict(overall: &Measures, thresholds: &EvalThresholds) -> Vec<Check> {
    let at_most = |measure, value: Option<f64>, threshold| Check {
        measure,
        value,
        bound: "at_most",
        threshold,
        passed: value.is_some_and(|v| v <= threshold),
    };
    let at_least = |measure, value: Option<f64>, threshold| Check {
        measure,
        value,
        bound: "at_least",
        threshold,
        passed: value.is_some_and(|v| v >= threshold),
    };
    let mut checks = vec![
        at_most("dimension_error", overall.dimension_error, thresholds.max_dimension_error),
        at_least("level_agreement", overall.level_agreement, thresholds.min_level_agreement),
        at_least("type_accuracy", overall.type_accuracy, thresholds.min_type_accuracy),
        at_least("valid_answers", overall.valid_answers, thresholds.min_valid_answers),
    ];
    // not every truth knows why a use case slipped
    if overall.slippage_accuracy.is_some() {
        checks.push(at_least("slippage_accuracy", overall.slippage_accuracy, thresholds.min_slippage_accuracy));
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::{measure, verdict};
    use crate::insight::query::tests::rows;
    use crate::insight::score::{Band, Dimension, Rubric};
    use crate::pipeline::EvalThresholds;

    fn rubric() -> Rubric {
        let dimension =
            |name: &str, weight| Dimension { name: name.into(), weight, core: false, unknown: 2, unsupported_cap: 3 };
        let band = |level: &str, min_score| Band { level: level.into(), min_score, min_coverage: 0.0, min_core: 0 };
        Rubric {
            dimensions: vec![dimension("champion", 60.0), dimension("metrics", 40.0)],
            bands: vec![band("High", 75), band("Medium", 45), band("Low", 0)],
            blocker_points: 1.5,
        }
    }

    const CASE: [&str; 12] = [
        "shape",
        "true_champion",
        "found_champion",
        "true_metrics",
        "found_metrics",
        "major_blockers_score",
        "cap",
        "level",
        "true_type",
        "usecase_type",
        "true_slip_cause",
        "slippage_category",
    ];

    #[test]
    fn each_measure_is_a_mean_over_its_use_cases() {
        let cases = rows(
            &[&CASE[..], &["likely_to_slip"]].concat(),
            &[
                // the truth gives 90: High
                &[
                    "rich",
                    "9",
                    "7",
                    "9",
                    "9",
                    "0",
                    "NULL",
                    "High",
                    "Forecasting",
                    "Forecasting",
                    "Budget",
                    "Budget",
                    "true",
                ],
                // nothing is said, champion was invented; the cap makes it Low
                &[
                    "empty",
                    "NULL",
                    "6",
                    "8",
                    "NULL",
                    "0",
                    "10",
                    "Medium",
                    "Streaming",
                    "Other",
                    "Data",
                    "Budget",
                    "true",
                ],
                // not likely to slip: no category is asked for
                &["rich", "5", "5", "5", "5", "0", "NULL", "Medium", "Other", "Other", "Data", "NULL", "false"],
            ],
        );
        let answers = rows(
            &["enrichment", "prompt_version", "model", "calls", "valid"],
            &[&["ai_confidence", "1", "m", "10", "9"], &["ai_confidence", "2", "m", "10", "10"]],
        );
        let readings = rows(
            &["enrichment", "prompt_version", "model", "dimension_error"],
            &[&["ai_confidence", "2", "m", "1.25"]],
        );
        let found = measure(&rubric(), &cases, &answers, &readings, "m");
        let o = &found.overall;
        assert_eq!(o.usecases, 3);
        // 2 + 0, 4 + 6, 0 + 0 over six comparisons
        assert_eq!(o.dimension_error, Some(2.0));
        assert_eq!((o.level_agreement, o.type_accuracy), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!((o.slippage_accuracy, o.valid_answers), (Some(0.5), Some(0.95)));
        assert_eq!((found.dimensions[0].missed, found.dimensions[0].invented), (0, 1));
        assert_eq!((found.dimensions[1].missed, found.dimensions[1].error), (1, Some(2.0)));
        assert_eq!(
            found.shapes.iter().map(|g| (g.shape.as_str(), g.measures.usecases)).collect::<Vec<_>>(),
            [("empty", 1), ("rich", 2)]
        );
        assert_eq!((found.versions[0].dimension_error, found.versions[1].dimension_error), (None, Some(1.25)));
    }

    #[test]
    fn a_threshold_that_nothing_was_measured_for_does_not_pass() {
        let found = measure(&rubric(), &rows(&CASE, &[]), &rows(&["calls"], &[]), &rows(&["model"], &[]), "nobody");
        let thresholds = EvalThresholds::default();
        assert!(verdict(&found.overall, &thresholds).iter().all(|c| !c.passed && c.value.is_none()));
    }

    #[test]
    fn a_value_on_the_threshold_passes() {
        let mut found =
            measure(&rubric(), &rows(&CASE, &[]), &rows(&["calls"], &[]), &rows(&["model"], &[]), "nobody").overall;
        let thresholds = EvalThresholds::default();
        found.dimension_error = Some(thresholds.max_dimension_error);
        found.level_agreement = Some(thresholds.min_level_agreement - 0.01);
        let checks = verdict(&found, &thresholds);
        assert_eq!((checks[0].passed, checks[1].passed), (true, false));
    }
}
