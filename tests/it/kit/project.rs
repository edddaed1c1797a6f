//! The folder of a project.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{piq, text};

/// A temporary folder, with or without a copy of the committed project.
pub(crate) struct Project {
    dir: tempfile::TempDir,
}

impl Project {
    /// The committed project.
    pub(crate) fn new() -> Self {
        let project = Self::empty();
        for folder in ["bundle", "sql", "templates", "dashboards"] {
            copy(&piq_testing::root().join(folder), &project.path(folder));
        }
        project
    }

    pub(crate) fn empty() -> Self {
        Self { dir: tempfile::tempdir().expect("temporary folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(path, text).expect("written");
    }

    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} holds no {from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// piq in this folder, to be given more of an environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        piq(self.dir.path(), args)
    }

    /// Runs piq in this folder.
    pub(crate) fn piq(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("piq starts")
    }

    /// Runs git here as a user of its own; it must succeed. Gives what it prints.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "init.defaultBranch=main"]);
        git.args(args).current_dir(self.dir.path()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let out = git.output().expect("git starts");
        assert!(out.status.success(), "git {args:?}: {}", text(&out.stderr));
        text(&out.stdout).trim().to_owned()
    }

    /// Commits everything, in a repository that is made if need be.
    pub(crate) fn commit(&self) {
        self.git(&["init", "-q"]);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", "A change"]);
    }
}

fn copy(from: &Path, to: &Path) {
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
