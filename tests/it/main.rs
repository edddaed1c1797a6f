//! One integration binary: the committed project, and piq from outside.

mod cli;
mod pipeline;
mod readme;
mod support;
