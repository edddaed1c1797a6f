use async_trait::async_trait;
use serde_json::Value;

use super::Remote;
use super::identity::ME;
use super::outcome::missing_is_none;
use super::transport::{Call, segment};
use crate::workspace::error::Result;
use crate::workspace::{DataObject, Grant, WorkspaceFacts};

const UNITY: &str = "/api/2.1/unity-catalog";

fn texts<'v>(list: &'v Value, field: &'v str) -> impl Iterator<Item = String> + 'v {
    let text = move |entry: &Value| entry[field].as_str().or_else(|| entry.as_str()).map(str::to_owned);
    list.as_array().into_iter().flatten().filter_map(text)
}

#[async_trait]
impl WorkspaceFacts for Remote {
    async fn data_object(&self, kind: DataObject, full_name: &str) -> Result<Option<Value>> {
        let call = Call::get(format!("{UNITY}/{}/{}", kind.plural(), segment(full_name)));
        missing_is_none(self.transport.json(call).await)
    }

    async fn tables(&self, catalog: &str, schema: &str) -> Result<Vec<Value>> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut call = Call::get(format!("{UNITY}/tables")).query("catalog_name", catalog);
            call = call.query("schema_name", schema).query("omit_columns", "true").query("omit_properties", "true");
            if let Some(token) = &token {
                call = call.query("page_token", token.as_str());
            }
            let mut answer = self.transport.json(call).await?;
            found.extend(answer["tables"].as_array_mut().into_iter().flatten().map(Value::take));
            match answer["next_page_token"].as_str().filter(|t| !t.is_empty()) {
                Some(next) => token = Some(next.to_owned()),
                None => return Ok(found),
            }
        }
    }

    async fn effective_grants(&self, kind: DataObject, full_name: &str) -> Result<Vec<Grant>> {
        let call = Call::get(format!("{UNITY}/effective-permissions/{}/{}", kind.securable(), segment(full_name)));
        let answer = self.transport.json(call).await?;
        let grant = |entry: &Value| {
            let mut privileges: Vec<String> = texts(&entry["privileges"], "privilege").collect();
            privileges.sort();
            Grant { principal: entry["principal"].as_str().unwrap_or_default().to_owned(), privileges }
        };
        Ok(answer["privilege_assignments"].as_array().into_iter().flatten().map(grant).collect())
    }

    async fn groups(&self) -> Result<Vec<String>> {
        let me = self.transport.json(Call::get(ME)).await?;
        Ok(texts(&me["groups"], "display").collect())
    }

    async fn serving_endpoint(&self, name: &str) -> Result<Option<Value>> {
        let call = Call::get(format!("/api/2.0/serving-endpoints/{}", segment(name)));
        missing_is_none(self.transport.json(call).await)
    }

    async fn serverless(&self) -> Result<Option<bool>> {
        let answer = self.transport.json(Call::get("/api/2.0/sql/config/warehouses")).await;
        match answer {
            Ok(settings) => Ok(settings["enable_serverless_compute"].as_bool()),
            // the setting is for administrators
            Err(e) if e.is_denied() || e.is_missing() => Ok(None),
            Err(e) => Err(e),
        }
    }
}
