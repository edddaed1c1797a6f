//! Permissions of jobs, dashboards, folders, warehouses: PUT replaces, PATCH adds.

use std::sync::Arc;

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{self, AccessEntry, PERMISSIONS, Right};
use super::job_check::principal;
use super::{lakeview, warehouses};
use crate::http::{ApiError, App, Body, Caller, Identity};
use crate::store::Tables;
use crate::tree;

pub(super) fn routes() -> Router<Arc<App>> {
    let of = || get(read).put(replace).patch(add);
    Router::new()
        .route("/api/2.0/permissions/{kind}/{id}", of())
        .route("/api/2.0/permissions/sql/{kind}/{id}", of())
        .route("/api/2.0/permissions/{kind}/{id}/permissionLevels", get(levels))
}

#[derive(Deserialize)]
struct PermissionBody {
    #[serde(default)]
    access_control_list: Vec<AccessEntry>,
}

/// Levels of each kind of object.
const LEVELS: [(&str, &[&str]); 6] = [
    ("jobs", &["CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"]),
    ("dashboards", &["CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"]),
    ("directories", &["CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"]),
    ("notebooks", &["CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"]),
    ("files", &["CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"]),
    ("warehouses", &["CAN_VIEW", "CAN_MONITOR", "CAN_USE", "CAN_MANAGE", "IS_OWNER"]),
];

fn levels_of(kind: &str) -> Result<&'static [&'static str], ApiError> {
    let known = LEVELS.iter().find(|(known, _)| *known == kind).map(|(_, levels)| *levels);
    known.ok_or_else(|| ApiError::invalid(format!("'{kind}' is not a supported object type.")))
}

/// Refuses a list that the API refuses: unknown levels, no principal, the same principal twice.
fn check(kind: &str, entries: &[AccessEntry]) -> Result<(), ApiError> {
    let levels = levels_of(kind)?;
    for (n, entry) in entries.iter().enumerate() {
        let level = &entry.permission_level;
        if !levels.contains(&level.as_str()) {
            let allowed = levels.join(", ");
            let message = format!("Invalid permission level '{level}' for {kind}: expected one of {allowed}.");
            return Err(ApiError::invalid(message));
        }
        let object = serde_json::to_value(entry).ok().and_then(|v| v.as_object().cloned()).unwrap_or_default();
        principal(&object, &["user_name", "group_name", "service_principal_name"], "access_control_list")?;
        if entries[..n].iter().any(|e| e.same_principal(entry)) {
            let message = "Ambiguous access control list: the same principal is listed more than once.";
            return Err(ApiError::invalid(message));
        }
    }
    Ok(())
}

fn show(kind: &str, id: &str, entries: &[AccessEntry], inherited: &[AccessEntry]) -> Json<Value> {
    let mut list: Vec<(&AccessEntry, Vec<Value>)> = Vec::new();
    for (entry, is_inherited) in entries.iter().map(|e| (e, false)).chain(inherited.iter().map(|e| (e, true))) {
        let level = json!({"permission_level": entry.permission_level, "inherited": is_inherited});
        match list.iter_mut().find(|(known, _)| known.same_principal(entry)) {
            Some((_, levels)) => levels.push(level),
            None => list.push((entry, vec![level])),
        }
    }
    let shown = list.into_iter().map(|(entry, levels)| {
        let mut shown = json!(entry);
        if let Some(fields) = shown.as_object_mut() {
            fields.remove("permission_level");
            fields.insert("all_permissions".into(), json!(levels));
        }
        shown
    });
    let list: Vec<Value> = shown.collect();
    let object_type = match kind {
        "directories" => "directory",
        plural => plural.strip_suffix('s').unwrap_or(plural),
    };
    let object_id = if kind == "warehouses" { format!("/sql/{kind}/{id}") } else { format!("/{kind}/{id}") };
    Json(json!({"object_id": object_id, "object_type": object_type, "access_control_list": list}))
}

/// What counts for an object although its own list does not have it.
fn inherited(t: &Tables, kind: &str, id: &str) -> Vec<AccessEntry> {
    let path = match kind {
        "directories" | "notebooks" | "files" => tree::path_of(t, id),
        "dashboards" => lakeview::path_of(t, id),
        "jobs" => return vec![AccessEntry::admins()],
        _ => None,
    };
    path.map(|path| access::inherited(t, &path)).unwrap_or_default()
}

/// The list of an object: its own, or whoever made it. Seeing it takes the right to change it.
fn current(t: &Tables, who: &Identity, kind: &str, id: &str) -> Result<Vec<AccessEntry>, ApiError> {
    let mut owner = AccessEntry::owner(kind, who.name(), matches!(who, Identity::ServicePrincipal(_)));
    let missing = || ApiError::not_found(format!("{kind} '{id}' does not exist."));
    match kind {
        "jobs" => {
            let number = id.parse().map_err(|_| ApiError::invalid(format!("'{id}' is not the number of a job.")))?;
            let job = access::job(t, who, number, Right::Manage)?;
            // the name of a person is an address
            owner = AccessEntry::owner(kind, &job.creator_user_name, !job.creator_user_name.contains('@'));
        }
        "directories" | "notebooks" | "files" => {
            access::need(t, who, &tree::path_of(t, id).ok_or_else(missing)?, Right::Manage)?;
        }
        "dashboards" => access::need(t, who, &lakeview::path_of(t, id).ok_or_else(missing)?, Right::Manage)?,
        "warehouses" => {
            if !warehouses::exists(t, id) {
                return Err(missing());
            }
        }
        _ => {
            levels_of(kind)?;
        }
    }
    Ok(access::entries(t, kind, id).unwrap_or_else(|| vec![owner]))
}

async fn levels(Path((kind, _)): Path<(String, String)>) -> Result<Json<Value>, ApiError> {
    let levels: Vec<Value> = levels_of(&kind)?.iter().map(|level| json!({"permission_level": level})).collect();
    Ok(Json(json!({"permission_levels": levels})))
}

async fn read(Caller { app, who }: Caller, Path((kind, id)): Path<(String, String)>) -> Result<Json<Value>, ApiError> {
    let (entries, above) =
        app.store.read(|t| Ok::<_, ApiError>((current(t, &who, &kind, &id)?, inherited(t, &kind, &id))))?;
    Ok(show(&kind, &id, &entries, &above))
}

async fn replace(
    Caller { app, who }: Caller,
    Path((kind, id)): Path<(String, String)>,
    Body(asked): Body<PermissionBody>,
) -> Result<Json<Value>, ApiError> {
    let mut entries = asked.access_control_list;
    check(&kind, &entries)?;
    app.store.write(|t| {
        let before = current(t.tables(), &who, &kind, &id)?;
        let owners = entries.iter().filter(|e| e.owns()).count();
        if kind == "jobs" && owners > 1 {
            return Err(ApiError::invalid("The job must have exactly one owner."));
        }
        // somebody always owns a job
        if kind == "jobs" && owners == 0 {
            entries.splice(0..0, before.into_iter().filter(AccessEntry::owns));
        }
        t.put(PERMISSIONS, &format!("{kind}/{id}"), &entries);
        Ok(())
    })?;
    let above = app.store.read(|t| inherited(t, &kind, &id));
    Ok(show(&kind, &id, &entries, &above))
}

async fn add(
    Caller { app, who }: Caller,
    Path((kind, id)): Path<(String, String)>,
    Body(asked): Body<PermissionBody>,
) -> Result<Json<Value>, ApiError> {
    check(&kind, &asked.access_control_list)?;
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
    let above = app.store.read(|t| inherited(t, &kind, &id));
    Ok(show(&kind, &id, &entries, &above))
}
