//! Objects of Unity Catalog.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Result;

/// The kinds that piq deploys, and tables, whose grants it can read and change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Securable {
    /// A schema.
    Schema,
    /// A volume.
    Volume,
    /// A table or view.
    Table,
}

impl Securable {
    /// The word in paths: `schemas`.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Schema => "schemas",
            Self::Volume => "volumes",
            Self::Table => "tables",
        }
    }

    /// The word in paths of grants: `schema`.
    pub fn singular(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Volume => "volume",
            Self::Table => "table",
        }
    }
}

/// What a principal may do with an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// User, group or service principal.
    pub principal: String,
    /// Such as `USE_SCHEMA`, sorted.
    pub privileges: Vec<String>,
}

/// Reads and changes schemas and volumes.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// An object by its full name.
    async fn securable(&self, kind: Securable, full_name: &str) -> Result<Option<Value>>;

    /// Creates an object. A name that is taken is an error that [`super::WorkspaceError::is_taken`] knows.
    async fn create_securable(&self, kind: Securable, spec: &Value) -> Result<Value>;

    /// Changes fields of an object.
    async fn update_securable(&self, kind: Securable, full_name: &str, changes: &Value) -> Result<()>;

    /// Deletes an object; whether it was there. One that holds others goes only `whole`, with all that is in it.
    async fn delete_securable(&self, kind: Securable, full_name: &str, whole: bool) -> Result<bool>;

    /// Grants on an object itself.
    async fn grants(&self, kind: Securable, full_name: &str) -> Result<Vec<Grant>>;

    /// Adds and removes privileges: `{changes: [{principal, add, remove}]}`.
    async fn change_grants(&self, kind: Securable, full_name: &str, changes: &Value) -> Result<()>;
}
