//! The whole of a deploy: look, plan, ask, lock, upload, change, record.

use std::time::Duration;

use futures_util::future::{try_join, try_join_all, try_join3};
use serde::Serialize;

use super::apply::Apply;
use super::fenced::{Fenced, Repeats};
use super::lock::{Lock, LockOptions};
use super::observe::{Observed, StateAhead, observe, read_state};
use super::plan::{Changes, Plan, plan, select};
use super::progress::{Event, Progress};
use super::{Cancel, DeployError, Desired};
use piq_databricks::workspace::{Stats, Workspace};

/// How long an interrupted deploy tries to give the lock back.
const PATIENCE: Duration = Duration::from_secs(5);

/// How to deploy.
#[derive(Debug, Clone)]
pub struct Options {
    /// How to take the lock.
    pub lock: LockOptions,
    /// Resources may be deleted without asking.
    pub allow_delete: bool,
    /// The resources to deploy; all if empty.
    pub select: Vec<String>,
    /// The plan that was made before: another one is not carried out.
    pub expected: Option<Plan>,
    /// What a check forbids is done all the same, and named.
    pub force: bool,
    /// Permissions and grants in the workspace are read, not only the recorded ones.
    pub refresh: bool,
    /// The state, if it was read before what is wanted was known.
    pub ahead: Option<StateAhead>,
    /// Stops the deploy; the lock is given back.
    pub cancel: Cancel,
}

impl Options {
    /// Everything is deployed, nothing is forced, and deletions are asked about.
    pub fn new(lock: LockOptions, cancel: Cancel) -> Self {
        Self {
            lock,
            allow_delete: false,
            select: Vec::new(),
            expected: None,
            force: false,
            refresh: false,
            ahead: None,
            cancel,
        }
    }
}

/// What a deploy did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeployReport {
    /// How many things changed.
    pub changes: Changes,
    /// The current release, for a production target.
    pub release: Option<String>,
    /// What it cost.
    pub stats: Stats,
}

/// Deploys.
///
/// # Errors
/// What the workspace refuses, a lock that is held too long, deletions that nobody approved.
pub async fn deploy(
    workspace: &dyn Workspace,
    desired: &Desired,
    options: &Options,
    progress: &dyn Progress,
) -> Result<DeployReport, DeployError> {
    let observed = tokio::select! {
        observed = observe(workspace, desired, options.ahead.as_ref(), options.refresh) => observed?,
        () = options.cancel.wait() => return Err(DeployError::Interrupted),
    };
    let mut observed = observed;
    let mut made = select(plan(desired, &observed), &options.select, desired, &observed)?;
    if observed.lock_seen && made.resources.iter().any(|change| change.conflict.is_some()) {
        // what looks like somebody's edit may be the work of a deploy in progress
        let waited = async {
            Lock::acquire(workspace, &desired.site.state_dir, &options.lock, progress)
                .await?
                .release(workspace)
                .await?;
            observe(workspace, desired, None, options.refresh).await
        };
        observed = tokio::select! {
            observed = waited => observed?,
            () = options.cancel.wait() => return Err(DeployError::Interrupted),
        };
        made = select(plan(desired, &observed), &options.select, desired, &observed)?;
    }
    if let Some(expected) = &options.expected {
        same(expected, &made)?;
    }
    let made = if made.is_empty() {
        if observed.lock_seen {
            // the last deploy did its work and died before it gave the lock back
            Lock::sweep(workspace, &desired.site.state_dir, &options.lock, progress).await?;
        }
        made
    } else {
        gate(&made, options, progress)?;
        progress.event(Event::Planned(&made));
        made.notes.iter().for_each(|note| progress.event(Event::Note(note)));
        locked(workspace, desired, options, progress, observed, made).await?
    };
    Ok(DeployReport { changes: made.changes, release: made.release, stats: workspace.stats() })
}

fn moved() -> DeployError {
    DeployError::refused("another deploy came after the plan was made; nothing was changed")
        .hint("make a new plan with `piq plan --out FILE`")
}

/// Whether the plan that was made before is still the one.
fn same(expected: &Plan, made: &Plan) -> Result<(), DeployError> {
    let another = |what: &str| {
        DeployError::refused(format!("{what}; nothing was changed")).hint("make a new plan with `piq plan --out FILE`")
    };
    if expected.bundle != made.bundle || expected.target != made.target {
        let of = format!("the plan is for bundle `{}`, target `{}`", expected.bundle, expected.target);
        return Err(another(&of));
    }
    if expected.content != made.content {
        return Err(another("the bundle changed after the plan was made"));
    }
    if expected.lineage != made.lineage || expected.serial != made.serial {
        return Err(moved());
    }
    if expected != made {
        return Err(another("the workspace changed after the plan was made"));
    }
    Ok(())
}

/// Whether the plan may be carried out.
fn gate(plan: &Plan, options: &Options, progress: &dyn Progress) -> Result<(), DeployError> {
    for change in &plan.resources {
        match &change.conflict {
            Some(why) if change.forcible && options.force => {
                progress.event(Event::Note(&format!("forced: {why}")));
            }
            Some(why) => return Err(DeployError::refused(format!("{why}; nothing was changed"))),
            None => {}
        }
    }
    let deletions: Vec<&str> = plan.deletions().map(|d| d.key.as_str()).collect();
    if deletions.is_empty() || options.allow_delete || progress.approve(plan) {
        return Ok(());
    }
    let message = format!("the deploy would delete {}; nothing was changed", deletions.join(", "));
    Err(DeployError::refused(message).hint("pass `--allow-delete` to delete"))
}

/// Takes the lock, carries the plan out, and gives the lock back whatever happens.
async fn locked(
    workspace: &dyn Workspace,
    desired: &Desired,
    options: &Options,
    progress: &dyn Progress,
    observed: Observed,
    made: Plan,
) -> Result<Plan, DeployError> {
    let apply = Apply::new(workspace, desired, &made, &observed, progress);
    let folders = async {
        let mut folders = apply.missing_folders();
        if observed.state.is_none() {
            folders.push(desired.site.state_dir.clone());
        }
        let each = folders.iter().map(|f| workspace.mkdirs(f));
        try_join_all(each).await.map(drop).map_err(DeployError::during("cannot create the folders"))
    };
    let take = Lock::acquire(workspace, &desired.site.state_dir, &options.lock, progress);
    let begin = async {
        if observed.state.is_none() {
            folders.await?;
            take.await
        } else {
            Ok(try_join(folders, take).await?.1)
        }
    };
    let lock = tokio::select! {
        lock = begin => lock?,
        () = options.cancel.wait() => return Err(DeployError::Interrupted),
    };
    let _repeats = Repeats::under(workspace, &lock);
    let fenced = Fenced::new(workspace, &lock);
    let done = tokio::select! {
        done = under_lock(&fenced, desired, options, progress, (&observed, &made), &lock) => done,
        lost = lock.keep(workspace) => Err(lost),
        () = options.cancel.wait() => Err(DeployError::Interrupted),
    };
    let released = release(workspace, lock, &done).await;
    let done = done?;
    released?;
    Ok(done.unwrap_or(made))
}

/// Gives the lock back. A caller who asked to stop does not wait for a workspace that does not answer: the lock of a
/// process that is gone does not count.
pub(super) async fn release<T>(
    workspace: &dyn Workspace,
    lock: Lock,
    done: &Result<T, DeployError>,
) -> Result<(), DeployError> {
    let release = lock.release(workspace);
    match done {
        Err(DeployError::Interrupted) => tokio::time::timeout(PATIENCE, release).await.unwrap_or(Ok(())),
        _ => release.await,
    }
}

/// Gives the plan that was carried out if it is another than the one before the lock.
async fn under_lock(
    workspace: &dyn Workspace,
    desired: &Desired,
    options: &Options,
    progress: &dyn Progress,
    (observed, made): (&Observed, &Plan),
    lock: &Lock,
) -> Result<Option<Plan>, DeployError> {
    let apply = Apply::new(workspace, desired, made, observed, progress);
    if options.expected.is_some() {
        // nothing may be written before it is certain that the plan still holds
        let state = read_state(workspace, &desired.site).await?;
        if state.as_ref().map(|s| s.serial) != apply.written_state().map(|s| s.serial) {
            return Err(moved());
        }
    }
    // what is uploaded is wanted whatever the state says by now
    let (state, (), ()) = try_join3(read_state(workspace, &desired.site), apply.upload(), apply.early()).await?;
    let seen = |s: &super::DeployState| (s.lineage.clone(), s.serial);
    if state.as_ref().map(seen) == apply.written_state().map(seen) {
        apply.finish().await?;
        return Ok(None);
    }
    // it finished before this one took the lock, or it took the lock away while this process was stopped
    lock.ours(workspace).await?;
    progress.event(Event::Note("another deploy finished meanwhile: planning again"));
    if options.expected.is_some() {
        return Err(moved());
    }
    let observed = observe(workspace, desired, None, options.refresh).await?;
    let made = select(plan(desired, &observed), &options.select, desired, &observed)?;
    if made.is_empty() {
        return Ok(Some(made));
    }
    gate(&made, options, progress)?;
    let apply = Apply::new(workspace, desired, &made, &observed, progress);
    try_join_all(apply.missing_folders().iter().map(|f| workspace.mkdirs(f))).await?;
    try_join(apply.upload(), apply.early()).await?;
    apply.finish().await?;
    Ok(Some(made))
}
