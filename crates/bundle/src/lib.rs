//! Loading a bundle: the dialect of `databricks.yml`, targets, variables, every value with its place.

mod bundle;
mod cron;
mod discover;
mod dynamic;
mod facts;
mod files;
mod foreign;
mod git;
mod graph;
mod include;
mod jobs;
mod known;
mod late;
mod layers;
mod load;
mod local;
mod merge;
mod mode;
mod node;
mod outputs;
mod paths;
mod python;
mod reference;
mod resolve;
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

pub use bundle::{Lookup, Project, Resource, ResourceKind};
pub use discover::{Found, discover};
pub use facts::{CurrentUser, Facts};
pub use git::{GitFacts, git_facts};
pub use load::{LoadOptions, Loaded, load, load_to_render, targets};
pub use local::{local_library, local_package, local_requirements};
pub use node::{Entry, Map, Node, Number, Value};
pub use outputs::{fill_outputs, output_references, unfilled};
pub use paths::{clean, relative};
pub use resolve::Need;
pub use scripts::{Hook, Script, preinit};
pub use settings::{Mode, Presets, Sync, WorkspaceSettings};
pub use yaml::{Document, parse};
