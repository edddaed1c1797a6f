//! All printing: results, logs, failures, progress, reports, Markdown.

pub(crate) mod briefing;
pub(crate) mod format;
pub(crate) mod number;
pub(crate) mod plan_markdown;
pub(crate) mod printer;
pub(crate) mod progress;
pub(crate) mod prompt;
pub(crate) mod query_result;
pub(crate) mod report;
pub(crate) mod run_summary;
pub(crate) mod style;
pub(crate) mod trace_excerpt;
pub(crate) mod usage;
pub(crate) mod wrap;
