//! The PipelineIQ project that the binary carries: what `piq init` writes, and `piq demo` in an empty folder.

use piq_diagnostics::{Failure, FailureKind};
use std::io;
use std::path::{Path, PathBuf};

/// Files of the project by their path from its folder, with `/`.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/starter.rs"));

/// What a repository of the project does not keep.
const GITIGNORE: &str = ".piq/\n.databricks/\n";

/// Why the project was not written.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    /// Something of that name is there already. Nothing was written.
    #[error("{0} exists already: name an empty or a new folder")]
    Exists(PathBuf),
    /// A file cannot be written.
    #[error("failed to write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl From<StarterError> for Failure {
    fn from(error: StarterError) -> Self {
        Failure::caused_by(FailureKind::Refused, error)
    }
}

/// Writes the project into `folder`, which is created if needed, and gives the paths written. A fault leaves nothing
/// half done under the project's own names: its folders appear one after the other, each whole, the one that makes a
/// project of the folder last.
///
/// # Errors
/// A file or folder of the project is there already, or something cannot be written.
pub fn write(folder: &Path) -> Result<Vec<&'static str>, StarterError> {
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| StarterError::Write { path, source }
    };
    let mut tops: Vec<&str> = FILES.iter().filter_map(|(path, _)| path.split('/').next()).collect();
    tops.dedup();
    // `bundle/` holds the root file: only when everything else is there does the folder count as a project
    tops.sort_by_key(|top| *top == "bundle");
    for top in tops.iter().chain(&["databricks.yml"]) {
        let path = folder.join(top);
        if path.symlink_metadata().is_ok() {
            return Err(StarterError::Exists(path));
        }
    }
    std::fs::create_dir_all(folder).map_err(fault(folder))?;
    let staging = tempfile::Builder::new().prefix(".piq-init-").tempdir_in(folder).map_err(fault(folder))?;
    for (path, bytes) in FILES {
        let to = staging.path().join(path);
        let parent = to.parent().unwrap_or(staging.path());
        std::fs::create_dir_all(parent).map_err(fault(parent))?;
        std::fs::write(&to, bytes).map_err(fault(&to))?;
    }
    let ignore = folder.join(".gitignore");
    if !ignore.exists() {
        std::fs::write(&ignore, GITIGNORE).map_err(fault(&ignore))?;
    }
    for top in tops {
        let to = folder.join(top);
        std::fs::rename(staging.path().join(top), &to).map_err(fault(&to))?;
    }
    Ok(FILES.iter().map(|(path, _)| *path).collect())
}

#[cfg(test)]
mod tests {
    use super::{FILES, StarterError, write};

    #[test]
    fn the_project_is_written_whole_and_never_over_another() {
        let folder = tempfile::tempdir().expect("folder");
        let root = folder.path().join("new");
        let written = write(&root).expect("written");
        assert!(written.contains(&"bundle/databricks.yml"));
        for (path, bytes) in FILES {
            assert_eq!(&std::fs::read(root.join(path)).expect(path), bytes);
        }
        let left: Vec<_> = std::fs::read_dir(&root).expect("listed").filter_map(Result::ok).collect();
        assert!(left.iter().all(|e| !e.file_name().to_string_lossy().starts_with(".piq-init")));
        std::fs::write(root.join("bundle/databricks.yml"), "mine").expect("written");
        assert!(matches!(write(&root), Err(StarterError::Exists(_))));
        assert_eq!(std::fs::read(root.join("bundle/databricks.yml")).expect("read"), b"mine");
    }
}
