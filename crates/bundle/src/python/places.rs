//! Where Python code made what: locations of the package as places.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::include::slashes;
use super::super::node::{TreeEntry, TreeNode, TreeValue};
use super::interpreter::Interpreter;
use piq_diagnostics::{Source, Span};

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
        let source = Source::new(shown, std::fs::read_to_string(path).unwrap_or_default());
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
