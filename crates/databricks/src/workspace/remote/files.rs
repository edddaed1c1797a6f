use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Remote;
use super::outcome::{missing_is_none, taken_is_an_outcome};
use super::transport::{Call, segments};
use super::volumes;
use crate::workspace::error::Result;
use crate::workspace::{Content, Files, Import, ImportOutcome, ObjectInfo, WorkspaceError};

fn object(path: &str, value: &Value) -> Result<ObjectInfo> {
    ObjectInfo::deserialize(value).map_err(|e| WorkspaceError::Answer {
        method: "GET",
        path: path.to_owned(),
        why: e.to_string(),
    })
}

#[async_trait]
impl Files for Remote {
    async fn export(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let call = Call::get("/api/2.0/workspace/export").query("path", path).query("direct_download", "true");
        missing_is_none(self.transport.send(call).await)
    }

    async fn status(&self, path: &str) -> Result<Option<ObjectInfo>> {
        let call = Call::get("/api/2.0/workspace/get-status").query("path", path);
        missing_is_none(self.transport.json(call).await)?
            .map(|v| object("/api/2.0/workspace/get-status", &v))
            .transpose()
    }

    async fn list(&self, path: &str) -> Result<Option<Vec<ObjectInfo>>> {
        if volumes::is_in_volume(path) {
            return volumes::list(&self.transport, path).await;
        }
        let call = Call::get("/api/2.0/workspace/list").query("path", path);
        let Some(answer) = missing_is_none(self.transport.json(call).await)? else { return Ok(None) };
        let objects = answer["objects"].as_array().map(Vec::as_slice).unwrap_or_default();
        objects.iter().map(|o| object("/api/2.0/workspace/list", o)).collect::<Result<_>>().map(Some)
    }

    async fn mkdirs(&self, path: &str) -> Result<()> {
        if volumes::is_in_volume(path) {
            return volumes::mkdirs(&self.transport, path).await;
        }
        let call = Call::post("/api/2.0/workspace/mkdirs").body(&json!({"path": path})).repeatable();
        self.transport.json(call).await.map(drop)
    }

    async fn import(&self, import: Import<'_>) -> Result<ImportOutcome> {
        if volumes::is_in_volume(import.path) {
            return volumes::put(&self.transport, import).await;
        }
        let (format, language) = match import.content {
            Content::Source(language) => ("SOURCE", Some(language.as_str())),
            Content::Jupyter => ("JUPYTER", None),
            Content::File => {
                let path = format!("/api/2.0/workspace-files/import-file{}", segments(import.path));
                let call = Call::post(path).query("overwrite", import.overwrite.to_string()).bytes(import.bytes);
                return taken_is_an_outcome(self.transport.json(call.repeatable()).await, import.overwrite);
            }
        };
        let mut body = json!({
            "path": import.path, "format": format, "overwrite": import.overwrite,
            "content": STANDARD.encode(import.bytes),
        });
        if let Some(language) = language {
            body["language"] = json!(language);
        }
        let call = Call::post("/api/2.0/workspace/import").body(&body).repeatable();
        taken_is_an_outcome(self.transport.json(call).await, import.overwrite)
    }

    async fn delete(&self, path: &str) -> Result<bool> {
        if volumes::is_in_volume(path) {
            return volumes::delete(&self.transport, path).await;
        }
        let body = json!({"path": path, "recursive": true});
        let call = Call::post("/api/2.0/workspace/delete").body(&body).repeatable();
        Ok(missing_is_none(self.transport.json(call).await)?.is_some())
    }
}
