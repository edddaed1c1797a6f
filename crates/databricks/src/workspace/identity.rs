//! Who deploys.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::error::Result;

/// Who the workspace takes the caller for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// User name: an address, or the application id of a service principal.
    pub user_name: String,
    /// Name for people.
    pub display_name: String,
    /// Whether it is a service principal.
    pub service_principal: bool,
}

/// Asks who one is.
#[async_trait]
pub trait Identity: Send + Sync {
    /// The caller.
    async fn me(&self) -> Result<Me>;
}
