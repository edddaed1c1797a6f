//! A workspace object: folder, notebook, file or dashboard.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What kind of object it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ObjectKind {
    /// A folder.
    Directory,
    /// A notebook.
    Notebook,
    /// Any other file.
    File,
    /// A dashboard.
    Dashboard,
}

/// Language of a notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Language {
    /// SQL.
    Sql,
    /// Python.
    Python,
    /// Scala.
    Scala,
    /// R.
    R,
}

impl Language {
    /// What begins a line comment.
    pub(crate) fn comment(self) -> &'static str {
        match self {
            Language::Sql => "--",
            Language::Scala => "//",
            Language::Python | Language::R => "#",
        }
    }

    /// The first line of a notebook's source.
    pub(crate) fn header(self) -> String {
        format!("{} Databricks notebook source", self.comment())
    }

    /// The language of files with this extension.
    pub(crate) fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "sql" => Some(Language::Sql),
            "py" => Some(Language::Python),
            "scala" => Some(Language::Scala),
            "r" => Some(Language::R),
            _ => None,
        }
    }
}

/// One object. Its path is its key in the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Object {
    /// Number that it keeps for its life.
    pub id: u64,
    /// What it is.
    pub kind: ObjectKind,
    /// Language of a notebook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Whether a notebook was imported as `.ipynb`.
    #[serde(default)]
    pub jupyter: bool,
    /// Its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// Length of its content.
    #[serde(default)]
    pub size: u64,
    /// Id in the API of its kind, for dashboards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Milliseconds since 1970.
    pub created_at: u64,
    /// Milliseconds since 1970.
    pub modified_at: u64,
}

impl Object {
    /// As the API shows it.
    pub(crate) fn info(&self, path: &str) -> Value {
        let resource_id = self.resource_id.clone().unwrap_or_else(|| self.id.to_string());
        let mut info = json!({
            "object_type": self.kind, "path": path, "object_id": self.id, "resource_id": resource_id,
        });
        if let Some(language) = self.language {
            info["language"] = json!(language);
        }
        if self.kind != ObjectKind::Directory {
            info["created_at"] = json!(self.created_at);
            info["modified_at"] = json!(self.modified_at);
        }
        if self.kind == ObjectKind::File {
            info["size"] = json!(self.size);
        }
        info
    }
}
