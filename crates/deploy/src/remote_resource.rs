//! A resource as the workspace has it.

use piq_databricks::workspace::Published;
use serde_json::Value;

/// A resource that is in the workspace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its fields as the API gives them.
    pub spec: Value,
    /// Its version, for kinds that have one.
    pub etag: Option<String>,
    /// What is published of it, for dashboards.
    pub published: Option<Published>,
    /// Whether it is in the trash.
    pub trashed: bool,
    /// The bundle that it belongs to, if that is another one: it has the name, key and target of a wanted resource.
    pub other_bundle: Option<String>,
    /// Its permissions, if they were asked for.
    pub permissions: Option<Vec<Value>>,
    /// Its grants, if they were asked for.
    pub grants: Option<Vec<Value>>,
}
