//! The engine of a workspace that has none.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::engine::{Engine, EngineError, EngineStatement, EngineTable, Load, RelationInfo, SessionId};
use super::gateway::Gateway;

/// Refuses every statement and says why: a workspace for deployments only.
#[derive(Debug, Clone, Copy)]
pub struct NoEngine;

fn refusal() -> EngineError {
    EngineError {
        class: "NO_ENGINE".into(),
        message: "no SQL engine: this workspace was started without one, so it keeps files and jobs but runs no SQL"
            .into(),
    }
}

#[async_trait]
impl Engine for NoEngine {
    async fn open_session(&self, _run: Option<&str>) -> Result<SessionId, EngineError> {
        Ok(SessionId(0))
    }

    async fn execute(&self, _session: SessionId, _statement: &EngineStatement) -> Result<EngineTable, EngineError> {
        Err(refusal())
    }

    async fn close_session(&self, _session: SessionId) {}

    async fn load(&self, _load: Load<'_>) -> Result<u64, EngineError> {
        Err(refusal())
    }

    fn schemas(&self) -> BTreeMap<String, Vec<String>> {
        BTreeMap::new()
    }

    fn relations(&self, _catalog: &str, _schema: &str) -> Vec<RelationInfo> {
        Vec::new()
    }

    fn create_namespace(&self, _catalog: &str, _schema: Option<&str>) -> Result<(), EngineError> {
        Ok(())
    }

    fn drop_namespace(&self, _catalog: &str, _schema: Option<&str>) -> Result<(), EngineError> {
        Ok(())
    }

    fn gateway(&self) -> Option<Arc<Gateway>> {
        None
    }

    async fn stop(&self) {}
}
