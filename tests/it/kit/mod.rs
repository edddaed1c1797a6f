//! The kit of all rigs: piq as a process, the folder of a project, a workspace as a process or in this one, and what
//! stands around them.

pub(crate) mod in_process;
pub(crate) mod issuer;
pub(crate) mod loopback;
pub(crate) mod named_tests;
mod output;
pub(crate) mod process;
mod project;
pub(crate) mod terminal;
pub(crate) mod venv;
mod workspace;

pub(crate) use output::{code, ended_well, follows_schema, good, said, text, whole};
pub(crate) use process::{Running, first_line, piq, piq_at, signal};
pub(crate) use project::Project;
pub(crate) use workspace::{Workspace, engine_dir, send};
