//! Where the workspace keeps what it knows: tables of JSON values in memory, an append-only log on disk that is
//! compacted when the store is opened, and file contents by hash beside it. One process at a time holds the folder.

mod blobs;
mod folder;
mod log;
mod tables;

use piq_diagnostics::{Failure, FailureKind};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use folder::Contents;
pub(crate) use tables::{Tables, Transaction, id_key};

/// Why the store cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another server holds the folder.
    #[error("another workspace server uses {0}: stop it first, or choose another folder with `--dir`")]
    Held(PathBuf),
    /// A folder that piq did not make is not removed.
    #[error("{0} is not a local workspace: it has no `workspace.json` with an id; nothing was deleted")]
    NotAWorkspace(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot {what} {path}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The log holds something that is not a record of this format.
    #[error("{path} line {line} is not a record of this version of piq: {why}; `piq workspace reset` deletes it")]
    Corrupt {
        /// The log.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::caused_by(FailureKind::Refused, error)
    }
}

impl StoreError {
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| StoreError::Io { what, path, source }
    }
}

/// The open store.
#[derive(Debug)]
pub(crate) struct Store {
    dir: PathBuf,
    inner: Mutex<StoreState>,
    _lock: File,
}

#[derive(Debug)]
struct StoreState {
    tables: Tables,
    log: log::Log,
}

impl Store {
    /// Opens the store in `dir`, creating it if needed.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        folder::prepare(dir)?;
        let lock_path = dir.join("lock");
        let lock = File::create(&lock_path).map_err(StoreError::io("create", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Held(dir.to_owned())),
            Err(TryLockError::Error(e)) => return Err(StoreError::io("lock", &lock_path)(e)),
        }
        let (tables, log) = log::Log::open(&dir.join("log.jsonl"))?;
        let store = Self { dir: dir.to_owned(), inner: Mutex::new(StoreState { tables, log }), _lock: lock };
        blobs::prune(&store)?;
        Ok(store)
    }

    /// What is in the folder of a workspace.
    pub(crate) fn contents(dir: &Path) -> Result<Contents, StoreError> {
        folder::contents(dir)
    }

    /// Removes a workspace that no server uses.
    pub(crate) fn remove(dir: &Path) -> Result<(), StoreError> {
        folder::contents(dir)?;
        drop(Self::open(dir)?);
        folder::remove(dir)
    }

    /// The folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Reads a consistent state.
    pub(crate) fn read<R>(&self, f: impl FnOnce(&Tables) -> R) -> R {
        f(&self.guard().tables)
    }

    /// Changes the state: all of what `f` did is kept, or nothing if it fails.
    pub(crate) fn write<R, E: From<StoreError>>(
        &self,
        f: impl FnOnce(&mut Transaction<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut inner = self.guard();
        let StoreState { tables, log } = &mut *inner;
        let mut transaction = Transaction::new(tables);
        let outcome = f(&mut transaction);
        match outcome {
            Ok(value) => match log.append(transaction.operations()) {
                Ok(()) => Ok(value),
                Err(e) => {
                    transaction.undo();
                    Err(e.into())
                }
            },
            Err(e) => {
                transaction.undo();
                Err(e)
            }
        }
    }

    /// Changes what this server must see whatever happens, such as the end of a run. If the disk takes no more, the change
    /// stays in memory alone, and the next server does not know of it: whoever must know uses [`Self::write`].
    pub(crate) fn settle<R>(&self, f: impl FnOnce(&mut Transaction<'_>) -> R) -> R {
        let mut inner = self.guard();
        let StoreState { tables, log } = &mut *inner;
        let mut transaction = Transaction::new(tables);
        let value = f(&mut transaction);
        let _ = log.append(transaction.operations());
        value
    }

    /// Keeps file content and gives its name.
    pub(crate) fn put_blob(&self, content: &[u8]) -> Result<String, StoreError> {
        blobs::put(&self.dir, content)
    }

    /// Content kept under a name.
    pub(crate) fn blob(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        blobs::get(&self.dir, name)
    }

    fn guard(&self) -> MutexGuard<'_, StoreState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a file so that a reader sees the old content or the new one, never a part.
pub(super) fn write_atomically(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(StoreError::io("create a file in", folder))?;
    std::io::Write::write_all(&mut file, content).map_err(StoreError::io("write", path))?;
    file.persist(path).map_err(|e| StoreError::io("replace", path)(e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_written_is_there_after_reopening_and_a_torn_line_is_not() {
        let dir = tempfile::tempdir().unwrap();
        {
            let store = Store::open(dir.path()).unwrap();
            store
                .write(|t| {
                    t.put("things", "a", &json!({"n": 1}));
                    t.put("things", "b", &json!({"n": 2}));
                    Ok::<_, StoreError>(())
                })
                .unwrap();
            store.write(|t| Ok::<_, StoreError>(t.remove("things", "b"))).unwrap();
            assert!(matches!(Store::open(dir.path()), Err(StoreError::Held(_))));
        }
        let log = dir.path().join("log.jsonl");
        let mut text = std::fs::read_to_string(&log).unwrap();
        text.push_str("[[\"things\",\"c\",{\"n\"");
        std::fs::write(&log, text).unwrap();
        let store = Store::open(dir.path()).unwrap();
        let names = store.read(|t| t.all::<serde_json::Value>("things").map(|(k, _)| k.to_owned()).collect::<Vec<_>>());
        assert_eq!(names, ["a"]);
    }

    #[test]
    fn only_a_workspace_is_removed_and_only_what_it_made() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
        assert!(matches!(Store::remove(dir.path()), Err(StoreError::NotAWorkspace(_))));
        std::fs::write(dir.path().join("workspace.json"), "{}").unwrap();
        assert!(matches!(Store::remove(dir.path()), Err(StoreError::NotAWorkspace(_))), "a marker without an id");
        let made = dir.path().join("made");
        drop(Store::open(&made).unwrap());
        std::fs::write(made.join("notes.txt"), "mine").unwrap();
        let contents = Store::contents(&made).unwrap();
        assert_eq!(contents.foreign, [made.join("notes.txt")]);
        assert!(contents.files >= 3 && contents.bytes > 0, "{contents:?}");
        Store::remove(&made).unwrap();
        let left: Vec<_> = std::fs::read_dir(&made).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["notes.txt"]);
        std::fs::remove_file(made.join("notes.txt")).unwrap();
        drop(Store::open(&made).unwrap());
        Store::remove(&made).unwrap();
        assert!(!made.exists());
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_and_its_files_are_their_users_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let made = dir.path().join(".piq/workspace");
        let store = Store::open(&made).unwrap();
        store.put_blob(b"secret").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&made), mode(made.parent().unwrap())), (0o700, 0o700));
        for file in ["workspace.json", "log.jsonl", ".gitignore"] {
            assert_eq!(mode(&made.join(file)), 0o600, "{file}");
        }
    }

    #[test]
    fn a_failed_change_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let first = store.write(|t| {
            t.put("things", "a", &json!(1));
            Ok::<_, StoreError>(())
        });
        first.unwrap();
        let failed = store.write(|t| {
            t.put("things", "a", &json!(2));
            t.put("things", "b", &json!(3));
            Err::<(), _>(StoreError::Held(PathBuf::new()))
        });
        assert!(failed.is_err());
        assert_eq!(store.read(|t| t.get::<i32>("things", "a")), Some(1));
        assert_eq!(store.read(|t| t.get::<i32>("things", "b")), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_settled_is_seen_although_the_disk_takes_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        // every write to it says that no space is left
        store.guard().log.write_to(Path::new("/dev/full"));
        let written = store.write(|t| {
            t.put("things", "a", &json!(1));
            Ok::<_, StoreError>(())
        });
        assert!(written.is_err() && store.read(|t| t.get::<i32>("things", "a")).is_none());
        assert_eq!(store.settle(|t| t.put("things", "a", &json!(2))), ());
        assert_eq!(store.read(|t| t.get::<i32>("things", "a")), Some(2));
    }
}
