//! What tests need of the workspace: faults, latency, a log of requests, more users, federation policies. Compiled with
//! the feature `lab` only.

mod around;
mod exchange;
mod faults;
mod federation;
mod listener;
mod requests;
mod routes;
mod state;

pub(crate) use around::around;
pub(crate) use exchange::exchange;
pub(crate) use listener::{Connection, Loopback};
pub(crate) use routes::routes;
pub(crate) use state::Lab;
