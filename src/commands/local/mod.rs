//! Commands for the workspace on this machine.

pub(crate) mod demo;
#[cfg(feature = "preview")]
mod demo_dashboards;
mod demo_screen;
pub(crate) mod load;
pub(crate) mod sample_data;
mod stored_sample;
pub(crate) mod workspace;
