//! The flags of every command that takes the deployment lock.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use piq_deploy::LockOptions;

use crate::context::Context;
use crate::context::lock_holder::{holder, is_alive};
use crate::context::options::parse_duration;
use crate::context::session::Session;

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
