//! The PipelineIQ pipeline: enrichment files, waves, ledger and reference tables.

mod answer_fields;
mod check;
mod classified;
mod config;
mod docs;
mod enrichment;
mod header;
mod indentation;
mod measured;
mod models;
mod notebooks;
mod other_model;
mod placed;
mod reference;
mod registry;
pub mod scaffold;
mod template_faults;
mod texts;
mod thresholds;
mod trial;
mod waves;
mod words;

pub use answer_fields::Property;
pub use config::{ConfidenceSettings, Config, Limits, ScopeSettings, Slippage, config_schema};
pub use docs::pages;
pub use enrichment::{AnswerColumn, Enrichment, Price, header_schema};
pub use models::{AskedModel, ModelParameter, ModelRole, ModelTraits};
pub use notebooks::{Content, RenderedPipeline, notebooks};
pub use other_model::with_model;
pub use reference::ReferenceTable;
pub use registry::Registry;
pub use thresholds::EvalThresholds;
