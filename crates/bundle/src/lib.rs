//! Loading a bundle: the dialect of `databricks.yml`, targets, variables, every value with its place.

mod bundle;
mod cron;
mod discover;
mod dynamic;
mod files;
mod foreign;
mod git;
mod include;
mod jobs;
mod known;
mod late;
mod load;
mod local;
mod merge;
mod mode;
mod node;
mod python;
mod reference;
mod resolve;
mod resources;
mod scripts;
mod settings;
mod shape;
pub mod shell;
mod variables;
mod yaml;

#[cfg(test)]
mod tests;

pub use bundle::{CurrentUser, Lookup, Project, Resource, ResourceKind};
pub use discover::{Found, discover};
pub use git::{GitFacts, git_facts};
pub use load::{LoadOptions, load, load_to_render, targets};
pub use local::{local_library, local_package, local_requirements};
pub use node::{Entry, Map, Node, Value};
pub use scripts::{Hook, Script, preinit};
pub use settings::{Mode, Presets, Sync, WorkspaceSettings};
pub use yaml::{Document, parse};
