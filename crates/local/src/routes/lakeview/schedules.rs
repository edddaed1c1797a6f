//! Schedules of dashboards and who is subscribed to them: kept and shown; nothing is sent.

use std::sync::Arc;

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::super::access::Right;
use super::super::job_check::schedule;
use super::{allowed, visible};
use crate::http::{ApiError, App, Body, Caller, Identity, now};
use crate::secret::hex;
use crate::store::{Tables, Transaction};

/// Schedules by `dashboard/schedule`, subscriptions by `dashboard/schedule/subscription`.
const SCHEDULES: &str = "dashboard_schedules";
const SUBSCRIPTIONS: &str = "dashboard_subscriptions";

pub(super) fn routes() -> Router<Arc<App>> {
    let base = "/api/2.0/lakeview/dashboards/{id}/schedules";
    Router::new()
        .route(base, get(list).post(create))
        .route(&format!("{base}/{{schedule}}"), get(one).put(update).delete(delete))
        .route(&format!("{base}/{{schedule}}/subscriptions"), get(subscribers).post(subscribe))
        .route(&format!("{base}/{{schedule}}/subscriptions/{{subscription}}"), get(subscriber).delete(unsubscribe))
}

type ScheduleRecord = Map<String, Value>;

fn found(t: &Tables, table: &str, key: &str) -> Result<ScheduleRecord, ApiError> {
    t.get(table, key).ok_or_else(|| ApiError::not_found(format!("Unable to find [{key}]")))
}

fn checked(record: &ScheduleRecord) -> Result<(), ApiError> {
    let cron = record.get("cron_schedule").and_then(Value::as_object);
    schedule(cron.ok_or_else(|| ApiError::invalid("The parameter `cron_schedule` is required."))?)?;
    match record.get("pause_status").map(Value::as_str) {
        None | Some(Some("PAUSED" | "UNPAUSED")) => Ok(()),
        Some(_) => Err(ApiError::invalid("Invalid value for pause_status: expected PAUSED or UNPAUSED.")),
    }
}

/// Keeps a record under a new id with the times and the etag that the service adds.
fn keep(
    t: &mut Transaction<'_>,
    table: &str,
    prefix: &str,
    id_field: &str,
    mut record: ScheduleRecord,
) -> Result<Value, ApiError> {
    let id = hex(16).map_err(|e| ApiError::internal(e.to_string()))?;
    let mut parts = prefix.split('/');
    for field in ["dashboard_id", "schedule_id"] {
        if let Some(part) = parts.next() {
            record.insert(field.into(), json!(part));
        }
    }
    record.insert(id_field.into(), json!(id));
    record.insert("create_time".into(), json!(super::record::instant(now())));
    stamp(&mut record);
    t.put(table, &format!("{prefix}/{id}"), &record);
    Ok(Value::Object(record))
}

fn stamp(record: &mut ScheduleRecord) {
    let at = now();
    record.insert("update_time".into(), json!(super::record::instant(at)));
    record.insert("etag".into(), json!(at.to_string()));
}

async fn list(Caller { app, who }: Caller, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let all: Vec<Value> = app.store.read(|t| {
        visible(t, &who, &id)?;
        Ok::<_, ApiError>(t.prefixed(SCHEDULES, &format!("{id}/")).map(|(_, v)| v).collect())
    })?;
    Ok(Json(json!({"schedules": all})))
}

async fn create(
    Caller { app, who }: Caller,
    Path(id): Path<String>,
    Body(record): Body<ScheduleRecord>,
) -> Result<Json<Value>, ApiError> {
    checked(&record)?;
    app.store.write(|t| {
        allowed(t.tables(), &who, &id, Right::Edit)?;
        keep(t, SCHEDULES, &id, "schedule_id", record).map(Json)
    })
}

async fn one(
    Caller { app, who }: Caller,
    Path((id, schedule)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|t| {
        visible(t, &who, &id)?;
        found(t, SCHEDULES, &format!("{id}/{schedule}")).map(|r| Json(Value::Object(r)))
    })
}

async fn update(
    Caller { app, who }: Caller,
    Path((id, schedule)): Path<(String, String)>,
    Body(changes): Body<ScheduleRecord>,
) -> Result<Json<Value>, ApiError> {
    checked(&changes)?;
    app.store.write(|t| {
        allowed(t.tables(), &who, &id, Right::Edit)?;
        let key = format!("{id}/{schedule}");
        let mut record = found(t.tables(), SCHEDULES, &key)?;
        if changes.get("etag").is_some_and(|etag| Some(etag) != record.get("etag")) {
            return Err(ApiError::new(axum::http::StatusCode::CONFLICT, "ABORTED", "The schedule has been modified."));
        }
        record.extend(changes);
        stamp(&mut record);
        t.put(SCHEDULES, &key, &record);
        Ok(Json(Value::Object(record)))
    })
}

async fn delete(
    Caller { app, who }: Caller,
    Path((id, schedule)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    remove(&app, &who, &id, SCHEDULES, &format!("{id}/{schedule}"))
}

async fn subscribers(
    Caller { app, who }: Caller,
    Path((id, schedule)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let all: Vec<Value> = app.store.read(|t| {
        visible(t, &who, &id)?;
        Ok::<_, ApiError>(t.prefixed(SUBSCRIPTIONS, &format!("{id}/{schedule}/")).map(|(_, v)| v).collect())
    })?;
    Ok(Json(json!({"subscriptions": all})))
}

async fn subscribe(
    Caller { app, who }: Caller,
    Path((id, schedule)): Path<(String, String)>,
    Body(record): Body<ScheduleRecord>,
) -> Result<Json<Value>, ApiError> {
    let subscriber = &record.get("subscriber").cloned().unwrap_or_default();
    if !subscriber["user_subscriber"].is_object() && !subscriber["destination_subscriber"].is_object() {
        return Err(ApiError::invalid("The subscriber needs user_subscriber or destination_subscriber."));
    }
    app.store.write(|t| {
        allowed(t.tables(), &who, &id, Right::View)?;
        let key = format!("{id}/{schedule}");
        found(t.tables(), SCHEDULES, &key)?;
        keep(t, SUBSCRIPTIONS, &key, "subscription_id", record).map(Json)
    })
}

async fn subscriber(
    Caller { app, who }: Caller,
    Path((id, schedule, subscription)): Path<(String, String, String)>,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|t| {
        visible(t, &who, &id)?;
        found(t, SUBSCRIPTIONS, &format!("{id}/{schedule}/{subscription}")).map(|r| Json(Value::Object(r)))
    })
}

async fn unsubscribe(
    Caller { app, who }: Caller,
    Path((id, schedule, subscription)): Path<(String, String, String)>,
) -> Result<Json<Value>, ApiError> {
    remove(&app, &who, &id, SUBSCRIPTIONS, &format!("{id}/{schedule}/{subscription}"))
}

/// Removes a record and what hangs on it.
fn remove(app: &App, who: &Identity, dashboard: &str, table: &str, key: &str) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        allowed(t.tables(), who, dashboard, Right::View)?;
        found(t.tables(), table, key)?;
        let prefix = format!("{key}/");
        let below: Vec<String> =
            t.tables().prefixed::<Value>(SUBSCRIPTIONS, &prefix).map(|(k, _)| k.to_owned()).collect();
        for subscription in below {
            t.remove(SUBSCRIPTIONS, &subscription);
        }
        t.remove(table, key);
        Ok(Json(json!({})))
    })
}
