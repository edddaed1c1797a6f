//! Permissions of jobs, dashboards, folders, warehouses: PUT replaces, PATCH adds.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::local::server::{ApiError, App, Body, Identity};

const PERMISSIONS: &str = "permissions";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/2.0/permissions/{kind}/{id}", get(read).put(replace).patch(add))
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service_principal_name: Option<String>,
    permission_level: String,
}

impl Entry {
    fn same_principal(&self, other: &Self) -> bool {
        self.user_name == other.user_name
            && self.group_name == other.group_name
            && self.service_principal_name == other.service_principal_name
    }

    /// Who made the object: the owner of what has owners, a manager of the rest.
    fn owner(kind: &str, who: &Identity) -> Self {
        let (user_name, service_principal_name) = match who {
            Identity::User => (Some(who.name().to_owned()), None),
            Identity::ServicePrincipal(id) => (None, Some(id.clone())),
        };
        let permission_level = if matches!(kind, "jobs" | "warehouses") { "IS_OWNER" } else { "CAN_MANAGE" };
        Self { user_name, group_name: None, service_principal_name, permission_level: permission_level.into() }
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    access_control_list: Vec<Entry>,
}

fn show(kind: &str, id: &str, entries: &[Entry]) -> Json<Value> {
    let list: Vec<Value> = entries
        .iter()
        .map(|e| {
            let mut shown = json!(e);
            if let Some(fields) = shown.as_object_mut() {
                fields.remove("permission_level");
                fields.insert(
                    "all_permissions".into(),
                    json!([{"permission_level": e.permission_level, "inherited": false}]),
                );
            }
            shown
        })
        .collect();
    let object_type = match kind {
        "directories" => "directory",
        plural => plural.strip_suffix('s').unwrap_or(plural),
    };
    Json(json!({"object_id": format!("/{kind}/{id}"), "object_type": object_type, "access_control_list": list}))
}

async fn read(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Path((kind, id)): Path<(String, String)>,
) -> Json<Value> {
    let entries = app.store.read(|t| t.get::<Vec<Entry>>(PERMISSIONS, &format!("{kind}/{id}")));
    show(&kind, &id, &entries.unwrap_or_else(|| vec![Entry::owner(&kind, &who)]))
}

async fn replace(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Path((kind, id)): Path<(String, String)>,
    Body(asked): Body<Asked>,
) -> Result<Json<Value>, ApiError> {
    let mut entries = asked.access_control_list;
    // somebody always owns a job
    if kind == "jobs" && !entries.iter().any(|e| e.permission_level == "IS_OWNER") {
        entries.insert(0, Entry::owner(&kind, &who));
    }
    app.store.write(|t| {
        t.put(PERMISSIONS, &format!("{kind}/{id}"), &entries);
        Ok::<_, ApiError>(())
    })?;
    Ok(show(&kind, &id, &entries))
}

async fn add(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Path((kind, id)): Path<(String, String)>,
    Body(asked): Body<Asked>,
) -> Result<Json<Value>, ApiError> {
    let key = format!("{kind}/{id}");
    let entries = app.store.write(|t| {
        let mut entries =
            t.tables().get::<Vec<Entry>>(PERMISSIONS, &key).unwrap_or_else(|| vec![Entry::owner(&kind, &who)]);
        for new in asked.access_control_list {
            match entries.iter_mut().find(|old| old.same_principal(&new)) {
                Some(old) => *old = new,
                None => entries.push(new),
            }
        }
        t.put(PERMISSIONS, &key, &entries);
        Ok::<_, ApiError>(entries)
    })?;
    Ok(show(&kind, &id, &entries))
}
