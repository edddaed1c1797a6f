//! What the next run will ask and cost, and how well that was foreseen for the last one. The numbers come from the
//! notebook's own selection (`piq_estimated`, `piq_batch`), asked without running it.

mod read;

pub use read::{last_run, read};

use serde::Serialize;

/// What the next run will ask.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// Use cases in scope.
    pub in_scope: u64,
    /// Those that are new or changed, or lack an answer.
    pub selected: u64,
    /// Those that the limits leave for one run, most dollars first.
    pub in_run: u64,
    /// By enrichment, for one run.
    pub enrichments: Vec<EnrichmentEstimate>,
    /// Sums for one run.
    pub total: Amounts,
    /// Sums for everything selected.
    pub total_selected: Amounts,
    /// The limits of `sql/pipeline.yml`.
    pub limits: RunLimits,
    /// No run has made the pipeline's tables yet.
    pub first_run: bool,
    /// How the last run's estimate fared.
    pub last_run: Option<LastRun>,
}

impl Estimate {
    /// Whether the limits leave a part of what is selected for a later run.
    fn is_over_limits(&self) -> bool {
        self.total_selected.calls > self.limits.max_calls_per_run
            || self.total_selected.usd > self.limits.max_usd_per_run
    }
}

/// Calls, tokens and dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Amounts {
    /// Calls of models.
    pub calls: u64,
    /// Tokens in.
    pub input_tokens: u64,
    /// Tokens out.
    pub output_tokens: u64,
    /// Dollars, by `ref_model_prices`.
    pub usd: f64,
}

/// One enrichment's part.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct EnrichmentEstimate {
    /// The enrichment.
    pub enrichment: String,
    /// Its function.
    pub function: String,
    /// What it will ask.
    #[serde(flatten)]
    pub amounts: Amounts,
    /// It reads answers that are not made yet, and asks less if they come out as before, or call for no question.
    pub upper_bound: bool,
}

/// The limits of one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct RunLimits {
    /// Calls.
    pub max_calls_per_run: u64,
    /// Dollars.
    pub max_usd_per_run: f64,
}

/// The last run's estimate beside what its ledger says.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LastRun {
    /// The run.
    pub run_id: String,
    /// Its use cases.
    pub usecases: u64,
    /// Calls foreseen.
    pub estimated_calls: u64,
    /// Calls made, repairs included.
    pub calls: u64,
    /// Dollars foreseen.
    pub estimated_usd: f64,
    /// Dollars of the ledger.
    pub usd: f64,
    /// Difference of the dollars in percent of the ledger; none where nothing was spent.
    pub error_percent: Option<f64>,
}

impl LastRun {
    /// Fills in the error.
    fn with_error(mut self) -> Self {
        self.error_percent = (self.usd > 0.0).then(|| 100.0 * (self.estimated_usd - self.usd) / self.usd);
        self
    }
}
