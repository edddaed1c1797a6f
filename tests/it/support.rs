//! piq as a process, in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A copy of the committed project in a temporary folder.
pub(crate) struct Project {
    dir: tempfile::TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["bundle", "sql", "templates", "dashboards"] {
            copy(&root.join(folder), &dir.path().join(folder));
        }
        Self { dir }
    }

    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self { dir: tempfile::tempdir().expect("temporary folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(path, text).expect("written");
    }

    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(name)).expect("read");
        assert!(text.contains(from), "{name} holds no {from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// Runs piq here with a clean environment.
    pub(crate) fn piq(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_piq"))
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .output()
            .expect("piq starts")
    }
}

fn copy(from: &Path, to: &Path) {
    if !from.exists() {
        return;
    }
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("folder") {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}
