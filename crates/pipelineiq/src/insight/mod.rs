//! What piq reads out of the pipeline's tables: an account of one use case, the cost of a run, the state of the
//! source, the accuracy of the answers. Queries are built from the pipeline's own templates; what is computed from
//! their results is pure. Only [`query`], through one small trait, [`readiness`] and [`probe`] talk to a workspace, and only
//! [`probe`] writes to it.

pub mod bootstrap;
pub mod estimate;
pub mod eval;
pub mod explain;
mod input_hashes;
pub mod probe;
pub mod query;
pub mod readiness;
pub mod relations;
pub mod retry;
pub mod run_report;
pub mod source;
pub mod tables;
pub mod trial;

/// JSON schemas of what `explain`, `eval`, `doctor source`, `bootstrap`, `try` and `doctor --probe` print.
pub fn result_schemas() -> [serde_json::Value; 6] {
    [
        schemars::schema_for!(explain::Explanation).to_value(),
        schemars::schema_for!(eval::Evaluation).to_value(),
        schemars::schema_for!(source::SourceReport).to_value(),
        schemars::schema_for!(bootstrap::BootstrapReport).to_value(),
        schemars::schema_for!(trial::Trial).to_value(),
        schemars::schema_for!(probe::ProbeReport).to_value(),
    ]
}
