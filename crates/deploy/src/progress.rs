//! What a deploy or a run tells whoever watches.

use std::time::Duration;

use super::lock_holder::Holder;
use super::plan::Plan;
use piq_databricks::workspace::{Run, TaskState};

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The plan was made; what it holds is about to be done.
    Planned(&'a Plan),
    /// The lock is held by somebody: it is waited for, for this long unless it is renewed.
    Waiting(&'a Holder, Duration),
    /// The lock of somebody who is gone was taken over.
    TookOver(&'a Holder),
    /// Files are uploaded: how many of how many.
    Uploaded(usize, usize),
    /// A resource was created, updated or deleted: what, and which.
    Changed(&'a str, &'a str),
    /// A remark that does not stop anything.
    Note(&'a str),
    /// A run was started.
    Started(&'a Run),
    /// A task of a run changed its state.
    Task(&'a TaskState),
    /// A task of a run says something else about what it does, in the same state.
    Doing(&'a TaskState),
}

/// Watches, and answers what only a person can.
pub trait Progress: Send + Sync {
    /// Is told what happens.
    fn event(&self, event: Event<'_>);

    /// Whether what the plan deletes may be deleted.
    fn approve(&self, _plan: &Plan) -> bool {
        false
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _: Event<'_>) {}
}
