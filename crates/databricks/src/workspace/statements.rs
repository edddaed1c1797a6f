//! SQL statements on a warehouse.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Serialize;

use super::error::Result;
use super::ids::WarehouseId;

/// One statement to execute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRequest {
    /// The warehouse that runs it.
    pub warehouse_id: WarehouseId,
    /// The text, one statement.
    pub statement: String,
    /// Values of `:name` markers.
    pub parameters: BTreeMap<String, StatementParameter>,
    /// Catalog of unqualified names.
    pub catalog: Option<String>,
    /// Schema of unqualified names.
    pub schema: Option<String>,
    /// The most rows that are given back.
    pub row_limit: Option<u64>,
}

impl StatementRequest {
    /// A statement without parameters, in the catalog and schema that the warehouse begins with.
    pub fn new(warehouse_id: WarehouseId, statement: impl Into<String>) -> Self {
        Self {
            warehouse_id,
            statement: statement.into(),
            parameters: BTreeMap::new(),
            catalog: None,
            schema: None,
            row_limit: None,
        }
    }
}

/// The value of a `:name` marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementParameter {
    /// The value as text, whatever its type.
    pub value: String,
    /// Its SQL type, such as `DATE`; a string without one.
    pub type_text: Option<String>,
}

impl From<String> for StatementParameter {
    fn from(value: String) -> Self {
        Self { value, type_text: None }
    }
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// Its SQL type, such as `BIGINT`.
    pub type_text: String,
}

/// A whole result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ResultSet {
    /// The columns.
    pub columns: Vec<ResultColumn>,
    /// The rows: every value as text, as the API gives it, or nothing for NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there was more than `row_limit` or the API's limit.
    pub truncated: bool,
}

/// Executes SQL.
#[async_trait]
pub trait StatementsApi: Send + Sync {
    /// Executes a statement, waits for its end and fetches the whole result. Dropping the future stops the waiting,
    /// not the statement.
    ///
    /// # Errors
    /// [`super::WorkspaceError::Statement`] with what the warehouse says.
    async fn execute_statement(&self, request: &StatementRequest) -> Result<ResultSet>;
}
