//! Sample use cases with a known truth: seeded, the same on every machine, fictional names only.

mod mutate;
mod notes;
mod rng;
mod usecase;

pub use mutate::{mutated, size};
pub use notes::Shape;
pub use usecase::{SampleOptions, UseCase, generate};
