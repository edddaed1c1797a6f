use async_trait::async_trait;
use serde_json::Value;

use super::Remote;
use super::transport::{Call, segment};
use crate::workspace::error::Result;
use crate::workspace::{RemoteWarehouse, Warehouses, WorkspaceError};

const PATH: &str = "/api/2.0/sql/warehouses";

fn warehouse(value: &Value) -> RemoteWarehouse {
    let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
    RemoteWarehouse { id: text("id"), name: text("name"), state: text("state"), settings: value.clone() }
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
            all.extend(answer["warehouses"].as_array().into_iter().flatten().map(warehouse));
            match answer["next_page_token"].as_str().filter(|t| !t.is_empty()) {
                Some(next) => token = Some(next.to_owned()),
                None => return Ok(all),
            }
        }
    }

    async fn warehouse(&self, id: &str) -> Result<Option<RemoteWarehouse>> {
        match self.transport.json(Call::get(format!("{PATH}/{}", segment(id)))).await {
            Ok(answer) => Ok(Some(warehouse(&answer))),
            Err(e) if e.is_missing() => Ok(None),
            Err(e) => Err(e),
        }
    }

    async fn create_warehouse(&self, spec: &Value) -> Result<String> {
        let answer = self.transport.json(Call::post(PATH).body(spec)).await?;
        answer["id"].as_str().map(str::to_owned).ok_or_else(|| WorkspaceError::Answer {
            method: "POST",
            path: PATH.into(),
            why: "the response has no warehouse id".into(),
        })
    }

    async fn edit_warehouse(&self, id: &str, spec: &Value) -> Result<()> {
        let call = Call::post(format!("{PATH}/{}/edit", segment(id))).body(spec).repeatable();
        self.transport.json(call).await.map(drop)
    }

    async fn delete_warehouse(&self, id: &str) -> Result<bool> {
        match self.transport.json(Call::delete(format!("{PATH}/{}", segment(id)))).await {
            Ok(_) => Ok(true),
            Err(e) if e.is_missing() => Ok(false),
            Err(e) => Err(e),
        }
    }
}
