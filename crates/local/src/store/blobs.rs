//! File contents by their SHA-256.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Store, StoreError, write_atomically};

pub(super) fn put(dir: &Path, content: &[u8]) -> Result<String, StoreError> {
    let name: String = Sha256::digest(content).iter().map(|b| format!("{b:02x}")).collect();
    let path = path(dir, &name);
    if !path.exists() {
        let folder = dir.join("blobs");
        std::fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
        write_atomically(&path, content)?;
    }
    Ok(name)
}

pub(super) fn get(dir: &Path, name: &str) -> Result<Vec<u8>, StoreError> {
    let path = path(dir, name);
    std::fs::read(&path).map_err(StoreError::io("read", &path))
}

/// Removes contents that nothing names any more.
pub(super) fn prune(store: &Store) -> Result<(), StoreError> {
    let folder = store.dir().join("blobs");
    if !folder.exists() {
        return Ok(());
    }
    let used: BTreeSet<String> = store.read(|t| {
        t.entries().filter_map(|(_, _, v)| v.get("blob").and_then(|b| b.as_str()).map(str::to_owned)).collect()
    });
    for entry in std::fs::read_dir(&folder).map_err(StoreError::io("list", &folder))? {
        let entry = entry.map_err(StoreError::io("list", &folder))?;
        if !used.contains(&*entry.file_name().to_string_lossy()) {
            std::fs::remove_file(entry.path()).map_err(StoreError::io("remove", &entry.path()))?;
        }
    }
    Ok(())
}

fn path(dir: &Path, name: &str) -> PathBuf {
    dir.join("blobs").join(name)
}
