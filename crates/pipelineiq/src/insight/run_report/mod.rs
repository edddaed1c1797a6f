//! What a run of the pipeline did and what came out of it, read from the pipeline's own tables. Pure: statements to
//! execute, and what their results mean.

mod open;
mod outcome;
mod run;

pub use open::OpenAnswers;
pub use outcome::{AtRisk, EnrichmentOutcome, Level};
pub use run::PipelineRun;
