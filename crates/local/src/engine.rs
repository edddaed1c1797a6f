//! What the workspace server asks of an engine that runs SQL.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use super::engine_error::EngineError;
use super::gateway::Gateway;

/// Names a session of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// One SQL statement and the values of its `:name` markers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineStatement {
    /// The text.
    pub sql: String,
    /// Values of the `:name` markers.
    pub parameters: BTreeMap<String, Parameter>,
    /// The statement is for a real workspace only and may be skipped here.
    pub workspace_only: bool,
}

/// Value of a `:name` marker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameter {
    /// The value as text; `None` is NULL.
    pub value: Option<String>,
    /// SQL type that the text is cast to; a string if left out.
    pub type_text: Option<String>,
}

impl Parameter {
    /// A string.
    pub fn text(value: impl Into<String>) -> Self {
        Self { value: Some(value.into()), type_text: None }
    }
}

/// A column of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// Its SQL type, such as `ARRAY<STRING>`.
    pub type_text: String,
    /// Whether it may be NULL.
    #[serde(default = "yes")]
    pub nullable: bool,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
}

fn yes() -> bool {
    true
}

/// A table or view of the engine's catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationInfo {
    /// Catalog, schema and name.
    pub name: [String; 3],
    /// Whether it is a view.
    pub is_view: bool,
    /// Its columns.
    pub columns: Vec<ColumnInfo>,
    /// Its comment.
    pub comment: Option<String>,
    /// Number of the statement that created it: another one after it was replaced, the same after it was altered.
    pub created: u64,
}

/// A table to be made from a file.
#[derive(Debug, Clone)]
pub struct Load<'a> {
    /// Catalog, schema and name; catalog and schema are made if they are missing, an older table is replaced.
    pub table: [&'a str; 3],
    /// File of JSON lines: objects whose values are strings or NULL, each of which is cast to its column's type.
    pub file: &'a Path,
    /// The columns.
    pub columns: &'a [ColumnInfo],
    /// The table's comment.
    pub comment: Option<&'a str>,
    /// Whether the rows are added to a table that exists.
    pub append: bool,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineColumn {
    /// Its name.
    pub name: String,
    /// Its SQL type, such as `BIGINT` or `ARRAY<STRING>`.
    pub type_text: String,
}

/// A result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EngineTable {
    /// The columns.
    pub columns: Vec<EngineColumn>,
    /// The rows, each with one value per column.
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// Runs SQL. Statements of one session run one after the other; sessions are independent.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Opens a session; `run` names the task run that it belongs to.
    async fn open_session(&self, run: Option<&str>) -> Result<SessionId, EngineError>;

    /// Runs one statement and gives its whole result.
    async fn execute(&self, session: SessionId, statement: &EngineStatement) -> Result<EngineTable, EngineError>;

    /// Closes a session and stops what still runs in it.
    async fn close_session(&self, session: SessionId);

    /// Makes a table from a file, or adds to one, and gives the number of rows of the file.
    async fn load(&self, load: Load<'_>) -> Result<u64, EngineError>;

    /// Writes the rows of a Parquet file as JSON lines, each a list of strings or NULL, and gives its columns.
    async fn read_parquet(&self, file: &Path, into: &Path) -> Result<Vec<ColumnInfo>, EngineError> {
        let message = format!("this engine cannot read {} into {}", file.display(), into.display());
        Err(EngineError { class: "UNSUPPORTED_FEATURE".into(), message })
    }

    /// Catalogs and their schemas.
    fn schemas(&self) -> BTreeMap<String, Vec<String>>;

    /// Tables and views of a schema.
    fn relations(&self, catalog: &str, schema: &str) -> Vec<RelationInfo>;

    /// Makes a catalog, or a schema in a catalog; nothing happens if it is there.
    fn create_namespace(&self, catalog: &str, schema: Option<&str>) -> Result<(), EngineError>;

    /// Removes a catalog, or a schema of a catalog, with all that is in it; nothing happens if it is not there.
    fn drop_namespace(&self, catalog: &str, schema: Option<&str>) -> Result<(), EngineError>;

    /// The gateway through which its AI functions ask models, if it has any.
    fn gateway(&self) -> Option<Arc<Gateway>>;

    /// Ends what belongs to the engine: the server stops.
    async fn stop(&self);
}
