//! Which folders a bundle may read files from: its own, the repository around it, and those that `sync.paths` names.

use std::path::{Path, PathBuf};

/// Folders, links followed.
#[derive(Debug, Clone)]
pub struct Inside(Vec<PathBuf>);

impl Inside {
    /// The folders of these paths; one that does not exist holds nothing.
    pub(super) fn of(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        Self(folders.into_iter().filter_map(|folder| folder.canonicalize().ok()).collect())
    }

    /// Whether a file or folder lies in one of them once all links are followed. What does not exist lies nowhere, and
    /// leads to no content.
    pub fn holds(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|real| self.0.iter().any(|folder| real.starts_with(folder)))
    }
}
