//! `eval` of `sql/pipeline.yml`: how good answers must be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `piq eval` asks of the answers. Shares are from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EvalThresholds {
    /// Greatest mean difference of a dimension's score from the truth, in points of 10.
    pub max_dimension_error: f64,
    /// Least share of use cases with the right level.
    pub min_level_agreement: f64,
    /// Least share of use cases with the right technical type.
    pub min_type_accuracy: f64,
    /// Least share of use cases likely to slip with the right cause.
    pub min_slippage_accuracy: f64,
    /// Least share of calls with a valid answer.
    pub min_valid_answers: f64,
}

impl Default for EvalThresholds {
    fn default() -> Self {
        Self {
            max_dimension_error: 2.0,
            min_level_agreement: 0.7,
            min_type_accuracy: 0.7,
            min_slippage_accuracy: 0.8,
            min_valid_answers: 0.95,
        }
    }
}
