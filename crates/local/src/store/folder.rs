//! The folder of a workspace: private to its user, marked as a workspace, and removed only if it is one.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{StoreError, write_atomically};
use crate::secret::hex;

/// The file that makes a folder a workspace.
const MARKER: &str = "workspace.json";

/// What a workspace keeps in its folder. Nothing else is ever removed.
const OWN: [&str; 8] =
    [MARKER, "lock", "log.jsonl", "blobs", "credentials.json", "server.json", "engine", ".gitignore"];

#[derive(Serialize, Deserialize)]
struct Marker {
    piq_workspace: u32,
    id: String,
}

/// What `reset` would delete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Files.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Entries that the workspace did not make; they stay.
    pub foreign: Vec<PathBuf>,
}

/// Makes the folder, for its user only, and marks it.
pub(super) fn prepare(dir: &Path) -> Result<(), StoreError> {
    private(dir)?;
    let marker = dir.join(MARKER);
    if is_workspace(dir) {
        return Ok(());
    }
    let id = hex(16).map_err(|e| StoreError::io("create", &marker)(std::io::Error::other(e.to_string())))?;
    let text = serde_json::to_vec(&Marker { piq_workspace: 1, id })
        .map_err(|e| StoreError::io("encode", &marker)(e.into()))?;
    write_atomically(&marker, &text)?;
    let ignore = dir.join(".gitignore");
    if ignore.exists() { Ok(()) } else { write_atomically(&ignore, b"*\n") }
}

/// Makes a folder and the folders above it that are missing, for their user only.
pub(crate) fn private(dir: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(StoreError::io("create", dir))?;
    #[cfg(unix)]
    if is_workspace(dir) || std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none()) {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(dir, mode).map_err(StoreError::io("protect", dir))?;
    }
    Ok(())
}

/// Whether piq made the folder: it has the marker with an id, or the log of an earlier version.
fn is_workspace(dir: &Path) -> bool {
    let marker = std::fs::read(dir.join(MARKER)).ok().and_then(|text| serde_json::from_slice::<Marker>(&text).ok());
    let old = || std::fs::read(dir.join("log.jsonl")).is_ok_and(|log| log.starts_with(super::log::HEADER.as_bytes()));
    marker.is_some_and(|m| m.id.len() == 32) || old()
}

/// What is in the folder of a workspace.
pub(super) fn contents(dir: &Path) -> Result<Contents, StoreError> {
    if !is_workspace(dir) {
        return Err(StoreError::NotAWorkspace(dir.to_owned()));
    }
    let mut contents = Contents::default();
    for entry in std::fs::read_dir(dir).map_err(StoreError::io("list", dir))? {
        let entry = entry.map_err(StoreError::io("list", dir))?;
        if OWN.iter().any(|own| entry.file_name() == *own) {
            count(&entry.path(), &mut contents);
        } else {
            contents.foreign.push(entry.path());
        }
    }
    Ok(contents)
}

fn count(path: &Path, contents: &mut Contents) {
    // a file that vanishes meanwhile is not counted
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return };
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            count(&entry.path(), contents);
        }
    } else {
        contents.files += 1;
        contents.bytes += metadata.len();
    }
}

/// Removes what the workspace made, the marker last, and the folder if nothing else is in it.
pub(super) fn remove(dir: &Path) -> Result<(), StoreError> {
    for own in OWN.iter().rev() {
        let path = dir.join(own);
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        let removed = if metadata.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.map_err(StoreError::io("remove", &path))?;
    }
    // a folder that holds something else stays
    let _ = std::fs::remove_dir(dir);
    Ok(())
}
