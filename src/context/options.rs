//! Options that several commands share.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use piq_databricks::workspace::Limits;
use piq_deploy::LockOptions;

use crate::context::Context;
use crate::context::lock_holder::{holder, is_alive};
use crate::context::session::Session;

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

/// Options of every command that takes the deployment lock.
#[derive(Debug, Clone, Args)]
pub(crate) struct LockArgs {
    /// How long to wait for another deploy of the target, such as `30s` or `5m`
    #[arg(long, value_parser = parse_duration, default_value = "5m", value_name = "TIME")]
    lock_timeout: Duration,
    /// Take the lock from another deploy at once; that deploy stops
    #[arg(long)]
    force_lock: bool,
}

impl LockArgs {
    pub(crate) fn options(&self, context: &Context, session: &Session) -> LockOptions {
        let holder = holder(&context.env, &session.me.user_name);
        LockOptions { forced: self.force_lock, ..LockOptions::new(holder, self.lock_timeout, Arc::new(is_alive)) }
    }
}

/// `50ms`, `30s`, `5m`.
fn parse_duration(text: &str) -> Result<Duration, String> {
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
