//! What the workspace server asks of an engine that runs SQL.

use std::collections::BTreeMap;

use async_trait::async_trait;

/// Names a session of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// One SQL statement and the values of its `:name` markers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// The text.
    pub sql: String,
    /// Values of the `:name` markers, all of them strings.
    pub parameters: BTreeMap<String, String>,
    /// The statement is for a real workspace only and may be skipped here.
    pub workspace_only: bool,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its SQL type, such as `BIGINT` or `ARRAY<STRING>`.
    pub type_text: String,
}

/// A result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with one value per column.
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// Why a statement did not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[{class}] {message}")]
pub struct EngineError {
    /// Error class, such as `TABLE_OR_VIEW_NOT_FOUND`.
    pub class: String,
    /// What went wrong.
    pub message: String,
}

/// Runs SQL. Statements of one session run one after the other; sessions are independent.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Opens a session; `run` names the task run that it belongs to.
    async fn open_session(&self, run: Option<&str>) -> Result<SessionId, EngineError>;

    /// Runs one statement and gives its whole result.
    async fn execute(&self, session: SessionId, statement: &Statement) -> Result<Table, EngineError>;

    /// Closes a session and stops what still runs in it.
    async fn close_session(&self, session: SessionId);
}
