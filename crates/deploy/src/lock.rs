//! The lock of a deployment: a file in the workspace that only one can create.
//!
//! It names its holder and is renewed while it is held. A lock that was not renewed for its time to live, or whose
//! holder is known to be dead, is taken over. Two that want to take over the same lock are kept apart by a second file
//! that the lock's nonce names, to which the same rules apply.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::lock_holder::{Holder, LOCK_FILE};
use super::progress::{Event, Progress};
use super::{DeployError, random_name};
use piq_databricks::workspace::{Content, Import, ImportOutcome, Workspace};

/// How long between two looks at a lock that is held.
const LOOK: Duration = Duration::from_secs(1);
/// Takeovers of takeovers that are followed.
const DEPTH: u32 = 8;

/// Whether the process of a holder on this machine is alive; nothing if that cannot be told.
pub type Alive = Arc<dyn Fn(&Holder) -> Option<bool> + Send + Sync>;

/// How to take a lock.
#[derive(Clone)]
pub struct LockOptions {
    /// Who takes it; each lock gets a new nonce.
    pub holder: Holder,
    /// How long to wait for somebody else's.
    pub timeout: Duration,
    /// How long it counts after it was last renewed.
    pub ttl: Duration,
    /// How often it is renewed.
    pub heartbeat: Duration,
    /// Tells the dead.
    pub alive: Alive,
    /// Whether another's is taken over at once, whoever holds it.
    pub forced: bool,
}

impl LockOptions {
    /// A minute to live, renewed three times in it.
    pub fn new(holder: Holder, timeout: Duration, alive: Alive) -> Self {
        Self { holder, timeout, ttl: Duration::from_secs(60), heartbeat: Duration::from_secs(20), alive, forced: false }
    }
}

impl std::fmt::Debug for LockOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LockOptions").field("holder", &self.holder).field("timeout", &self.timeout).finish()
    }
}

/// A lock that is held.
#[derive(Debug)]
pub struct Lock {
    path: String,
    holder: Holder,
    heartbeat: Duration,
    /// When it was last known to be ours, by the clock that also runs while the machine sleeps.
    renewed: Moment,
    /// When this process last ran without having been stopped before.
    awake: Moment,
}

/// A time that changes.
#[derive(Debug, Clone)]
struct Moment(Arc<std::sync::Mutex<SystemTime>>);

impl Moment {
    fn now() -> Self {
        Self(Arc::new(std::sync::Mutex::new(SystemTime::now())))
    }

    fn set(&self) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = SystemTime::now();
    }

    fn since(&self) -> Duration {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).elapsed().unwrap_or_default()
    }
}

impl Lock {
    /// Takes the lock in a folder that is there.
    ///
    /// # Errors
    /// The holder's name when the time is over.
    pub async fn acquire(
        workspace: &dyn Workspace,
        folder: &str,
        options: &LockOptions,
        progress: &dyn Progress,
    ) -> Result<Self, DeployError> {
        let end = Instant::now() + options.timeout;
        let mut seeker = Seeker { workspace, options, progress, end, told: false };
        seeker.acquire(format!("{folder}/{LOCK_FILE}"), DEPTH).await
    }

    /// Takes away a lock that somebody left behind; one that counts stays.
    ///
    /// # Errors
    /// What the workspace refuses.
    pub(crate) async fn sweep(
        workspace: &dyn Workspace,
        folder: &str,
        options: &LockOptions,
        progress: &dyn Progress,
    ) -> Result<(), DeployError> {
        let at_once = LockOptions { timeout: Duration::ZERO, ..options.clone() };
        match Self::acquire(workspace, folder, &at_once, progress).await {
            Ok(lock) => lock.release(workspace).await,
            Err(DeployError::Refused { .. }) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Whether this process may have been stopped: then its lock may be another's by now, whatever its age.
    fn was_stopped(&self) -> bool {
        self.awake.since() > self.heartbeat / 5
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(self.holder.ttl_seconds)
    }

    /// Renews the lock again and again; ends only when it is lost.
    pub async fn keep(&self, workspace: &dyn Workspace) -> DeployError {
        let mut beat = self.holder.clone();
        loop {
            tokio::time::sleep(self.heartbeat / 10).await;
            if !self.was_stopped() && self.renewed.since() < self.heartbeat {
                self.awake.set();
                continue;
            }
            match self.ours(workspace).await {
                Err(lost @ DeployError::Refused { .. }) => return lost,
                Err(_) if self.renewed.since() < self.ttl() => continue,
                Err(e) => return e,
                Ok(()) => self.awake.set(),
            }
            beat.renewals += 1;
            let written = async {
                let bytes = beat.bytes()?;
                let import = Import { path: &self.path, content: Content::File, bytes: &bytes, overwrite: true };
                workspace.import(import).await.map_err(DeployError::from)
            };
            if written.await.is_ok() {
                self.renewed.set();
            }
        }
    }

    /// Makes sure, before a write, that the lock is still ours. Costs a request only when it was not renewed for long, or
    /// when this process did not run for a while, as after the machine slept.
    ///
    /// # Errors
    /// A lock that somebody took over.
    pub async fn confirm(&self, workspace: &dyn Workspace) -> Result<(), DeployError> {
        if self.certainty()() { Ok(()) } else { self.ours(workspace).await }
    }

    /// Tells whether the lock is ours for certain, without a request.
    pub(super) fn certainty(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let (renewed, awake) = (self.renewed.clone(), self.awake.clone());
        let (half, pause) = (self.ttl() / 2, self.heartbeat / 5);
        move || renewed.since() < half && awake.since() <= pause
    }

    /// Asks whether the lock is still ours.
    pub(super) async fn ours(&self, workspace: &dyn Workspace) -> Result<(), DeployError> {
        match read(workspace, &self.path).await? {
            Some(holder) if holder.nonce == self.holder.nonce => Ok(()),
            Some(holder) => {
                let message = format!("{holder} took the lock: this process did not renew it in time");
                Err(DeployError::refused(message).hint("deploy again"))
            }
            None => Err(DeployError::refused("another process took the lock").hint("deploy again")),
        }
    }

    /// Gives the lock back, if it is still ours.
    ///
    /// # Errors
    /// What the workspace refuses.
    pub async fn release(self, workspace: &dyn Workspace) -> Result<(), DeployError> {
        if matches!(self.confirm(workspace).await, Err(DeployError::Refused { .. })) {
            return Ok(());
        }
        workspace.delete(&self.path).await.map_err(DeployError::during("cannot release the lock"))?;
        Ok(())
    }
}

/// One attempt to get a lock.
struct Seeker<'a> {
    workspace: &'a dyn Workspace,
    options: &'a LockOptions,
    progress: &'a dyn Progress,
    end: Instant,
    told: bool,
}

/// Why somebody's lock may be taken.
enum Standing {
    /// It counts, for this long at least if it is not renewed.
    Counts(Duration),
    /// Its holder cannot come back, or did not renew it.
    Lapsed,
}

impl Seeker<'_> {
    async fn acquire(&mut self, path: String, depth: u32) -> Result<Lock, DeployError> {
        let holder = Holder {
            nonce: random_name()?,
            ttl_seconds: self.options.ttl.as_secs().max(1),
            renewals: 0,
            ..self.options.holder.clone()
        };
        let heartbeat = self.options.heartbeat;
        let lock = Lock { path, holder, heartbeat, renewed: Moment::now(), awake: Moment::now() };
        loop {
            let import =
                Import { path: &lock.path, content: Content::File, bytes: &lock.holder.bytes()?, overwrite: false };
            lock.renewed.set();
            lock.awake.set();
            let outcome = self.workspace.import(import).await.map_err(DeployError::during("cannot take the lock"))?;
            if outcome == ImportOutcome::Done {
                return Ok(lock);
            }
            let Some(other) = read(self.workspace, &lock.path).await? else { continue };
            if other.nonce == lock.holder.nonce {
                // the answer to an earlier try was lost
                return Ok(lock);
            }
            match self.standing(&lock.path, &other).await? {
                Standing::Lapsed if depth > 0 => {
                    if self.take_over(&lock, &other, depth).await? {
                        return Ok(lock);
                    }
                }
                Standing::Lapsed => self.wait(&other, self.options.ttl).await?,
                Standing::Counts(left) => self.wait(&other, left).await?,
            }
        }
    }

    /// Takes over the lock of `other`; false if somebody else was faster.
    async fn take_over(&mut self, lock: &Lock, other: &Holder, depth: u32) -> Result<bool, DeployError> {
        let right = Box::pin(self.acquire(format!("{}.{}", lock.path, other.nonce), depth - 1)).await?;
        let still = read(self.workspace, &lock.path).await?.is_some_and(|now| now.nonce == other.nonce);
        if still {
            self.progress.event(Event::TookOver(other));
            let import =
                Import { path: &lock.path, content: Content::File, bytes: &lock.holder.bytes()?, overwrite: true };
            self.workspace.import(import).await.map_err(DeployError::during("cannot take the lock over"))?;
        }
        right.release(self.workspace).await?;
        Ok(still)
    }

    async fn standing(&self, path: &str, other: &Holder) -> Result<Standing, DeployError> {
        let same_ci = other.ci_run.is_some() && other.ci_run == self.options.holder.ci_run;
        let same_host = other.host == self.options.holder.host;
        let same_process =
            other.pid == self.options.holder.pid && other.process_start == self.options.holder.process_start;
        if self.options.forced
            || (same_ci && !(same_host && same_process))
            || (same_host && (self.options.alive)(other) == Some(false))
        {
            return Ok(Standing::Lapsed);
        }
        let ttl = i64::try_from(other.ttl_seconds.max(1)).unwrap_or(i64::MAX).saturating_mul(1000);
        let renewed = self.workspace.status(path).await?.and_then(|o| o.modified_at);
        let age = renewed.zip(self.workspace.clock()).map_or(0, |(renewed, now)| now - renewed);
        match u64::try_from(ttl - age) {
            Ok(left) if left > 0 => Ok(Standing::Counts(Duration::from_millis(left))),
            _ => Ok(Standing::Lapsed),
        }
    }

    /// Waits a little for somebody else's lock.
    async fn wait(&mut self, other: &Holder, left: Duration) -> Result<(), DeployError> {
        if Instant::now() >= self.end {
            let message =
                format!("another deploy is in progress: {other}; its lock expires in {} s", left.as_secs().max(1));
            return Err(DeployError::refused(message)
                .hint("wait for it with `--lock-timeout`, or take its lock with `--force-lock`"));
        }
        if !self.told {
            self.progress.event(Event::Waiting(other, left));
            self.told = true;
        }
        let pause = LOOK.min(left).max(Duration::from_millis(20));
        tokio::time::sleep(pause.min(self.end.saturating_duration_since(Instant::now()))).await;
        Ok(())
    }
}

async fn read(workspace: &dyn Workspace, path: &str) -> Result<Option<Holder>, DeployError> {
    let bytes = workspace.export(path).await.map_err(DeployError::during("cannot read the lock"))?;
    Ok(bytes.map(|bytes| serde_json::from_slice(&bytes).unwrap_or_else(|_| Holder::unknown(&bytes))))
}
