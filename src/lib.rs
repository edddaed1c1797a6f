//! piq renders, checks, deploys and runs PipelineIQ. `ARCHITECTURE.md` shows how the modules fit.

pub mod auth;
pub mod cli;
pub mod dashboard;
pub mod deploy;
pub mod diagnostic;
pub mod env;
pub mod insight;
pub mod local;
pub mod pipeline;
pub mod project;
pub mod render;
pub mod sample;
pub mod shell;
pub mod sql;
pub mod starter;
pub mod template;
pub mod workspace;
