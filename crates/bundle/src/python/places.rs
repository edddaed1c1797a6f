//! Where Python code made what: locations of the package as places.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::include::slashes;
use super::super::node::{TreeEntry, TreeNode, TreeValue};
use super::interpreter::Interpreter;
use piq_diagnostics::{Diagnostic, Source, Span};

/// A line of the file of locations, and the location of a finding.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Location {
    /// The value, such as `resources.jobs.load`.
    #[serde(default)]
    pub path: String,
    /// The file, from the bundle's folder or absolute.
    pub file: String,
    /// Line, from 1.
    #[serde(default)]
    pub line: Option<usize>,
    /// Column, from 1.
    #[serde(default)]
    pub column: Option<usize>,
}

/// Places by path.
#[derive(Debug)]
pub(super) struct Places {
    bundle_dir: PathBuf,
    project_dir: PathBuf,
    fallback: Span,
    sources: HashMap<PathBuf, Arc<Source>>,
    known: HashMap<String, Span>,
    /// A warning for each file that Python read and this process cannot.
    pub unreadable: Vec<Diagnostic>,
}

impl Places {
    /// The places of a run; what has none stands at `fallback`.
    pub(super) fn new(at: &Interpreter<'_>, fallback: Span, locations: &[Location]) -> Self {
        let mut places = Self {
            bundle_dir: at.bundle_dir.to_owned(),
            project_dir: at.project_dir.to_owned(),
            fallback,
            sources: HashMap::new(),
            known: HashMap::new(),
            unreadable: Vec::new(),
        };
        for location in locations {
            let place = places.span_of(location);
            places.known.insert(location.path.clone(), place);
        }
        places
    }

    /// Whether Python code says that it made this value.
    pub(super) fn has(&self, path: &str) -> bool {
        self.known.contains_key(path)
    }

    /// Whether a file is one of the project's own.
    pub(super) fn own(&self, file: &str) -> bool {
        let path = self.bundle_dir.join(file);
        path.starts_with(&self.project_dir) && !path.iter().any(|p| p == "site-packages")
    }

    /// The place of a location: the rest of its line.
    pub(super) fn span_of(&mut self, location: &Location) -> Span {
        let path = self.bundle_dir.join(&location.file);
        let source = self.source(&path);
        let start = source.offset(location.line.unwrap_or(1), location.column.unwrap_or(1));
        let line = source.text[start..].split('\n').next().unwrap_or_default();
        let from = start + line.len() - line.trim_start().len();
        Span::new(&source, from..start + line.trim_end().len().max(from - start))
    }

    fn source(&mut self, path: &Path) -> Arc<Source> {
        if let Some(source) = self.sources.get(path) {
            return source.clone();
        }
        let shown = slashes(path.strip_prefix(&self.project_dir).unwrap_or(path));
        // Python reads files in the encoding that they name: characters of another one are shown as they can be
        let text = std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let text = text.unwrap_or_else(|e| {
            let message = format!("cannot read `{shown}`, where Python code made something: {e}");
            let warning = Diagnostic::warning("python-source", message).at(self.fallback.clone());
            self.unreadable.push(warning.hint("diagnostics name the file without a line"));
            String::new()
        });
        let source = Source::new(shown, text);
        self.sources.insert(path.to_owned(), source.clone());
        source
    }

    /// A value of the answer, each part at the place of what holds it.
    pub(super) fn node(&self, json: &Json, path: &str) -> TreeNode {
        self.below(json, path, self.known.get(path).unwrap_or(&self.fallback))
    }

    fn below(&self, json: &Json, path: &str, around: &Span) -> TreeNode {
        let place = self.known.get(path).unwrap_or(around);
        let value = match json {
            Json::Array(items) => {
                let item = |(i, item)| self.below(item, &format!("{path}[{i}]"), place);
                TreeValue::List(items.iter().enumerate().map(item).collect())
            }
            Json::Object(map) => TreeValue::Map(
                map.iter()
                    .map(|(key, value)| {
                        let value = self.below(value, &format!("{path}.{key}"), place);
                        (key.clone(), TreeEntry { key: value.place.clone(), value })
                    })
                    .collect(),
            ),
            scalar => return TreeNode::from_json(scalar, place),
        };
        TreeNode::new(value, place.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(dir: &Path) -> Places {
        Places {
            bundle_dir: dir.to_owned(),
            project_dir: dir.to_owned(),
            fallback: Span::new(&Source::new("databricks.yml", "python:\n"), 0..6),
            sources: HashMap::new(),
            known: HashMap::new(),
            unreadable: Vec::new(),
        }
    }

    fn at(file: &str) -> Location {
        Location { path: "resources.jobs.load".to_owned(), file: file.to_owned(), line: Some(2), column: None }
    }

    #[test]
    fn a_source_that_cannot_be_read_is_said_once_and_one_in_another_encoding_is_read() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("latin.py"), b"# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n").unwrap();
        let mut places = places(dir.path());
        let span = places.span_of(&at("latin.py"));
        assert!(span.source.text[span.span].starts_with("name = 'caf"));
        assert!(places.unreadable.is_empty());
        for _ in 0..2 {
            assert_eq!(places.span_of(&at("gone.py")).source.path, "gone.py");
        }
        assert_eq!(places.unreadable.len(), 1);
        assert!(places.unreadable[0].message.contains("cannot read `gone.py`"), "{:?}", places.unreadable);
    }
}
