//! As much of SQL as the local engine must understand: tokens, parameters, names of relations, and which statements
//! change the catalog. Everything else is Sail's.

mod additions;
mod command;
mod cursor;
mod names;
mod parameters;
mod tokens;

pub(super) use additions::additions;
pub(super) use command::{AddedColumn, Command, Creates, command};
pub(super) use names::{Reference, references};
pub(super) use parameters::bind;
pub(super) use tokens::{quote, string};

#[cfg(test)]
mod tests;
