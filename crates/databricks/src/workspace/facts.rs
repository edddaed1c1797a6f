//! What a job needs of a workspace beside what is deployed: data, rights, models. Only read.

use async_trait::async_trait;
use serde_json::Value;

use super::Grant;
use super::error::Result;

/// Kinds of objects in Unity Catalog that a job reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataObject {
    /// A catalog.
    Catalog,
    /// A schema.
    Schema,
    /// A table or view.
    Table,
    /// A registered model.
    Model,
}

impl DataObject {
    /// The word in paths: `tables`.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Catalog => "catalogs",
            Self::Schema => "schemas",
            Self::Table => "tables",
            Self::Model => "models",
        }
    }

    /// The word in paths of grants: `table`. A model is a function there.
    pub fn securable(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Schema => "schema",
            Self::Table => "table",
            Self::Model => "function",
        }
    }
}

/// Reads what a job needs.
#[async_trait]
pub trait WorkspaceFacts: Send + Sync {
    /// An object by its full name.
    async fn data_object(&self, kind: DataObject, full_name: &str) -> Result<Option<Value>>;

    /// The tables and views of a schema, without their columns.
    async fn tables(&self, catalog: &str, schema: &str) -> Result<Vec<Value>>;

    /// Who may do what with an object, what they inherit included.
    async fn effective_grants(&self, kind: DataObject, full_name: &str) -> Result<Vec<Grant>>;

    /// The groups of the caller.
    async fn groups(&self) -> Result<Vec<String>>;

    /// A model serving endpoint by its name.
    async fn serving_endpoint(&self, name: &str) -> Result<Option<Value>>;

    /// Whether the workspace offers serverless compute; nothing if it does not say.
    async fn serverless(&self) -> Result<Option<bool>>;
}
