//! One integration binary: the committed project, and piq from outside.

mod cli;
mod init;
mod new_enrichment;
mod pipeline;
mod readme;
mod support;
