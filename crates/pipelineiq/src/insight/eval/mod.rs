//! How good the answers are, measured in SQL on the sample's hidden truth. The level that the truth gives comes from the
//! pipeline's own view, with the true scores in place of the model's.

mod distribution;
mod queries;
mod read;
mod verdict;

pub use distribution::{Distribution, LevelShare, RiskShare};
pub use queries::TRUTH;
pub use read::evaluate;
pub use verdict::verdict;

use schemars::JsonSchema;
use serde::Serialize;

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Evaluation {
    /// Who answered, in words: a model's name, a recorded file's, or the fake model.
    pub answered_by: String,
    /// The measures over all use cases with a truth and a row.
    pub overall: Measures,
    /// By dimension of the rubric.
    pub dimensions: Vec<DimensionMeasures>,
    /// By shape of the notes.
    pub shapes: Vec<Group>,
    /// By enrichment, prompt version and model.
    pub versions: Vec<VersionMeasures>,
    /// How the open use cases spread over the levels of confidence and risk.
    pub distribution: Distribution,
    /// Each threshold of `sql/pipeline.yml` and how it fares.
    pub checks: Vec<AccuracyCheck>,
}

impl Evaluation {
    /// Whether every threshold is kept.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|c| c.passed)
    }
}

/// Measures over a group of use cases. A share that nothing was found for is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Measures {
    /// Use cases.
    pub usecases: u64,
    /// Mean absolute difference of the dimensions' scores, 0 to 10: what is not known counts as the rubric counts it.
    pub dimension_error: Option<f64>,
    /// Share of use cases whose level is the one that the truth gives.
    pub level_agreement: Option<f64>,
    /// Share of use cases whose `usecase_type` is right.
    pub type_accuracy: Option<f64>,
    /// Share of use cases likely to slip whose category is the true cause.
    pub slippage_accuracy: Option<f64>,
    /// Share of calls of models with a valid answer.
    pub valid_answers: Option<f64>,
}

/// Measures of one dimension.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct DimensionMeasures {
    /// The dimension.
    pub dimension: String,
    /// Mean absolute difference of the scores.
    pub error: Option<f64>,
    /// Use cases where the notes say something and nothing was found.
    pub missed: u64,
    /// Use cases where the notes say nothing and something was found.
    pub invented: u64,
}

/// Measures of the use cases whose notes have one shape.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Group {
    /// The shape.
    pub shape: String,
    /// The measures.
    #[serde(flatten)]
    pub measures: Measures,
}

/// How one version of a prompt did with one model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct VersionMeasures {
    /// The enrichment.
    pub enrichment: String,
    /// Version of the prompt.
    pub prompt_version: String,
    /// Who was asked.
    pub model: String,
    /// Calls.
    pub calls: u64,
    /// Share of them with a valid answer.
    pub valid_answers: Option<f64>,
    /// For the question about confidence: mean absolute difference between what the model said and the truth.
    pub dimension_error: Option<f64>,
}

/// A threshold and the value that is held against it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AccuracyCheck {
    /// The measure.
    pub measure: &'static str,
    /// Its value; none if nothing could be measured, which does not pass.
    pub value: Option<f64>,
    /// On which side of the threshold it must be.
    pub bound: Bound,
    /// The threshold.
    pub threshold: f64,
    /// Whether the value keeps it.
    pub passed: bool,
}

/// A side of a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// An error, in points.
    AtMost,
    /// A share, 0 to 1.
    AtLeast,
}
