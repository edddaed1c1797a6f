//! Who deploys.

use std::collections::BTreeMap;

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
    /// All that SCIM says of them, by path: `id`, `name.givenName`, `emails.0.value`; values as text.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// Asks who one is.
#[async_trait]
pub trait Identity: Send + Sync {
    /// The caller.
    async fn me(&self) -> Result<Me>;
}
