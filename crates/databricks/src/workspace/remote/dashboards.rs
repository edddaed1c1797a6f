use async_trait::async_trait;
use serde_json::{Value, json};

use super::Remote;
use super::transport::{Call, segment};
use crate::workspace::error::Result;
use crate::workspace::{
    DashboardDraft, DashboardId, DashboardsApi, Published, RemoteDashboard, WarehouseId, WorkspaceError,
};

const PATH: &str = "/api/2.0/lakeview/dashboards";

fn path(id: &DashboardId) -> String {
    format!("{PATH}/{}", segment(id.as_str()))
}

fn published_path(id: &DashboardId) -> String {
    format!("{}/published", path(id))
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn dashboard(answer: &Value) -> Result<RemoteDashboard> {
    let id = DashboardId::of(answer, "dashboard_id").ok_or_else(|| WorkspaceError::Answer {
        method: "GET",
        path: PATH.into(),
        why: "a dashboard has no id".into(),
    })?;
    Ok(RemoteDashboard {
        id,
        display_name: text(answer, "display_name"),
        parent_path: text(answer, "parent_path"),
        warehouse_id: WarehouseId::of(answer, "warehouse_id"),
        serialized: text(answer, "serialized_dashboard"),
        etag: text(answer, "etag"),
        update_time: text(answer, "update_time"),
        trashed: answer["lifecycle_state"] == "TRASHED",
    })
}

fn published(answer: &Value) -> Published {
    Published {
        embed_credentials: answer["embed_credentials"].as_bool().unwrap_or(false),
        warehouse_id: WarehouseId::of(answer, "warehouse_id"),
        revision_create_time: text(answer, "revision_create_time"),
    }
}

/// The body of a draft, and its defaults in the query.
fn call(call: Call, draft: &DashboardDraft, more: &[(&str, &str)]) -> Call {
    let mut body = json!({"display_name": draft.display_name, "serialized_dashboard": draft.serialized});
    if let Some(warehouse) = &draft.warehouse_id {
        body["warehouse_id"] = json!(warehouse);
    }
    for (field, value) in more {
        body[*field] = json!(value);
    }
    let defaults = [("dataset_catalog", &draft.dataset_catalog), ("dataset_schema", &draft.dataset_schema)];
    let given = defaults.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    given.fold(call, |call, (name, value)| call.query(name, value)).body(&body)
}

/// Nothing if the dashboard is missing.
fn there(answer: Result<Value>) -> Result<Option<Value>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(e) if e.is_missing() => Ok(None),
        Err(e) => Err(e),
    }
}

#[async_trait]
impl DashboardsApi for Remote {
    async fn dashboard(&self, id: &DashboardId) -> Result<Option<RemoteDashboard>> {
        there(self.transport.json(Call::get(path(id))).await)?.map(|a| dashboard(&a)).transpose()
    }

    async fn create_dashboard(&self, folder: &str, draft: &DashboardDraft) -> Result<RemoteDashboard> {
        dashboard(&self.transport.json(call(Call::post(PATH), draft, &[("parent_path", folder)])).await?)
    }

    async fn update_dashboard(
        &self,
        id: &DashboardId,
        draft: &DashboardDraft,
        etag: Option<&str>,
    ) -> Result<RemoteDashboard> {
        let patch = Call::patch(path(id));
        let update = match etag {
            Some(etag) => call(patch.once(), draft, &[("etag", etag)]),
            None => call(patch, draft, &[]),
        };
        dashboard(&self.transport.json(update).await?)
    }

    async fn trash_dashboard(&self, id: &DashboardId) -> Result<bool> {
        Ok(there(self.transport.json(Call::delete(path(id))).await)?.is_some())
    }

    async fn published_dashboard(&self, id: &DashboardId) -> Result<Option<Published>> {
        Ok(there(self.transport.json(Call::get(published_path(id))).await)?.map(|a| published(&a)))
    }

    async fn publish_dashboard(
        &self,
        id: &DashboardId,
        embed_credentials: bool,
        warehouse_id: Option<&WarehouseId>,
    ) -> Result<Published> {
        let mut body = json!({"embed_credentials": embed_credentials});
        if let Some(warehouse) = warehouse_id {
            body["warehouse_id"] = json!(warehouse);
        }
        let call = Call::post(published_path(id)).body(&body).repeatable();
        let answer = self.transport.json(call).await?;
        if text(&answer, "revision_create_time").is_empty() {
            return Err(WorkspaceError::Answer {
                method: "POST",
                path: published_path(id),
                why: "expected `revision_create_time` of what was published, found none".into(),
            });
        }
        Ok(published(&answer))
    }

    async fn unpublish_dashboard(&self, id: &DashboardId) -> Result<bool> {
        Ok(there(self.transport.json(Call::delete(published_path(id))).await)?.is_some())
    }
}
