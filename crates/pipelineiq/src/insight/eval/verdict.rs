//! The measures against the thresholds of `sql/pipeline.yml`.

use super::{AccuracyCheck, Bound, Measures};
use crate::pipeline::EvalThresholds;

/// Compares the measures with the thresholds. Without a truth about causes of slipping they are not checked.
pub fn verdict(overall: &Measures, thresholds: &EvalThresholds) -> Vec<AccuracyCheck> {
    let check = |measure, bound, value: Option<f64>, threshold| AccuracyCheck {
        measure,
        value,
        bound,
        threshold,
        passed: value.is_some_and(|v| if bound == Bound::AtMost { v <= threshold } else { v >= threshold }),
    };
    let mut checks = vec![
        check("dimension_error", Bound::AtMost, overall.dimension_error, thresholds.max_dimension_error),
        check("level_agreement", Bound::AtLeast, overall.level_agreement, thresholds.min_level_agreement),
        check("type_accuracy", Bound::AtLeast, overall.type_accuracy, thresholds.min_type_accuracy),
        check("valid_answers", Bound::AtLeast, overall.valid_answers, thresholds.min_valid_answers),
    ];
    // not every truth knows why a use case slipped
    if overall.slippage_accuracy.is_some() {
        checks.push(check(
            "slippage_accuracy",
            Bound::AtLeast,
            overall.slippage_accuracy,
            thresholds.min_slippage_accuracy,
        ));
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::verdict;
    use crate::insight::eval::Measures;
    use crate::pipeline::EvalThresholds;

    #[test]
    fn a_threshold_that_nothing_was_measured_for_does_not_pass() {
        let checks = verdict(&Measures::default(), &EvalThresholds::default());
        assert!(checks.len() == 4 && checks.iter().all(|c| !c.passed && c.value.is_none()));
    }

    #[test]
    fn a_value_on_the_threshold_passes() {
        let thresholds = EvalThresholds::default();
        let found = Measures {
            dimension_error: Some(thresholds.max_dimension_error),
            level_agreement: Some(thresholds.min_level_agreement - 0.01),
            ..Measures::default()
        };
        let checks = verdict(&found, &thresholds);
        assert_eq!((checks[0].passed, checks[1].passed), (true, false));
    }
}
