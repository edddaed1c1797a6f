//! What the handlers of requests have in common: the workspace as they see it, who asks, bodies, errors.

mod app;
mod auth;
mod credentials;
mod error;
mod extract;
mod guests;
mod identity;
mod running;
mod statements;

pub(crate) use app::{App, WORKSPACE_ID, model_gateway, now};
pub(crate) use auth::require;
pub(crate) use credentials::{Credentials, NoCredentials};
pub(crate) use error::ApiError;
pub(crate) use extract::{Body, Caller, Params, page_offset};
pub(crate) use identity::{Identity, LIFETIME, USER};
pub(crate) use statements::StatementOutcome;
