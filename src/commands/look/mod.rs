//! Commands that only read: what is deployed, what the answers are, what is wrong.

pub(crate) mod auth;
pub(crate) mod doctor;
pub(crate) mod eval;
pub(crate) mod explain;
mod explanation;
pub(crate) mod open;
pub(crate) mod query;
pub(crate) mod status;
pub(crate) mod try_question;
