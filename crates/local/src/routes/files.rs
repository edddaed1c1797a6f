//! Workspace objects: folders, listing, status, export, delete.

use std::sync::Arc;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{self, Right};
use super::lakeview;
use crate::http::{ApiError, App, Body, Caller, Identity, Params};
use crate::store::Tables;
use crate::tree::objects::{Object, ObjectKind};
use crate::tree::{self, jupyter};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.0/workspace/mkdirs", post(mkdirs))
        .route("/api/2.0/workspace/list", get(list))
        .route("/api/2.0/workspace/get-status", get(status))
        .route("/api/2.0/workspace/export", get(export))
        .route("/api/2.0/workspace/delete", post(delete))
}

#[derive(Deserialize)]
struct AtPath {
    path: String,
}

async fn mkdirs(Caller { app, who }: Caller, Body(at): Body<AtPath>) -> Result<Json<Value>, ApiError> {
    let path = tree::normal(&at.path)?;
    app.store.write(|t| {
        if tree::find(t.tables(), &path).is_none() {
            access::need_write(t.tables(), &who, &path)?;
        }
        tree::mkdirs(t, &path)
    })?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct ListFilesQuery {
    path: String,
    notebooks_modified_after: Option<u64>,
}

async fn list(Caller { app, who }: Caller, Params(asked): Params<ListFilesQuery>) -> Result<Json<Value>, ApiError> {
    let path = tree::normal(&asked.path)?;
    let objects: Vec<Value> = app.store.read(|t| {
        let object = visible(t, &who, &path)?;
        if object.kind != ObjectKind::Directory {
            return Ok::<_, ApiError>(vec![object.info(&path)]);
        }
        let children = tree::below(t, &path).into_iter().filter(|(p, _)| tree::parent(p) == path);
        let wanted = children.filter(|(_, o)| {
            o.kind != ObjectKind::Notebook || asked.notebooks_modified_after.is_none_or(|since| o.modified_at >= since)
        });
        // who sees all of a folder need not be asked about each thing in it
        let all = access::may(t, &who, &path, Right::View) && !matches!(path.as_str(), "/" | "/Users" | "/Repos");
        let wanted = wanted.filter(|(p, _)| all || access::may(t, &who, p, Right::View));
        Ok(wanted.map(|(p, o)| o.info(&p)).collect())
    })?;
    Ok(Json(if objects.is_empty() { json!({}) } else { json!({"objects": objects}) }))
}

/// The object at a path, for somebody who may see it.
fn visible(t: &Tables, who: &Identity, path: &str) -> Result<Object, ApiError> {
    let object = tree::existing(t, path)?;
    access::need(t, who, path, Right::View)?;
    Ok(object)
}

async fn status(Caller { app, who }: Caller, Params(asked): Params<Status>) -> Result<Json<Value>, ApiError> {
    let path = tree::normal(&asked.path)?;
    let object = app.store.read(|t| visible(t, &who, &path))?;
    let mut info = object.info(&path);
    if asked.return_export_info && object.language.is_some() {
        info["repos_export_format"] = json!(if object.jupyter { "JUPYTER" } else { "SOURCE" });
    }
    Ok(Json(info))
}

#[derive(Deserialize)]
struct Status {
    path: String,
    /// Not in the reference: the official CLI asks with it in which form a notebook is kept.
    #[serde(default)]
    return_export_info: bool,
}

#[derive(Deserialize)]
struct Export {
    path: String,
    format: Option<String>,
    #[serde(default)]
    direct_download: bool,
}

async fn export(Caller { app, who }: Caller, Params(asked): Params<Export>) -> Result<Response, ApiError> {
    let path = tree::normal(&asked.path)?;
    let object = app.store.read(|t| visible(t, &who, &path))?;
    let format = asked.format.as_deref().unwrap_or("SOURCE");
    let content = content(&app, &path, &object, format)?;
    if asked.direct_download {
        return Ok(([(CONTENT_TYPE, "application/octet-stream")], content).into_response());
    }
    let file_type = path.rsplit_once('.').map_or("", |(_, e)| e);
    let file_type = match object.language {
        Some(_) if format == "JUPYTER" => "ipynb".to_owned(),
        Some(language) if !object.jupyter => match language {
            crate::tree::objects::Language::Python => "py".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        },
        Some(_) => "ipynb".to_owned(),
        None => file_type.to_owned(),
    };
    Ok(Json(json!({"content": STANDARD.encode(content), "file_type": file_type})).into_response())
}

/// Content in the form asked for.
fn content(app: &App, path: &str, object: &Object, format: &str) -> Result<Vec<u8>, ApiError> {
    let Some(blob) = &object.blob else {
        let what = format!("{:?}", object.kind).to_uppercase();
        return Err(ApiError::invalid(format!("Exporting a {what} is not modelled by the local workspace ({path}).")));
    };
    let content = app.store.blob(blob)?;
    match (format, object.language, object.jupyter) {
        ("AUTO" | "RAW", None, _) | ("SOURCE", None, _) | ("AUTO" | "JUPYTER", Some(_), true) => Ok(content),
        ("SOURCE" | "AUTO" | "RAW", Some(language), false) => {
            let mut whole = format!("{}\n", language.header()).into_bytes();
            whole.extend(content);
            Ok(whole)
        }
        ("JUPYTER", Some(language), false) => {
            let name = path.rsplit('/').next().unwrap_or_default();
            Ok(jupyter::from_source(&String::from_utf8_lossy(&content), language, name))
        }
        _ => Err(ApiError::unsupported(format!("the local workspace does not convert {path} to {format}"))),
    }
}

#[derive(Deserialize)]
struct Delete {
    path: String,
    #[serde(default)]
    recursive: bool,
}

async fn delete(Caller { app, who }: Caller, Body(asked): Body<Delete>) -> Result<Json<Value>, ApiError> {
    let path = tree::normal(&asked.path)?;
    if path == "/" {
        return Err(ApiError::invalid("The root folder cannot be deleted."));
    }
    app.store.write(|t| {
        let object = tree::existing(t.tables(), &path)?;
        access::need(t.tables(), &who, &path, Right::Manage)?;
        let below = tree::below(t.tables(), &path);
        if !below.is_empty() && !asked.recursive {
            let message = format!("Folder ({path}) is not empty.");
            return Err(ApiError::new(axum::http::StatusCode::BAD_REQUEST, "DIRECTORY_NOT_EMPTY", message));
        }
        for (gone, object) in below.into_iter().chain([(path, object)]) {
            match (object.kind, &object.resource_id) {
                (ObjectKind::Dashboard, Some(id)) => lakeview::trash_asset(t, id, &who)?,
                _ => {
                    t.remove(tree::OBJECTS, &gone);
                }
            }
        }
        Ok(())
    })?;
    Ok(Json(json!({})))
}
