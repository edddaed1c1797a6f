use async_trait::async_trait;
use serde_json::Value;

use super::Remote;
use super::transport::{Call, segment};
use crate::workspace::error::Result;
use crate::workspace::{RemoteWarehouse, WarehouseId, Warehouses, WorkspaceError};

const PATH: &str = "/api/2.0/sql/warehouses";

fn warehouse(value: &Value) -> Result<RemoteWarehouse> {
    let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
    Ok(RemoteWarehouse { id: id(value, "GET")?, name: text("name"), state: text("state"), settings: value.clone() })
}

/// The id in an answer about a warehouse.
fn id(answer: &Value, method: &'static str) -> Result<WarehouseId> {
    let without = || WorkspaceError::Answer { method, path: PATH.into(), why: "a warehouse has no id".into() };
    WarehouseId::of(answer, "id").ok_or_else(without)
}

#[async_trait]
impl Warehouses for Remote {
    async fn warehouses(&self) -> Result<Vec<RemoteWarehouse>> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut call = Call::get(PATH);
            if let Some(token) = &token {
                call = call.query("page_token", token.as_str());
            }
            let answer = self.transport.json(call).await?;
            for one in answer["warehouses"].as_array().into_iter().flatten() {
                all.push(warehouse(one)?);
            }
            match answer["next_page_token"].as_str().filter(|t| !t.is_empty()) {
                Some(next) => token = Some(next.to_owned()),
                None => return Ok(all),
            }
        }
    }

    async fn warehouse(&self, id: &WarehouseId) -> Result<Option<RemoteWarehouse>> {
        match self.transport.json(Call::get(format!("{PATH}/{}", segment(id.as_str())))).await {
            Ok(answer) => warehouse(&answer).map(Some),
            Err(e) if e.is_missing() => Ok(None),
            Err(e) => Err(e),
        }
    }

    async fn create_warehouse(&self, spec: &Value) -> Result<WarehouseId> {
        id(&self.transport.json(Call::post(PATH).body(spec)).await?, "POST")
    }

    async fn edit_warehouse(&self, id: &WarehouseId, spec: &Value) -> Result<()> {
        let call = Call::post(format!("{PATH}/{}/edit", segment(id.as_str()))).body(spec).repeatable();
        self.transport.json(call).await.map(drop)
    }

    async fn delete_warehouse(&self, id: &WarehouseId) -> Result<bool> {
        match self.transport.json(Call::delete(format!("{PATH}/{}", segment(id.as_str())))).await {
            Ok(_) => Ok(true),
            Err(e) if e.is_missing() => Ok(false),
            Err(e) => Err(e),
        }
    }
}
