//! Workspace objects: folders, notebooks, files.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::error::Result;

/// Language of a notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Language {
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
    /// The language of files with this extension.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "sql" => Some(Self::Sql),
            "py" => Some(Self::Python),
            "scala" => Some(Self::Scala),
            "r" | "R" => Some(Self::R),
            _ => None,
        }
    }

    /// The first line that makes a source file a notebook.
    pub fn header(self) -> &'static str {
        match self {
            Self::Sql => "-- Databricks notebook source",
            Self::Python | Self::R => "# Databricks notebook source",
            Self::Scala => "// Databricks notebook source",
        }
    }

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sql => "SQL",
            Self::Python => "PYTHON",
            Self::Scala => "SCALA",
            Self::R => "R",
        }
    }
}

/// What a thing in the workspace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FileKind {
    /// A folder.
    Directory,
    /// A notebook.
    Notebook,
    /// A plain file.
    File,
    /// A dashboard.
    Dashboard,
    /// Anything else, such as a library or a repository.
    #[serde(other)]
    Other,
}

/// What the workspace says of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectInfo {
    /// Absolute path, with or without `/Workspace` in front, as the workspace writes it.
    pub path: String,
    /// What it is.
    #[serde(rename = "object_type")]
    pub kind: FileKind,
    /// Number that it keeps for its life.
    #[serde(default)]
    pub object_id: i64,
    /// Milliseconds since 1970; folders have none.
    #[serde(default)]
    pub modified_at: Option<i64>,
    /// Language of a notebook, by the word of the API.
    #[serde(default)]
    pub language: Option<String>,
    /// Id in the API of its kind, for dashboards.
    #[serde(default)]
    pub resource_id: Option<String>,
}

/// The form of what is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A notebook in source form.
    Source(Language),
    /// A notebook in `.ipynb` form.
    Jupyter,
    /// A plain file.
    File,
}

/// One object to import.
#[derive(Debug, Clone, Copy)]
pub struct Import<'a> {
    /// Absolute path; of a notebook without extension.
    pub path: &'a str,
    /// Its form.
    pub content: Content,
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether an object that is there is replaced.
    pub overwrite: bool,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The object is there now.
    Done,
    /// Something is there already, and `overwrite` was not given.
    Taken,
}

/// Reads and changes workspace objects. Paths are absolute and start with `/Workspace`, or with `/Volumes`: there are
/// plain files in volumes, which `export` and `status` do not know.
#[async_trait]
pub trait Files: Send + Sync {
    /// Content of a file or source of a notebook; nothing if it is not there.
    async fn export(&self, path: &str) -> Result<Option<Vec<u8>>>;

    /// What is at a path.
    async fn status(&self, path: &str) -> Result<Option<ObjectInfo>>;

    /// What is in a folder, one level deep; nothing if there is no such folder.
    async fn list(&self, path: &str) -> Result<Option<Vec<ObjectInfo>>>;

    /// Creates a folder and those above it.
    async fn mkdirs(&self, path: &str) -> Result<()>;

    /// Imports one object. A missing folder is an error that [`super::WorkspaceError::is_missing`] knows.
    async fn import(&self, import: Import<'_>) -> Result<ImportOutcome>;

    /// Deletes an object, a folder with all that is in it; whether it was there.
    async fn delete(&self, path: &str) -> Result<bool>;
}
