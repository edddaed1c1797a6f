//! Loading a bundle: the dialect of `databricks.yml`, targets, variables, every value with its file and line.

mod cron;
mod discover;
mod dynamic;
mod facts;
mod files;
mod foreign;
mod git;
mod graph;
mod guards;
mod include;
mod jobs;
mod known;
mod late;
mod layers;
mod load;
mod loaded;
mod local;
mod merge;
mod mode;
mod node;
mod outputs;
mod paths;
mod prefix;
mod project;
mod python;
mod reference;
mod resolve;
mod resource;
mod resources;
mod scripts;
mod settings;
mod shape;
pub mod shell;
mod target;
mod variables;
mod yaml;

#[cfg(test)]
mod tests;

pub use discover::{Found, discover};
pub use facts::{CurrentUser, Facts};
pub use git::GitFacts;
pub use guards::{CHECKS, OVERRIDES, unknown_check};
pub use load::{LoadOptions, load, load_to_render, targets};
pub use loaded::Loaded;
pub use local::{local_library, local_package, local_requirements};
pub use node::{Entry, Map, Node, Number, Value};
pub use outputs::{fill_outputs, output_references, unfilled};
pub use paths::{clean, relative};
pub use project::Project;
pub use resource::{Lookup, Need, Resource, ResourceKind};
pub use scripts::{Hook, Script, preinit};
pub use settings::{Mode, Presets, Sync, WorkspaceSettings};
pub use yaml::{Document, parse};
