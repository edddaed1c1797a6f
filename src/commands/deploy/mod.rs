//! Commands that change a workspace, and the plan before.

pub(crate) mod bind;
pub(crate) mod bootstrap;
mod cost;
#[expect(clippy::module_inception, reason = "the folder and its main command have one name")]
pub(crate) mod deploy;
pub(crate) mod destroy;
mod parameters;
pub(crate) mod plan;
pub(crate) mod retry;
pub(crate) mod rollback;
pub(crate) mod run;
mod script;
pub(crate) mod state;
pub(crate) mod unbind;
