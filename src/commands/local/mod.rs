//! Commands for the workspace on this machine.

pub(crate) mod demo;
#[cfg(feature = "preview")]
mod demo_dashboards;
pub(crate) mod sample_data;
pub(crate) mod workspace;
