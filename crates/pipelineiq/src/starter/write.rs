//! Writes a new project to a folder.

use std::io;
use std::path::{Path, PathBuf};

use piq_diagnostics::{Diagnostics, Failure, FailureKind};

use super::answers::Answers;
use super::files::BASE;
use super::files::{Files, project_files};
use super::record::{RECORD, pack, record_text};

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
    /// The files could not be made.
    #[error(transparent)]
    Files(#[from] Diagnostics),
    /// The record of the new files could not be made.
    #[error("failed to make {RECORD}: {0}")]
    Record(#[from] toml_edit::TomlError),
}

impl From<StarterError> for Failure {
    fn from(error: StarterError) -> Self {
        Failure::caused_by(FailureKind::Refused, error)
    }
}

/// What was written.
#[derive(Debug, Clone, Default)]
pub struct NewProject {
    /// Paths from the project's folder.
    pub written: Vec<String>,
    /// Files that were there before and stayed as they are.
    pub kept: Vec<String>,
}

/// The folders of a project. `bundle/` holds the root file and is last: only when everything else is there does a folder
/// count as a project.
const FOLDERS: [&str; 4] = ["dashboards", "schema", "sql", "bundle"];

/// What keeps a project from being written to a folder.
pub fn occupied(folder: &Path) -> Option<PathBuf> {
    let names = FOLDERS.into_iter().chain(["databricks.yml", RECORD, BASE]);
    names.map(|name| folder.join(name)).find(|path| path.symlink_metadata().is_ok())
}

/// Writes the project into `folder`, which is created if needed. A fault leaves nothing half done under the project's own
/// names: its folders appear one after the other, each whole, the one that makes a project of the folder last.
///
/// # Errors
/// A folder of the project is there already, or something cannot be written.
pub fn write(folder: &Path, answers: &Answers, version: &str) -> Result<NewProject, StarterError> {
    let files = project_files(answers)?;
    // files and folders that may stand beside a project are kept
    let shared =
        |path: &str| !FOLDERS.iter().any(|top| path.strip_prefix(top).is_some_and(|rest| rest.starts_with('/')));
    if let Some(there) = occupied(folder) {
        return Err(StarterError::Exists(there));
    }
    std::fs::create_dir_all(folder).map_err(fault(folder))?;
    let (kept, files): (Files, Files) =
        files.into_iter().partition(|(path, _)| shared(path) && folder.join(path).symlink_metadata().is_ok());
    let record = record_text(None, version, answers)?;
    let base = pack(&files).map_err(fault(&folder.join(BASE)))?;

    let staging = tempfile::Builder::new().prefix(".piq-init-").tempdir_in(folder).map_err(fault(folder))?;
    for (path, bytes) in &files {
        let root = if shared(path) { folder } else { staging.path() };
        put(&root.join(path), bytes)?;
    }
    put(&folder.join(BASE), &base)?;
    put(&folder.join(RECORD), record.as_bytes())?;
    for top in FOLDERS {
        let to = folder.join(top);
        std::fs::rename(staging.path().join(top), &to).map_err(fault(&to))?;
    }
    let written = files.into_keys().chain([BASE, RECORD].map(str::to_owned)).collect();
    Ok(NewProject { written, kept: kept.into_keys().collect() })
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), StarterError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(fault(parent))?;
    std::fs::write(path, bytes).map_err(fault(path))
}

fn fault(path: &Path) -> impl FnOnce(io::Error) -> StarterError {
    let path = path.to_owned();
    move |source| StarterError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use super::{StarterError, write};
    use crate::starter::answers::Answers;
    use crate::starter::files::BASE;
    use crate::starter::files::project_files;
    use crate::starter::record::{read_record, unpack};

    #[test]
    fn the_project_is_written_whole_and_never_over_another() {
        let folder = tempfile::tempdir().expect("folder");
        let root = folder.path().join("new");
        std::fs::create_dir(&root).expect("folder");
        std::fs::write(root.join("README.md"), "mine").expect("written");
        let new = write(&root, &Answers::default(), "0.1.0").expect("written");
        assert_eq!(new.kept, ["README.md"]);
        let mut files = project_files(&Answers::default()).expect("files");
        files.insert("README.md".into(), b"mine".to_vec());
        for (path, bytes) in &files {
            assert_eq!(&std::fs::read(root.join(path)).expect(path), bytes);
        }
        files.remove("README.md");
        assert_eq!(unpack(&std::fs::read(root.join(BASE)).expect("a base")).expect("unpacked"), files);
        let record = read_record(&root).expect("read").expect("a record");
        assert_eq!(record.answers, Some(Answers::default()));
        let left: Vec<_> = std::fs::read_dir(&root).expect("listed").filter_map(Result::ok).collect();
        assert!(left.iter().all(|e| !e.file_name().to_string_lossy().starts_with(".piq-init")));

        std::fs::write(root.join("bundle/databricks.yml"), "mine").expect("written");
        assert!(matches!(write(&root, &Answers::default(), "0.1.0"), Err(StarterError::Exists(_))));
        assert_eq!(std::fs::read(root.join("bundle/databricks.yml")).expect("read"), b"mine");
    }
}
