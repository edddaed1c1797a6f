use async_trait::async_trait;
use serde_json::{Value, json};

use super::Remote;
use super::transport::{Call, segment};
use crate::workspace::error::Result;
use crate::workspace::{Catalog, Grant, Securable};

fn path(kind: Securable, name: &str) -> String {
    format!("/api/2.1/unity-catalog/{}/{}", kind.plural(), segment(name))
}

fn grants_path(kind: Securable, name: &str) -> String {
    format!("/api/2.1/unity-catalog/permissions/{}/{}", kind.singular(), segment(name))
}

#[async_trait]
impl Catalog for Remote {
    async fn securable(&self, kind: Securable, full_name: &str) -> Result<Option<Value>> {
        match self.transport.json(Call::get(path(kind, full_name))).await {
            Ok(answer) => Ok(Some(answer)),
            Err(e) if e.is_missing() => Ok(None),
            Err(e) => Err(e),
        }
    }

    async fn create_securable(&self, kind: Securable, spec: &Value) -> Result<Value> {
        // the name is unique: a second create is refused, it does no harm
        let call = Call::post(format!("/api/2.1/unity-catalog/{}", kind.plural())).body(spec).repeatable();
        self.transport.json(call).await
    }

    async fn update_securable(&self, kind: Securable, full_name: &str, changes: &Value) -> Result<()> {
        self.transport.json(Call::patch(path(kind, full_name)).body(changes)).await.map(drop)
    }

    async fn delete_securable(&self, kind: Securable, full_name: &str, whole: bool) -> Result<bool> {
        let call = Call::delete(path(kind, full_name));
        let call = if whole { call.query("force", "true") } else { call };
        match self.transport.json(call).await {
            Ok(_) => Ok(true),
            Err(e) if e.is_missing() => Ok(false),
            Err(e) => Err(e),
        }
    }

    async fn grants(&self, kind: Securable, full_name: &str) -> Result<Vec<Grant>> {
        let answer = self.transport.json(Call::get(grants_path(kind, full_name))).await?;
        let mut grants = Vec::new();
        for entry in answer["privilege_assignments"].as_array().into_iter().flatten() {
            let names = entry["privileges"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let mut privileges: Vec<String> = names.map(str::to_owned).collect();
            privileges.sort();
            grants.push(Grant { principal: entry["principal"].as_str().unwrap_or_default().to_owned(), privileges });
        }
        grants.sort();
        Ok(grants)
    }

    async fn change_grants(&self, kind: Securable, full_name: &str, changes: &Value) -> Result<()> {
        let call = Call::patch(grants_path(kind, full_name)).body(&json!({"changes": changes}));
        self.transport.json(call).await.map(drop)
    }
}
