//! The PipelineIQ pipeline: enrichment files, waves, ledger and reference tables.

mod config;
mod enrichment;
mod reference;
mod registry;
mod waves;

pub use config::{Config, Limits, Scope};
pub use enrichment::{Column, Enrichment};
pub use reference::ReferenceTable;
pub use registry::Registry;
