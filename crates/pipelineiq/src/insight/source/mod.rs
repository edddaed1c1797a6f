//! What the source holds, beside what the pipeline needs of it: for `piq doctor source`.

mod contract;
mod mapping;
mod queries;
mod report;

pub use contract::{Fit, Mapping, map, serves};
pub use mapping::{SourceMapping, guess_mapping, is_whole_table};
pub use queries::Queries;
pub use report::{SourceAnswers, report};

use schemars::JsonSchema;
use serde::Serialize;

/// The state of the source.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SourceReport {
    /// The table that the pipeline is set to, as `sql/pipeline.yml` names it.
    pub source_table: String,
    /// The contract's columns, and what the mapping (`sql/source.sql`) gives for them.
    pub columns: Vec<ColumnReport>,
    /// Columns of the mapping that the contract does not name.
    pub other_columns: Vec<String>,
    /// Snapshots; none if `snapshot_date` is missing.
    pub snapshots: Option<Snapshots>,
    /// Rows of the latest snapshot.
    pub rows: u64,
    /// Different use cases among them.
    pub usecases: u64,
    /// Rows beyond the first of the same use case: the one modified last counts.
    pub duplicates: u64,
    /// Rows without an id: they are left out.
    pub without_id: u64,
    /// Stages found, most use cases first.
    pub stages: Vec<ValueCount>,
    /// Implementation statuses found.
    pub statuses: Vec<ValueCount>,
    /// Scope; none as long as the contract is not kept.
    pub scope: Option<SourceScope>,
    /// What is wrong, worst first.
    pub findings: Vec<SourceFinding>,
}

impl SourceReport {
    /// Whether the pipeline cannot run on the source.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.error)
    }
}

/// A column of the contract and what is in it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ColumnReport {
    /// How it is mapped.
    #[serde(flatten)]
    pub mapping: Mapping,
    /// Share of the latest snapshot where it is NULL, or blank for a text; 0 to 1.
    pub null_share: Option<f64>,
}

/// The snapshots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Snapshots {
    /// How many.
    pub count: u64,
    /// The first.
    pub first: Option<String>,
    /// The latest: the one that is read.
    pub latest: Option<String>,
}

/// A value of a column, how often it occurs, and whether the pipeline knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ValueCount {
    /// The value; none for NULL.
    pub value: Option<String>,
    /// The code that the pipeline takes it for.
    pub code: Option<String>,
    /// Rows of the latest snapshot.
    pub rows: u64,
    /// Whether it means something to the pipeline.
    pub known: bool,
}

/// Which use cases the pipeline looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceScope {
    /// In scope.
    pub usecases: u64,
    /// Left out for less than `min_monthly_dollars`. A use case may be counted more than once here and below.
    pub too_small: u64,
    /// Left out for a stage among `excluded_stages`.
    pub excluded_stage: u64,
    /// Left out for a target live date beyond `horizon_days`, or none.
    pub beyond_horizon: u64,
}

/// Something that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceFinding {
    /// Whether the pipeline cannot run because of it.
    pub error: bool,
    /// What it is.
    pub message: String,
    /// What to do.
    pub advice: String,
}
