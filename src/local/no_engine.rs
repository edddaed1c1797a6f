//! The engine of a workspace that has none.

use async_trait::async_trait;

use super::engine::{Engine, EngineError, SessionId, Statement, Table};

/// Refuses every statement and says why.
#[derive(Debug, Clone, Copy)]
pub struct NoEngine;

#[async_trait]
impl Engine for NoEngine {
    async fn open_session(&self, _run: Option<&str>) -> Result<SessionId, EngineError> {
        Ok(SessionId(0))
    }

    async fn execute(&self, _session: SessionId, _statement: &Statement) -> Result<Table, EngineError> {
        Err(EngineError {
            class: "NO_ENGINE".into(),
            message:
                "no SQL engine: this workspace was started without one, so it keeps files and jobs but runs no SQL"
                    .into(),
        })
    }

    async fn close_session(&self, _session: SessionId) {}
}
