//! Commands for writing a project: create, render, check.

pub(crate) mod completions;
pub(crate) mod dashboards;
pub(crate) mod dev;
pub(crate) mod docs;
mod docs_pipeline;
pub(crate) mod generate;
pub(crate) mod init;
mod locations;
mod man;
pub(crate) mod new;
mod planned_cells;
pub(crate) mod render;
pub(crate) mod schema;
pub(crate) mod upgrade;
pub(crate) mod validate;
