//! `server.json`: how other commands find a running server.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::store::{StoreError, write_atomically};

/// Address and credentials of a running server.
#[derive(Clone, Serialize, Deserialize)]
pub struct ServerRecord {
    /// `http://127.0.0.1:port`.
    pub host: String,
    /// Personal access token of the user.
    pub token: String,
    /// The service principal.
    pub service_principal: ServicePrincipal,
    /// The SQL warehouse.
    pub warehouse_id: String,
    /// The server's process.
    pub pid: u32,
    /// Folder of the state.
    pub dir: PathBuf,
}

/// Credentials of a service principal.
#[derive(Clone, Serialize, Deserialize)]
pub struct ServicePrincipal {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
}

pub(super) fn write(dir: &Path, record: &ServerRecord) -> Result<(), StoreError> {
    let path = dir.join("server.json");
    let text = serde_json::to_vec(record).map_err(|e| StoreError::io("encode", &path)(e.into()))?;
    write_atomically(&path, &text)
}

pub(super) fn remove(dir: &Path) {
    // a file left behind does no harm: the lock, not this file, says whether a server runs
    let _ = std::fs::remove_file(dir.join("server.json"));
}

/// The server that runs for the workspace in `dir`, if any. A file left by a killed server does not count: its lock
/// is free.
pub fn find_running(dir: &Path) -> Option<ServerRecord> {
    let lock = File::open(dir.join("lock")).ok()?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => serde_json::from_slice(&std::fs::read(dir.join("server.json")).ok()?).ok(),
        _ => None,
    }
}
