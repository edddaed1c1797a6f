//! Spark as an engine of piq: the same statements and the same model gateway as the local engine has.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use piq_local::engine::{
    Engine, EngineColumn, EngineError, EngineStatement, EngineTable, Load, RelationInfo, SessionId,
};
use piq_local::gateway::Gateway;
use piq_sql::{TokenKind, tokens};
use serde_json::{Value, json};

use super::host::Host;

/// The catalog that Spark has; it takes no other.
pub(super) const CATALOG: &str = "spark_catalog";

/// Sessions of all engines have numbers of their own, as they share a process.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Spark with a gateway of its own.
pub(super) struct Spark {
    host: Arc<Host>,
    gateway: Arc<Gateway>,
}

impl Spark {
    /// An engine over a running process; the gateway keeps its journal in `dir`.
    pub(super) fn new(host: Arc<Host>, dir: &Path) -> Self {
        Self::over(host, Gateway::new(dir, super::offline()))
    }

    /// An engine over a running process, with a gateway that is there already.
    pub(super) fn over(host: Arc<Host>, gateway: Arc<Gateway>) -> Self {
        Self { host, gateway }
    }
}

#[async_trait]
impl Engine for Spark {
    async fn open_session(&self, run: Option<&str>) -> Result<SessionId, EngineError> {
        let id = SessionId(NEXT.fetch_add(1, Ordering::Relaxed));
        self.gateway.open(id.0, run);
        let address = self.gateway.address().await?;
        let gateway = json!({"url": address.url, "token": address.token});
        self.host.ask(json!({"op": "open", "session": id.0, "gateway": gateway})).await?;
        Ok(id)
    }

    async fn execute(&self, id: SessionId, statement: &EngineStatement) -> Result<EngineTable, EngineError> {
        if statement.workspace_only {
            return Ok(EngineTable::default());
        }
        let mut result = Ok(Value::Null);
        for sql in bound(statement) {
            let sql = self.gateway.typed_results(&sql);
            result = self.host.ask(json!({"op": "run", "session": id.0, "sql": sql})).await;
            if result.is_err() {
                break;
            }
        }
        // as the local engine does: see `Gateway`
        if result.is_ok() {
            self.gateway.commit(id.0)
        } else {
            self.gateway.rollback(id.0)
        }
        result.map(|answer| table(&answer))
    }

    async fn close_session(&self, id: SessionId) {
        self.gateway.close(id.0);
        let _ = self.host.ask(json!({"op": "close", "session": id.0})).await;
    }

    async fn load(&self, load: Load<'_>) -> Result<u64, EngineError> {
        let columns: Vec<Value> = load.columns.iter().map(|c| json!({"name": c.name, "type": c.type_text})).collect();
        let request = json!({"op": "load", "table": load.table, "file": load.file, "columns": columns});
        Ok(self.host.ask(request).await?.as_u64().unwrap_or_default())
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
        Some(Arc::clone(&self.gateway))
    }

    async fn stop(&self) {}
}

/// The statement as Spark takes it. Only the two context cells have parameters, and Spark says SET CATALOG.
fn bound(statement: &EngineStatement) -> Vec<String> {
    let all = tokens(&statement.sql);
    let context = all.len() >= 6 && all[0].is_word("use") && all[2].is_word("identifier");
    let parameters: Vec<String> = all.iter().filter(|t| t.kind == TokenKind::Parameter).map(|t| t.content()).collect();
    assert_eq!(usize::from(context), parameters.len(), "only context cells have parameters: {}", statement.sql);
    let Some(name) = parameters.first() else { return vec![statement.sql.clone()] };
    let value = statement.parameters.get(name).and_then(|p| p.value.clone()).expect("a value");
    if all[1].is_word("catalog") {
        assert_eq!(value, CATALOG);
        vec![format!("SET CATALOG {value}")]
    } else {
        vec![format!("CREATE SCHEMA IF NOT EXISTS `{value}`"), format!("USE SCHEMA `{value}`")]
    }
}

fn table(answer: &Value) -> EngineTable {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let columns = answer["columns"].as_array().into_iter().flatten();
    let rows = answer["rows"].as_array().into_iter().flatten();
    EngineTable {
        columns: columns.map(|c| EngineColumn { name: text(&c["name"]), type_text: text(&c["type_text"]) }).collect(),
        rows: rows.map(|r| r.as_array().cloned().unwrap_or_default()).collect(),
    }
}
