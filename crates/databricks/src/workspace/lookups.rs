//! Looking things up by name.

use async_trait::async_trait;

use super::error::Result;

/// Finds ids by names.
#[async_trait]
pub trait Lookups: Send + Sync {
    /// Ids of everything of a kind that has exactly this name. The kinds are those of `lookup` in a bundle's variables,
    /// such as `warehouse`; of a service principal the id is its application id.
    ///
    /// # Errors
    /// [`super::WorkspaceError::Unsupported`] for another kind.
    async fn look_up(&self, kind: &str, name: &str) -> Result<Vec<String>>;
}
