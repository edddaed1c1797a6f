//! The lock of a deployment: a file in the workspace that only one can create.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::progress::{Event, Progress};
use super::{DeployError, random_name};
use crate::workspace::{Content, Files, Import, ImportOutcome, Workspace};

/// Name of the file in the folder of the state.
const LOCK_FILE: &str = "piq.lock";
/// How long between two looks at a lock that is held.
const LOOK: Duration = Duration::from_secs(2);

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Tells one taking of the lock from every other.
    pub nonce: String,
    /// User name in the workspace.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// When the process started, in the system's own count: a number may be used again.
    pub process_start: String,
    /// The CI run and job, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci_run: Option<String>,
    /// When it was taken, in UTC.
    pub since: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {}, process {}", self.user, self.host, self.pid)?;
        if let Some(run) = &self.ci_run {
            write!(f, ", CI run {run}")?;
        }
        write!(f, ", since {}", self.since)
    }
}

/// Whether the process of a holder on this machine is alive; nothing if that cannot be told.
pub type Alive = Arc<dyn Fn(&Holder) -> Option<bool> + Send + Sync>;

/// How to take a lock.
#[derive(Clone)]
pub struct LockOptions {
    /// Who takes it; the nonce is made anew.
    pub holder: Holder,
    /// How long to wait for somebody else's.
    pub timeout: Duration,
    /// Whether the process of a holder on this machine is alive; nothing if that cannot be told.
    pub alive: Alive,
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
    nonce: String,
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
        let nonce = random_name()?;
        let path = format!("{folder}/{LOCK_FILE}");
        let holder = Holder { nonce: nonce.clone(), ..options.holder.clone() };
        let bytes = serde_json::to_vec(&holder).unwrap_or_default();
        let end = Instant::now() + options.timeout;
        let mut told = false;
        loop {
            let import = Import { path: &path, content: Content::File, bytes: &bytes, overwrite: false };
            let outcome = workspace.import(import).await.map_err(DeployError::during("cannot take the lock"))?;
            if outcome == ImportOutcome::Done {
                return Ok(Self { path, nonce });
            }
            let Some(other) = read(workspace, &path).await? else { continue };
            if other.nonce == nonce {
                // the answer to an earlier try was lost
                return Ok(Self { path, nonce });
            }
            if gone(&other, options) {
                progress.event(Event::TookOver(&other));
                workspace.delete(&path).await?;
                continue;
            }
            if Instant::now() >= end {
                let message = format!("another deploy is in progress: {other}");
                return Err(
                    DeployError::refused(message).hint("wait for it, or give it more time with `--lock-timeout`")
                );
            }
            if !told {
                progress.event(Event::Waiting(&other));
                told = true;
            }
            tokio::time::sleep(LOOK.min(end.saturating_duration_since(Instant::now()))).await;
        }
    }

    /// Gives the lock back, if it is still ours.
    ///
    /// # Errors
    /// What the workspace refuses.
    pub async fn release(self, workspace: &dyn Workspace) -> Result<(), DeployError> {
        let _ = self.nonce;
        workspace.delete(&self.path).await.map_err(DeployError::during("cannot release the lock"))?;
        Ok(())
    }
}

/// Whether a holder cannot come back: its process is dead, or it is an earlier try of our own CI run.
fn gone(other: &Holder, options: &LockOptions) -> bool {
    let same_ci = other.ci_run.is_some() && other.ci_run == options.holder.ci_run;
    let same_host = other.host == options.holder.host;
    same_ci || (same_host && (options.alive)(other) == Some(false))
}

async fn read(files: &dyn Workspace, path: &str) -> Result<Option<Holder>, DeployError> {
    let Some(bytes) = Files::export(files, path).await? else { return Ok(None) };
    let holder = serde_json::from_slice(&bytes);
    holder.map(Some).map_err(|e| {
        DeployError::refused(format!("cannot read the lock {path}: {e}")).hint("delete it if no deploy is in progress")
    })
}
