//! Options that several commands share.

use std::time::Duration;

use clap::Args;
use piq_databricks::workspace::Limits;

/// Options of every command that talks to a workspace.
#[derive(Debug, Clone, Args)]
pub(crate) struct WorkspaceOptions {
    /// Send at most this many requests at a time
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// How long to retry transient failures, such as `30s` or `2m`
    #[arg(long, value_parser = parse_duration, default_value = "2m", value_name = "TIME")]
    retry_timeout: Duration,
}

impl WorkspaceOptions {
    pub(crate) fn limits(&self) -> Limits {
        Limits { concurrency: self.concurrency.into(), retry: self.retry_timeout, ..Limits::default() }
    }
}

/// `50ms`, `30s`, `5m`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let whole = |number: &str| number.parse::<u64>().ok();
    let parsed = if let Some(number) = text.strip_suffix("ms") {
        whole(number).map(Duration::from_millis)
    } else if let Some(number) = text.strip_suffix('s') {
        whole(number).map(Duration::from_secs)
    } else {
        text.strip_suffix('m').and_then(whole).and_then(|n| n.checked_mul(60)).map(Duration::from_secs)
    };
    parsed.ok_or_else(|| format!("expected a duration such as `50ms`, `30s` or `5m`, found `{text}`"))
}
