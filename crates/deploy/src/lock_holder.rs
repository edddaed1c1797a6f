//! Who holds the lock of a deployment, as its file says.

use serde::{Deserialize, Serialize};

use super::{DeployError, short_hash};

/// Name of the file in the folder of the state.
pub(super) const LOCK_FILE: &str = "piq.lock";
/// How long a lock counts that cannot be read.
const UNKNOWN_TTL: u64 = 60;

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
    /// How long it counts after it was last renewed.
    #[serde(default)]
    pub ttl_seconds: u64,
    /// How often it was renewed.
    #[serde(default)]
    pub renewals: u64,
}

impl Holder {
    /// Whoever wrote a lock that cannot be read: it lapses as any other, and can be taken over by force.
    pub(super) fn unknown(bytes: &[u8]) -> Self {
        Self {
            nonce: short_hash(bytes),
            user: "somebody unknown".to_owned(),
            host: "an unknown machine".to_owned(),
            pid: 0,
            process_start: String::new(),
            ci_run: None,
            since: "an unknown time".to_owned(),
            ttl_seconds: UNKNOWN_TTL,
            renewals: 0,
        }
    }

    /// The file of the lock.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, DeployError> {
        serde_json::to_vec(self).map_err(|e| DeployError::refused(format!("cannot write the lock as JSON: {e}")))
    }
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
