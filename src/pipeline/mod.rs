//! The PipelineIQ pipeline: enrichment files, waves, ledger and reference tables.

mod config;
mod enrichment;
mod notebooks;
mod reference;
mod registry;
pub mod scaffold;
mod waves;

pub use config::{Config, Limits, Scope};
pub use enrichment::{Column, Enrichment, Price};
pub use notebooks::{Content, notebooks};
pub use reference::ReferenceTable;
pub use registry::Registry;
