//! Unity Catalog: catalogs, schemas, volumes and tables, and their grants. What SQL made is shown beside what the API
//! made; catalogs and schemas made here are there for SQL.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{engine_catalog, volume_files};
use crate::http::{ApiError, App, Body, Caller, Params, now};
use crate::restrictions::PRIVILEGES;
use crate::store::{Tables, Transaction};

const KINDS: [&str; 4] = ["catalogs", "schemas", "volumes", "tables"];

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.1/unity-catalog/{kind}", get(list).post(create))
        .route("/api/2.1/unity-catalog/{kind}/{name}", get(one).patch(change).delete(delete))
        .route("/api/2.1/unity-catalog/permissions/{kind}/{name}", get(grants).patch(grant))
        .route("/api/2.1/unity-catalog/effective-permissions/{kind}/{name}", get(effective))
}

/// The catalog that is always there.
pub(super) fn prepare(t: &mut Transaction<'_>) {
    if t.tables().get::<Value>("catalogs", "main").is_none() {
        t.put("catalogs", "main", &json!({"name": "main", "full_name": "main", "catalog_type": "MANAGED_CATALOG"}));
        t.put(
            "schemas",
            "main.default",
            &json!({"name": "default", "catalog_name": "main", "full_name": "main.default"}),
        );
    }
}

fn known(kind: &str) -> Result<&'static str, ApiError> {
    KINDS
        .into_iter()
        .find(|k| *k == kind)
        .ok_or_else(|| ApiError::unsupported(format!("the local workspace does not model `{kind}` of Unity Catalog")))
}

fn missing(kind: &str, name: &str) -> ApiError {
    let what = kind.trim_end_matches('s');
    ApiError::new(
        axum::http::StatusCode::NOT_FOUND,
        format!("{}_DOES_NOT_EXIST", what.to_uppercase()),
        format!("{} '{name}' does not exist.", capital(what)),
    )
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An object in a path. Names are kept in small letters, and found in any.
#[derive(Deserialize)]
struct Named {
    kind: String,
    #[serde(deserialize_with = "small")]
    name: String,
}

fn small<'de, D: serde::Deserializer<'de>>(name: D) -> Result<String, D::Error> {
    Ok(String::deserialize(name)?.to_lowercase())
}

#[derive(Deserialize)]
struct Within {
    catalog_name: Option<String>,
    schema_name: Option<String>,
}

async fn list(
    State(app): State<Arc<App>>,
    Path(kind): Path<String>,
    Params(within): Params<Within>,
) -> Result<Json<Value>, ApiError> {
    let kind = known(&kind)?;
    let all: Vec<Value> = app.store.read(|t| {
        let known = |name: &str| t.get::<Value>(kind, name).is_some();
        let of_engine =
            engine_catalog::objects(&app, kind).into_iter().filter(|(name, _)| !known(name)).map(|(_, o)| o);
        let of_api = t.all::<Value>(kind).filter(|(name, _)| !engine_catalog::gone(&app, kind, name)).map(|(_, o)| o);
        of_api
            .chain(of_engine)
            .filter(|o| within.catalog_name.as_ref().is_none_or(|c| o["catalog_name"] == c.to_lowercase()))
            .filter(|o| within.schema_name.as_ref().is_none_or(|s| o["schema_name"] == s.to_lowercase()))
            .collect()
    });
    Ok(Json(json!({kind: all})))
}

/// Fields that hold the names of an object.
const NAMES: [&str; 3] = ["catalog_name", "schema_name", "name"];
/// A property that the catalog sets for the tables of a schema.
const MANAGED: &str = "unity.catalog.managed.delta.defaults.delta.enableRowTracking";

/// Brings what the API is told into the form in which it is kept and shown: names in small letters, locations without a
/// slash at the end, and without what is never given back.
fn as_kept(object: &mut Map<String, Value>) {
    for (field, value) in object.iter_mut() {
        let Value::String(text) = value else { continue };
        if NAMES.contains(&field.as_str()) {
            *text = text.to_lowercase();
        } else if matches!(field.as_str(), "storage_root" | "storage_location") {
            text.truncate(text.trim_end_matches('/').len());
        }
    }
    object.remove("custom_max_retention_hours");
}

async fn create(
    Caller { app, who }: Caller,
    Path(kind): Path<String>,
    Body(mut object): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let kind = known(&kind)?;
    if kind == "tables" {
        return Err(ApiError::unsupported("the local workspace makes tables by SQL only"));
    }
    as_kept(&mut object);
    if kind == "schemas"
        && let Some(properties) = object.entry("properties").or_insert_with(|| json!({})).as_object_mut()
    {
        properties.entry(MANAGED).or_insert_with(|| json!("true"));
    }
    let part = |field: &str| {
        let value = object.get(field).and_then(Value::as_str).filter(|v| !v.is_empty());
        value.map(str::to_owned).ok_or_else(|| ApiError::invalid(format!("The parameter `{field}` is required.")))
    };
    let (above, full_name) = match kind {
        "catalogs" => (None, part("name")?),
        "schemas" => {
            (Some(("catalogs", part("catalog_name")?)), format!("{}.{}", part("catalog_name")?, part("name")?))
        }
        _ => {
            let schema = format!("{}.{}", part("catalog_name")?, part("schema_name")?);
            (Some(("schemas", schema.clone())), format!("{schema}.{}", part("name")?))
        }
    };
    object.insert("full_name".into(), json!(full_name));
    object.insert("owner".into(), json!(who.name()));
    object.insert("created_at".into(), json!(now()));
    object.insert("created_by".into(), json!(who.name()));
    app.store.write(|t| {
        if let Some((above, name)) = &above
            && t.tables().get::<Value>(above, name).is_none()
            && engine_catalog::object(&app, above, name).is_none()
        {
            return Err(missing(above, name));
        }
        let known =
            t.tables().get::<Value>(kind, &full_name).is_some() && !engine_catalog::gone(&app, kind, &full_name);
        if known || engine_catalog::object(&app, kind, &full_name).is_some() {
            let what = kind.trim_end_matches('s');
            let message = format!("{} '{full_name}' already exists", capital(what));
            return Err(ApiError::exists(message));
        }
        if let Some((catalog, schema)) = engine_catalog::namespace(kind, &full_name) {
            app.engine.create_namespace(catalog, schema).map_err(|e| ApiError::invalid(e.to_string()))?;
        }
        t.put(kind, &full_name, &object);
        Ok(())
    })?;
    Ok(Json(Value::Object(object)))
}

async fn one(State(app): State<Arc<App>>, Path(Named { kind, name }): Path<Named>) -> Result<Json<Value>, ApiError> {
    let kind = known(&kind)?;
    let found = app.store.read(|t| t.get::<Value>(kind, &name)).filter(|_| !engine_catalog::gone(&app, kind, &name));
    found.or_else(|| engine_catalog::object(&app, kind, &name)).map(Json).ok_or_else(|| missing(kind, &name))
}

async fn change(
    State(app): State<Arc<App>>,
    Path(Named { kind, name }): Path<Named>,
    Body(mut changes): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let kind = known(&kind)?;
    if changes.contains_key("new_name") {
        return Err(ApiError::unsupported("the local workspace does not rename objects of Unity Catalog"));
    }
    if changes.is_empty() {
        return Err(ApiError::invalid("Nothing to update."));
    }
    as_kept(&mut changes);
    app.store.write(|t| {
        let of_engine = || engine_catalog::object(&app, kind, &name).and_then(|o| o.as_object().cloned());
        let known = t.tables().get::<Map<String, Value>>(kind, &name);
        let mut object = known.or_else(of_engine).ok_or_else(|| missing(kind, &name))?;
        object.extend(changes);
        t.put(kind, &name, &object);
        Ok(Json(Value::Object(object)))
    })
}

/// The local workspace models no rights on data: everybody has every privilege that is not denied.
async fn effective(
    State(app): State<Arc<App>>,
    Path(Named { kind, name }): Path<Named>,
) -> Result<Json<Value>, ApiError> {
    let plural = known(&format!("{kind}s"))?;
    let there = app.store.read(|t| t.get::<Value>(plural, &name).is_some());
    if !there && engine_catalog::object(&app, plural, &name).is_none() {
        return Err(missing(plural, &name));
    }
    let granted = PRIVILEGES.into_iter().filter(|privilege| !app.restrictions.denies(privilege, &name));
    let granted: Vec<Value> = granted.map(|privilege| json!({"privilege": privilege})).collect();
    Ok(Json(json!({"privilege_assignments": [{"principal": "account users", "privileges": granted}]})))
}

#[derive(Deserialize)]
struct Force {
    #[serde(default)]
    force: bool,
}

async fn delete(
    State(app): State<Arc<App>>,
    Path(Named { kind, name }): Path<Named>,
    Params(asked): Params<Force>,
) -> Result<Json<Value>, ApiError> {
    let kind = known(&kind)?;
    app.store.write(|t| {
        let prefix = format!("{name}.");
        let of_engine = engine_catalog::object(&app, kind, &name).is_some();
        if kind == "tables" && of_engine {
            return Err(ApiError::unsupported("the local workspace drops tables by SQL only"));
        }
        let mut below = Vec::new();
        for table in KINDS {
            below.extend(t.tables().prefixed::<Value>(table, &prefix).map(|(key, _)| (table, key.to_owned())));
        }
        let holds = |kind| {
            engine_catalog::objects(&app, kind).iter().any(|(n, _)| n.starts_with(&prefix) && !n.ends_with(".default"))
        };
        if (!below.is_empty() || holds("schemas") || holds("tables")) && !asked.force {
            let message = format!("{} '{name}' is not empty.", capital(kind.trim_end_matches('s')));
            return Err(ApiError::invalid_state(message));
        }
        for (table, key) in below {
            t.remove(table, &key);
            t.remove("grants", &format!("{table}/{key}"));
        }
        t.remove("grants", &format!("{kind}/{name}"));
        if kind != "tables" {
            volume_files::remove_all(t, &name);
        }
        if let Some((catalog, schema)) = engine_catalog::namespace(kind, &name) {
            app.engine.drop_namespace(catalog, schema).map_err(|e| ApiError::invalid(e.to_string()))?;
        }
        if t.remove(kind, &name) || of_engine { Ok(Json(json!({}))) } else { Err(missing(kind, &name)) }
    })
}

#[derive(Deserialize)]
struct Grants {
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    principal: String,
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
}

/// Privileges by principal. Those on a view belong to it and not to its name: a view that is replaced loses them.
#[derive(Default, Serialize, Deserialize)]
struct Given {
    #[serde(default)]
    view_number: Option<u64>,
    #[serde(default)]
    privileges: BTreeMap<String, Vec<String>>,
}

fn given(app: &App, t: &Tables, kind: &str, name: &str) -> Result<Given, ApiError> {
    let listed = known(kind_of(kind))?;
    let there = t.get::<Value>(listed, name).is_some() && !engine_catalog::gone(app, listed, name);
    if !there && engine_catalog::object(app, listed, name).is_none() {
        return Err(missing(listed, name));
    }
    let view_number = engine_catalog::view_number(app, listed, name);
    let kept: Given = t.get("grants", &format!("{listed}/{name}")).unwrap_or_default();
    Ok(if kept.view_number == view_number { kept } else { Given { view_number, ..Given::default() } })
}

/// The API names a kind in the singular here, and takes the plural too.
fn kind_of(kind: &str) -> &str {
    KINDS.into_iter().find(|k| k.trim_end_matches('s') == kind).unwrap_or(kind)
}

fn show(given: &Given) -> Json<Value> {
    let list = given.privileges.iter().map(|(p, privileges)| json!({"principal": p, "privileges": privileges}));
    Json(json!({"privilege_assignments": list.collect::<Vec<_>>()}))
}

async fn grants(State(app): State<Arc<App>>, Path(Named { kind, name }): Path<Named>) -> Result<Json<Value>, ApiError> {
    app.store.read(|t| given(&app, t, &kind, &name)).map(|g| show(&g))
}

async fn grant(
    State(app): State<Arc<App>>,
    Path(Named { kind, name }): Path<Named>,
    Body(asked): Body<Grants>,
) -> Result<Json<Value>, ApiError> {
    app.store.write(|t| {
        let mut given = given(&app, t.tables(), &kind, &name)?;
        for change in asked.changes {
            let mut privileges = given.privileges.remove(&change.principal).unwrap_or_default();
            privileges.retain(|p| !change.remove.contains(p));
            privileges.extend(change.add);
            privileges.sort();
            privileges.dedup();
            if !privileges.is_empty() {
                given.privileges.insert(change.principal, privileges);
            }
        }
        t.put("grants", &format!("{}/{name}", kind_of(&kind)), &given);
        Ok(show(&given))
    })
}
