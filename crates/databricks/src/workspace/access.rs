//! Permissions of objects.

use async_trait::async_trait;
use serde_json::Value;

use super::error::Result;

/// Who may do what: entries as the API takes them, `{user_name | group_name | service_principal_name,
/// permission_level}`, without what is inherited.
pub type Permissions = Vec<Value>;

/// Reads and sets permissions. `kind` is the API's word: `jobs`, `dashboards`, `warehouses`, `directories`.
#[async_trait]
pub trait Access: Send + Sync {
    /// The object's own permissions.
    async fn permissions(&self, kind: &str, id: &str) -> Result<Permissions>;

    /// Replaces the object's own permissions.
    async fn set_permissions(&self, kind: &str, id: &str, list: &[Value]) -> Result<()>;
}
