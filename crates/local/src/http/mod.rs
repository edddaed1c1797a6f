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

pub(crate) use app::{App, WORKSPACE_ID, now};
pub(crate) use auth::{Identity, LIFETIME, USER, require};
pub(crate) use credentials::{Credentials, NoCredentials};
pub(crate) use error::ApiError;
pub(crate) use extract::{Body, Params};
pub(crate) use listener::{Connection, Loopback};
pub(crate) use requests::around;
pub(crate) use statements::Outcome;
