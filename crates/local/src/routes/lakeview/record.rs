//! A dashboard as it is kept: the draft, and what was published of it.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::{ApiError, now};
use crate::store::{Tables, Transaction};
use crate::tree;
use crate::tree::objects::ObjectKind;

const DASHBOARDS: &str = "dashboards";

/// What stands behind the display name in the path of the asset.
const EXTENSION: &str = ".lvdash.json";

/// Where a dashboard is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Lifecycle {
    /// It can be opened.
    Active,
    /// It is in the trash of the one who deleted it.
    Trashed,
}

/// What readers of the published dashboard see it by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Published {
    /// Title at the time of publishing.
    pub display_name: String,
    /// Whether the publisher's credentials run the queries.
    pub embed_credentials: bool,
    /// The warehouse, which may be another one than the draft's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_id: Option<String>,
    /// Milliseconds since 1970.
    pub revision_create_time: u64,
}

impl Published {
    /// As the API shows it.
    pub(super) fn show(&self) -> Value {
        let mut shown = json!(self);
        shown["revision_create_time"] = json!(instant(self.revision_create_time));
        shown
    }
}

/// One dashboard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DashboardRecord {
    /// Its id, which its URL hangs on.
    pub dashboard_id: String,
    /// Title of the draft.
    pub display_name: String,
    /// The folder.
    pub parent_path: String,
    /// The warehouse of the draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_id: Option<String>,
    /// Where the store keeps the serialized dashboard.
    pub blob: String,
    /// Grows with every change.
    pub etag: u64,
    /// Whether it is in the trash.
    pub lifecycle_state: Lifecycle,
    /// Milliseconds since 1970.
    pub create_time: u64,
    /// Milliseconds since 1970.
    pub update_time: u64,
    /// What is published, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Published>,
}

impl DashboardRecord {
    /// The path of the asset.
    pub(super) fn path(&self) -> String {
        path(&self.parent_path, &self.display_name)
    }

    /// What every answer shows of it.
    pub(super) fn summary(&self) -> Value {
        let mut shown = json!({
            "dashboard_id": self.dashboard_id, "display_name": self.display_name,
            "create_time": instant(self.create_time), "lifecycle_state": self.lifecycle_state,
        });
        if let Some(warehouse) = &self.warehouse_id {
            shown["warehouse_id"] = json!(warehouse);
        }
        shown
    }

    /// The whole of it.
    pub(super) fn show(&self, serialized: &str) -> Value {
        let mut shown = self.summary();
        shown["update_time"] = json!(instant(self.update_time));
        shown["etag"] = json!(self.etag.to_string());
        shown["parent_path"] = json!(self.parent_path);
        shown["path"] = json!(self.path());
        shown["serialized_dashboard"] = json!(serialized);
        shown
    }

    /// Notes a change of the draft, which is later than the change before it and than the last revision.
    pub(super) fn touch(&mut self) {
        let revision = self.published.as_ref().map_or(0, |p| p.revision_create_time);
        self.update_time = now().max(self.update_time + 1).max(revision + 1);
    }
}

/// The path of a dashboard's asset.
pub(super) fn path(parent: &str, display_name: &str) -> String {
    format!("{}/{display_name}{EXTENSION}", parent.trim_end_matches('/'))
}

/// A time as the API writes it.
pub(super) fn instant(milliseconds: u64) -> String {
    let signed = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(signed).map_or_else(|_| String::new(), |t| format!("{t:.3}"))
}

/// Every dashboard, the trashed ones too, in the order of their ids.
pub(super) fn all(t: &Tables) -> impl Iterator<Item = DashboardRecord> {
    t.all::<DashboardRecord>(DASHBOARDS).map(|(_, d)| d)
}

/// The dashboard, trashed or not.
pub(super) fn existing(t: &Tables, id: &str) -> Result<DashboardRecord, ApiError> {
    t.get(DASHBOARDS, id).ok_or_else(|| ApiError::not_found(format!("Unable to find dashboard [{id}]")))
}

/// The dashboard, unless it is in the trash.
pub(super) fn active(t: &Tables, id: &str) -> Result<DashboardRecord, ApiError> {
    let dashboard = existing(t, id)?;
    match dashboard.lifecycle_state {
        Lifecycle::Active => Ok(dashboard),
        Lifecycle::Trashed => Err(ApiError::not_found(format!("Dashboard [{id}] is in the trash."))),
    }
}

/// Keeps a dashboard and its asset in the tree. `before` is the path it had.
pub(super) fn keep(t: &mut Transaction<'_>, dashboard: &DashboardRecord, before: Option<&str>) -> Result<(), ApiError> {
    let path = dashboard.path();
    let old = before.and_then(|p| tree::find(t.tables(), p));
    if before != Some(path.as_str()) {
        if tree::find(t.tables(), &path).is_some() {
            return Err(taken(dashboard));
        }
        if let Some(before) = before {
            t.remove(tree::OBJECTS, before);
        }
    }
    let mut object = tree::blank(0, ObjectKind::Dashboard);
    object.resource_id = Some(dashboard.dashboard_id.clone());
    object.blob = Some(dashboard.blob.clone());
    let mut object = tree::put(t, &path, object, true)?;
    if let Some(old) = old {
        // a renamed asset stays the same object
        (object.id, object.created_at) = (old.id, old.created_at);
        t.put(tree::OBJECTS, &path, &object);
    }
    t.put(DASHBOARDS, &dashboard.dashboard_id, dashboard);
    Ok(())
}

/// Moves a dashboard to the trash: it is no longer published and its path is free.
pub(super) fn trash(t: &mut Transaction<'_>, id: &str, user: &str) -> Result<(), ApiError> {
    let mut dashboard = active(t.tables(), id)?;
    t.remove(tree::OBJECTS, &dashboard.path());
    dashboard.lifecycle_state = Lifecycle::Trashed;
    dashboard.published = None;
    dashboard.parent_path = format!("/Users/{user}/Trash");
    t.put(DASHBOARDS, id, &dashboard);
    Ok(())
}

fn taken(dashboard: &DashboardRecord) -> ApiError {
    let message = format!(
        "Unable to register dashboard [dashboards/{}]. Caused by Node named '{}{EXTENSION}' already exists",
        dashboard.dashboard_id, dashboard.display_name
    );
    ApiError::new(StatusCode::CONFLICT, "ALREADY_EXISTS", message)
}
