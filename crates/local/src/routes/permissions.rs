//! Permissions of jobs, dashboards, folders, warehouses: PUT replaces, PATCH adds.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{self, Entry, PERMISSIONS, Right};
use super::lakeview;
use crate::http::{ApiError, App, Body, Identity};
use crate::store::Tables;
use crate::tree;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/2.0/permissions/{kind}/{id}", get(read).put(replace).patch(add))
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

/// The list of an object: its own, or whoever made it. Seeing it takes the right to change it.
fn current(t: &Tables, who: &Identity, kind: &str, id: &str) -> Result<Vec<Entry>, ApiError> {
    let mut owner = Entry::owner(kind, who.name(), matches!(who, Identity::ServicePrincipal(_)));
    match kind {
        "jobs" => {
            let number = id.parse().map_err(|_| ApiError::invalid(format!("'{id}' is not the number of a job.")))?;
            let job = access::job(t, who, number, Right::Manage)?;
            // the name of a person is an address
            owner = Entry::owner(kind, &job.creator_user_name, !job.creator_user_name.contains('@'));
        }
        "directories" | "notebooks" | "files" => {
            if let Some(path) = tree::path_of(t, id) {
                access::need(t, who, &path, Right::Manage)?;
            }
        }
        "dashboards" => {
            if let Some(path) = lakeview::path_of(t, id) {
                access::need(t, who, &path, Right::Manage)?;
            }
        }
        _ => {}
    }
    Ok(access::entries(t, kind, id).unwrap_or_else(|| vec![owner]))
}

async fn read(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let entries = app.store.read(|t| current(t, &who, &kind, &id))?;
    Ok(show(&kind, &id, &entries))
}

async fn replace(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Path((kind, id)): Path<(String, String)>,
    Body(asked): Body<Asked>,
) -> Result<Json<Value>, ApiError> {
    let mut entries = asked.access_control_list;
    app.store.write(|t| {
        let before = current(t.tables(), &who, &kind, &id)?;
        let owners = entries.iter().filter(|e| e.owns()).count();
        if kind == "jobs" && owners > 1 {
            return Err(ApiError::invalid("The job must have exactly one owner."));
        }
        // somebody always owns a job
        if kind == "jobs" && owners == 0 {
            entries.splice(0..0, before.into_iter().filter(Entry::owns));
        }
        t.put(PERMISSIONS, &format!("{kind}/{id}"), &entries);
        Ok(())
    })?;
    Ok(show(&kind, &id, &entries))
}

async fn add(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Path((kind, id)): Path<(String, String)>,
    Body(asked): Body<Asked>,
) -> Result<Json<Value>, ApiError> {
    let entries = app.store.write(|t| {
        let mut entries = current(t.tables(), &who, &kind, &id)?;
        for new in asked.access_control_list {
            match entries.iter_mut().find(|old| old.same_principal(&new)) {
                Some(old) => *old = new,
                None => entries.push(new),
            }
        }
        t.put(PERMISSIONS, &format!("{kind}/{id}"), &entries);
        Ok::<_, ApiError>(entries)
    })?;
    Ok(show(&kind, &id, &entries))
}
