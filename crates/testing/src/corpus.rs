//! The corpus of bundles, `tests/corpus`.
//!
//! A case is the text of `databricks.yml`, then other files after lines such as `--- src/n.py`, then what is pinned after
//! lines such as `=== prod`.

use std::path::{Path, PathBuf};

/// A case of the corpus.
#[derive(Debug)]
pub struct Case {
    /// Its file.
    pub path: PathBuf,
    /// Files of the bundle with their texts.
    pub files: Vec<(String, String)>,
    /// What it comes to.
    pub pinned: String,
}

impl Case {
    /// All cases by their names.
    ///
    /// # Panics
    /// A corpus that cannot be read.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let folder = std::fs::read_dir(super::root().join("tests/corpus")).expect("the corpus");
        let paths = folder.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "bundle"));
        let mut all: Vec<Self> = paths.map(|path| Self::read(&path)).collect();
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all
    }

    /// Reads one file.
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("readable");
        let (inputs, pinned) = match text.find("\n=== ") {
            Some(at) => text.split_at(at + 1),
            None => (text.as_str(), ""),
        };
        let mut files = vec![("databricks.yml".to_owned(), String::new())];
        for line in inputs.split_inclusive('\n') {
            match line.strip_prefix("--- ") {
                Some(name) => files.push((name.trim().to_owned(), String::new())),
                None => files.last_mut().expect("one").1.push_str(line),
            }
        }
        Self { path: path.to_owned(), files, pinned: pinned.to_owned() }
    }

    /// The targets, each with the lines that are pinned of it.
    #[must_use]
    pub fn targets(&self) -> Vec<(&str, &str)> {
        let parts = self.pinned.split("=== ").skip(1);
        parts.map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
    }

    /// Writes the files of the bundle into a folder.
    ///
    /// # Panics
    /// A folder that cannot be written.
    pub fn write(&self, folder: &Path) {
        for (name, text) in &self.files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        }
    }
}
