//! What the handlers of requests have in common: the workspace as they see it, who asks, bodies, errors, the log.

mod app;
mod auth;
mod credentials;
mod error;
mod extract;
mod guests;
mod listener;
mod requests;
mod running;
mod statements;

pub use app::{App, WORKSPACE_ID, now};
pub use auth::{Identity, LIFETIME, USER, require};
pub use credentials::{Credentials, NoCredentials};
pub use error::ApiError;
pub use extract::{Body, Params};
pub use listener::{Connection, Loopback};
pub use requests::around;
pub use statements::Outcome;
