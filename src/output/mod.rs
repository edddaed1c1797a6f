//! All printing: results, logs, failures, progress, tables, Markdown.

pub(crate) mod plan_markdown;
pub(crate) mod printer;
pub(crate) mod progress;
pub(crate) mod usage;
