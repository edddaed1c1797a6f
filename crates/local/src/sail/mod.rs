//! Sail, the embedded SQL engine: Spark SQL over Delta tables in a folder, in a process of its own.
//!
//! Rust decides, Python carries out: names, parameters and the catalog are handled here (`sql`, `metastore`,
//! `session`), so that what the process keeps may be lost at any moment.

mod catalog;
mod engine;
mod environment;
mod host;
mod information_schema;
mod memory;
mod metastore;
mod session;
mod sql;
mod statements;
mod writes;

pub(crate) use engine::SailEngine;
pub use environment::{EngineState, Progress, engine_state};
