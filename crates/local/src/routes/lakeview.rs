//! Dashboards: drafts, publishing, the trash.

mod record;
mod schedules;
mod serialized;

use std::sync::Arc;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{self, Right};
use crate::http::{ApiError, App, Body, Caller, Identity, Params, now};
use crate::secret::hex;
use crate::store::{Tables, Transaction};
use crate::tree;
use record::{DashboardRecord, Lifecycle, Published};

/// Dashboards on one page of the list.
const PAGE: usize = 100;

/// The largest dashboard in bytes.
const LARGEST: usize = 10 * 1024 * 1024;

/// The first etag; they count up from here.
const FIRST_ETAG: u64 = 80_611_980;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.0/lakeview/dashboards", get(list).post(create))
        .route("/api/2.0/lakeview/dashboards/{id}", get(one).patch(update).delete(trash))
        .route("/api/2.0/lakeview/dashboards/{id}/published", get(published).post(publish).delete(unpublish))
        .merge(schedules::routes())
}

/// Moves a dashboard whose asset is deleted through the workspace API to the trash.
pub(super) fn trash_asset(t: &mut Transaction<'_>, id: &str, who: &Identity) -> Result<(), ApiError> {
    record::trash(t, id, who.name())
}

/// Where a dashboard stands, unless it is in the trash.
pub(super) fn path_of(t: &Tables, id: &str) -> Option<String> {
    record::active(t, id).ok().map(|d| d.path())
}

/// A dashboard for somebody with a right on it.
fn allowed(t: &Tables, who: &Identity, id: &str, right: Right) -> Result<DashboardRecord, ApiError> {
    let dashboard = record::active(t, id)?;
    access::need(t, who, &dashboard.path(), right)?;
    Ok(dashboard)
}

/// Catalog and schema for the datasets; absent or blank keeps what each dataset has.
#[derive(Deserialize)]
struct DatasetDefaults {
    dataset_catalog: Option<String>,
    dataset_schema: Option<String>,
}

#[derive(Deserialize)]
struct Draft {
    display_name: Option<String>,
    warehouse_id: Option<String>,
    serialized_dashboard: Option<String>,
    parent_path: Option<String>,
    etag: Option<String>,
}

impl Draft {
    fn blob(&self, app: &App, defaults: &DatasetDefaults) -> Result<Option<String>, ApiError> {
        let Some(text) = &self.serialized_dashboard else { return Ok(None) };
        if text.len() > LARGEST {
            return Err(ApiError::invalid("The serialized dashboard is larger than 10 MB."));
        }
        let (catalog, schema) = (defaults.dataset_catalog.as_deref(), defaults.dataset_schema.as_deref());
        let kept = serialized::rewrite(text, catalog, schema)?;
        Ok(Some(app.store.put_blob(kept.as_bytes())?))
    }
}

fn show(app: &App, dashboard: &DashboardRecord) -> Result<Json<Value>, ApiError> {
    let serialized = app.store.blob(&dashboard.blob)?;
    Ok(Json(dashboard.show(&String::from_utf8_lossy(&serialized))))
}

/// A warehouse id that is given and not empty.
fn warehouse(id: Option<String>) -> Option<String> {
    id.filter(|id| !id.is_empty())
}

async fn create(
    Caller { app, who }: Caller,
    Params(defaults): Params<DatasetDefaults>,
    Body(draft): Body<Draft>,
) -> Result<Json<Value>, ApiError> {
    let display_name = checked_name(draft.display_name.as_deref().unwrap_or_default())?;
    let parent_path = match draft.parent_path.as_deref() {
        Some(path) if !path.is_empty() => tree::normal(path)?,
        _ => format!("/Users/{}", who.name()),
    };
    let blob = match draft.blob(&app, &defaults)? {
        Some(blob) => blob,
        None => app.store.put_blob(b"{}\n")?,
    };
    let id = hex(16).map_err(|e| ApiError::internal(e.to_string()))?;
    let at = now();
    let dashboard = DashboardRecord {
        dashboard_id: id,
        display_name,
        parent_path,
        warehouse_id: warehouse(draft.warehouse_id),
        blob,
        etag: FIRST_ETAG,
        lifecycle_state: Lifecycle::Active,
        create_time: at,
        update_time: at,
        published: None,
    };
    app.store.write(|t| {
        tree::existing(t.tables(), &dashboard.parent_path)?;
        access::need_write(t.tables(), &who, &dashboard.path())?;
        record::keep(t, &dashboard, None)
    })?;
    app.restrictions.written(dashboard.dashboard_id.clone(), Value::Null);
    show(&app, &dashboard)
}

/// A display name is also a file name.
fn checked_name(name: &str) -> Result<String, ApiError> {
    if name.trim().is_empty() || name.contains('/') {
        return Err(ApiError::invalid("The parameter `display_name` must not be empty or contain `/`."));
    }
    Ok(name.to_owned())
}

/// A dashboard for somebody who may see it, also in the trash.
fn visible(t: &Tables, who: &Identity, id: &str) -> Result<DashboardRecord, ApiError> {
    let dashboard = record::existing(t, id)?;
    access::need(t, who, &dashboard.path(), Right::View)?;
    Ok(dashboard)
}

async fn one(Caller { app, who }: Caller, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let mut dashboard = app.store.read(|t| visible(t, &who, &id))?;
    if let Some(before) = app.restrictions.stale(&id) {
        let missing = |_| ApiError::not_found(format!("Unable to find dashboard [{id}]"));
        dashboard = serde_json::from_value(before).map_err(missing)?;
    }
    show(&app, &dashboard)
}

/// The warehouse is what the request says, also if it says nothing: in this the update is a full replacement.
async fn update(
    Caller { app, who }: Caller,
    Path(id): Path<String>,
    Params(defaults): Params<DatasetDefaults>,
    Body(draft): Body<Draft>,
) -> Result<Json<Value>, ApiError> {
    let blob = draft.blob(&app, &defaults)?;
    let dashboard = app.store.write(|t| {
        let mut dashboard = allowed(t.tables(), &who, &id, Right::Edit)?;
        if let Some(etag) = draft.etag.as_deref().filter(|e| !e.is_empty())
            && etag != dashboard.etag.to_string()
        {
            let message = format!(
                "Dashboard [{id}] has been modified: the etag {etag} does not match the current one, {}.",
                dashboard.etag
            );
            return Err(ApiError::new(StatusCode::CONFLICT, "ABORTED", message));
        }
        app.restrictions.written(id.clone(), json!(dashboard));
        let before = dashboard.path();
        if let Some(name) = draft.display_name.as_deref() {
            dashboard.display_name = checked_name(name)?;
        }
        let given = warehouse(draft.warehouse_id);
        // the etag follows the content: a display name of its own leaves it
        if blob.as_ref().is_some_and(|b| *b != dashboard.blob) || given != dashboard.warehouse_id {
            dashboard.etag += 1;
        }
        dashboard.warehouse_id = given;
        if let Some(blob) = blob {
            dashboard.blob = blob;
        }
        dashboard.touch();
        record::keep(t, &dashboard, Some(&before))?;
        Ok(dashboard)
    })?;
    show(&app, &dashboard)
}

async fn trash(Caller { app, who }: Caller, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        allowed(t.tables(), &who, &id, Right::Manage)?;
        record::trash(t, &id, who.name())
    })?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct Publish {
    embed_credentials: Option<bool>,
    warehouse_id: Option<String>,
}

async fn publish(
    Caller { app, who }: Caller,
    Path(id): Path<String>,
    Body(asked): Body<Publish>,
) -> Result<Json<Value>, ApiError> {
    let published = app.store.write(|t| {
        let mut dashboard = allowed(t.tables(), &who, &id, Right::Edit)?;
        let published = Published {
            display_name: dashboard.display_name.clone(),
            embed_credentials: asked.embed_credentials.unwrap_or(true),
            warehouse_id: warehouse(asked.warehouse_id).or_else(|| dashboard.warehouse_id.clone()),
            revision_create_time: now().max(dashboard.update_time),
        };
        dashboard.published = Some(published.clone());
        let path = dashboard.path();
        record::keep(t, &dashboard, Some(&path))?;
        Ok::<_, ApiError>(published)
    })?;
    Ok(Json(published.show()))
}

fn unpublished(id: &str) -> ApiError {
    ApiError::not_found(format!("Unable to find published dashboard [{id}]"))
}

async fn published(Caller { app, who }: Caller, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let dashboard = app.store.read(|t| visible(t, &who, &id))?;
    dashboard.published.map(|p| Json(p.show())).ok_or_else(|| unpublished(&id))
}

async fn unpublish(Caller { app, who }: Caller, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        let mut dashboard = allowed(t.tables(), &who, &id, Right::Edit)?;
        dashboard.published.take().ok_or_else(|| unpublished(&id))?;
        let path = dashboard.path();
        record::keep(t, &dashboard, Some(&path))
    })?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct ListDashboardsQuery {
    page_size: Option<usize>,
    page_token: Option<String>,
    #[serde(default)]
    show_trashed: bool,
}

/// A page token is the id of the last dashboard before the page.
async fn list(Caller { app, who }: Caller, Params(asked): Params<ListDashboardsQuery>) -> Json<Value> {
    let size = asked.page_size.unwrap_or(PAGE).clamp(1, PAGE);
    let after = asked.page_token.unwrap_or_default();
    let mut wanted: Vec<DashboardRecord> = app.store.read(|t| {
        let shown = |d: &DashboardRecord| {
            (asked.show_trashed || d.lifecycle_state == Lifecycle::Active)
                && access::may(t, &who, &d.path(), Right::View)
        };
        record::all(t).filter(|d| d.dashboard_id > after && shown(d)).take(size + 1).collect()
    });
    let more = wanted.len() > size;
    wanted.truncate(size);
    let mut answer = json!({"dashboards": wanted.iter().map(DashboardRecord::summary).collect::<Vec<_>>()});
    if let Some(last) = wanted.last().filter(|_| more) {
        answer["next_page_token"] = json!(last.dashboard_id);
    }
    Json(answer)
}
