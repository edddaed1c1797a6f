//! Watches the files of a project: those that Git would keep, without hidden ones.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ignore::WalkBuilder;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use piq_diagnostics::{Failure, FailureContext as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// After a change, others of the same save follow within this time.
const QUIET: Duration = Duration::from_millis(60);

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileState {
    length: u64,
    modified: Option<SystemTime>,
    content: u64,
}

/// The files of a folder, as they were when they were last looked at.
pub(crate) struct ProjectWatch {
    root: PathBuf,
    watcher: RecommendedWatcher,
    events: UnboundedReceiver<()>,
    /// Folders that the system reports changes of.
    folders: Vec<PathBuf>,
    files: BTreeMap<String, FileState>,
}

impl ProjectWatch {
    /// Watches from now on.
    pub(crate) fn start(root: &Path) -> Result<Self, Failure> {
        let (sender, events) = unbounded_channel();
        let report = move |event: notify::Result<notify::Event>| {
            if !event.is_ok_and(|e| matches!(e.kind, EventKind::Access(_))) {
                // a receiver that is gone waits for nothing
                let _ = sender.send(());
            }
        };
        let watcher = notify::recommended_watcher(report).context("cannot watch files")?;
        let mut watch = Self { root: root.to_owned(), watcher, events, folders: Vec::new(), files: BTreeMap::new() };
        watch.look()?;
        Ok(watch)
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Waits until files have other contents than before, and names them. It may be dropped while it waits: a change is
    /// found by the next call.
    pub(crate) async fn next(&mut self) -> Result<Vec<String>, Failure> {
        let mut changed = BTreeSet::from_iter(self.look()?);
        loop {
            if changed.is_empty() {
                self.events.recv().await.context("cannot watch files any more")?;
            }
            // a file that is just being written would be read half
            while let Ok(Some(())) = tokio::time::timeout(QUIET, self.events.recv()).await {}
            let more = self.look()?;
            if more.is_empty() && !changed.is_empty() {
                return Ok(changed.into_iter().collect());
            }
            changed.extend(more);
        }
    }

    /// Reads what is new, and names the files whose contents differ from the last time.
    fn look(&mut self) -> Result<Vec<String>, Failure> {
        let mut files = BTreeMap::new();
        let mut folders = Vec::new();
        for entry in WalkBuilder::new(&self.root).require_git(false).build().flatten() {
            let path = entry.path();
            if entry.file_type().is_some_and(|t| t.is_dir()) {
                folders.push(path.to_owned());
                continue;
            }
            let name = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/");
            if !is_leftover(&name)
                && let Some(state) = state_of(path, self.files.get(&name))
            {
                files.insert(name, state);
            }
        }
        for folder in folders.iter().filter(|folder| !self.folders.contains(folder)) {
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {}
                // it was deleted in the meantime
                Err(_) if !folder.exists() => {}
                Err(e) => return Err(e).with_context(|| format!("cannot watch {}", folder.display())),
            }
        }
        self.folders = folders;
        let content = |state: Option<&FileState>| state.map(|s| s.content);
        let names = self.files.keys().chain(files.keys().filter(|name| !self.files.contains_key(*name)));
        let changed = names.filter(|n| content(self.files.get(*n)) != content(files.get(*n))).cloned().collect();
        self.files = files;
        Ok(changed)
    }
}

/// Whether editors leave a file of this name behind.
fn is_leftover(name: &str) -> bool {
    name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".tmp")
}

/// The state of a file; its content is read only if length or time differ from `before`.
fn state_of(path: &Path, before: Option<&FileState>) -> Option<FileState> {
    let metadata = path.metadata().ok()?;
    let (length, modified) = (metadata.len(), metadata.modified().ok());
    if let Some(before) = before.filter(|b| modified.is_some() && b.modified == modified && b.length == length) {
        return Some(*before);
    }
    let mut hasher = DefaultHasher::new();
    std::fs::read(path).ok()?.hash(&mut hasher);
    Some(FileState { length, modified, content: hasher.finish() })
}

#[cfg(test)]
mod tests {
    use super::ProjectWatch;

    #[test]
    fn files_that_changed_are_named_and_those_that_git_ignores_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("written");
        };
        put(".gitignore", "dist/\n");
        put("a.sql", "1");
        let mut watch = ProjectWatch::start(folder.path()).expect("watches");
        assert!(watch.look().expect("looked").is_empty());
        for name in ["dist/x.whl", ".piq/workspace/state.json", "a.sql~"] {
            put(name, "new");
        }
        put("a.sql", "1");
        assert!(watch.look().expect("looked").is_empty(), "nothing that is deployed has another content");
        put("a.sql", "22");
        put("new/b.sql", "1");
        assert_eq!(watch.look().expect("looked"), ["a.sql", "new/b.sql"]);
        std::fs::remove_file(folder.path().join("a.sql")).expect("removed");
        assert_eq!(watch.look().expect("looked"), ["a.sql"]);
    }

    #[test]
    fn a_change_ends_the_wait_also_in_a_new_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut watch = ProjectWatch::start(folder.path()).expect("watches");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let root = folder.path().to_owned();
            let writer = tokio::task::spawn_blocking(move || {
                std::fs::create_dir(root.join("deep")).expect("a folder");
                std::fs::write(root.join("deep/a.sql"), "1").expect("written");
            });
            assert_eq!(watch.next().await.expect("a change"), ["deep/a.sql"]);
            writer.await.expect("written");
        });
    }
}
