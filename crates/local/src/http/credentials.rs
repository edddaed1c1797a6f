//! The workspace's own credentials, made once and kept with its state.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::secret::{NoRandom, hex};
use crate::store::{StoreError, write_atomically};

/// Why credentials are missing.
#[derive(Debug, thiserror::Error)]
pub enum NoCredentials {
    /// They can be neither read nor kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// They cannot be made.
    #[error(transparent)]
    Random(#[from] NoRandom),
}

/// Token of the user, and id and secret of the service principal.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// Personal access token.
    pub token: String,
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
    /// Id of the SQL warehouse.
    pub warehouse_id: String,
}

impl Credentials {
    /// The credentials kept in `dir`; makes them if there are none.
    ///
    /// # Errors
    /// A folder that cannot be written, no random numbers.
    pub(crate) fn load_or_create(dir: &Path) -> Result<Self, NoCredentials> {
        let path = dir.join("credentials.json");
        if let Ok(text) = std::fs::read(&path)
            && let Ok(credentials) = serde_json::from_slice(&text)
        {
            return Ok(credentials);
        }
        let id = hex(16)?;
        let credentials = Self {
            token: format!("dapi{}", hex(16)?),
            client_id: format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]),
            client_secret: format!("dose{}", hex(16)?),
            warehouse_id: hex(8)?,
        };
        let text = serde_json::to_vec(&credentials).map_err(|e| StoreError::io("encode", &path)(e.into()))?;
        write_atomically(&path, &text)?;
        Ok(credentials)
    }
}
