//! Where the AI functions of a workspace get their answers.

use super::Remote;
use super::transport::Call;
use crate::workspace::error::Result;

impl Remote {
    /// What answers the AI functions of a local workspace, such as `offline stand-in`; nothing for one whose functions
    /// ask models themselves.
    ///
    /// # Errors
    /// A workspace that does not answer.
    pub async fn answer_source(&self) -> Result<Option<String>> {
        match self.transport.json(Call::get("/piq/gateway")).await {
            Ok(counted) => Ok(counted["source"].as_str().map(str::to_owned)),
            Err(e) if e.is_missing() => Ok(None),
            Err(e) => Err(e),
        }
    }
}
