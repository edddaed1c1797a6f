//! As much of SQL as the local engine must understand: parameters, names of relations, and which statements
//! change the catalog. Everything else is Sail's.

mod additions;
mod command;
mod confined;
mod names;
mod parameters;

pub(super) use additions::additions;
pub(super) use command::{AddedColumn, Command, Creates, command};
pub(super) use confined::confined;
pub(super) use names::{Reference, references};
pub(super) use parameters::bind;

#[cfg(test)]
mod tests;
