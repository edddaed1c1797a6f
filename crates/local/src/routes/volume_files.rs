//! Files in volumes. A volume must be there; folders in it come with their files.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::engine_catalog;
use crate::http::{ApiError, App, Params, now};

/// Files by path, and folders that were made by themselves, which have no content.
const TABLE: &str = "volume_files";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.0/fs/files/{*path}", put(upload).get(download).delete(delete))
        .route("/api/2.0/fs/directories/{*path}", get(list).put(mkdir).delete(remove_dir))
}

#[derive(Serialize, Deserialize)]
struct Entry {
    blob: Option<String>,
    size: usize,
    modified_at: u64,
}

/// The path, if it leads into a volume that is there.
fn inside(app: &App, path: &str) -> Result<String, ApiError> {
    let path = format!("/{}", path.trim_matches('/'));
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let ["Volumes", catalog, schema, volume, rest @ ..] = parts.as_slice() else {
        return Err(ApiError::invalid(format!("{path} does not lead into a volume.")));
    };
    if rest.iter().any(|p| matches!(*p, "" | "." | "..")) {
        return Err(ApiError::invalid(format!("{path} is not a path.")));
    }
    let name = format!("{catalog}.{schema}.{volume}");
    let known = app.store.read(|t| t.get::<Value>("volumes", &name).is_some());
    if known || engine_catalog::object(app, "volumes", &name).is_some() {
        return Ok(path);
    }
    Err(ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("Volume '{name}' does not exist.")))
}

fn missing(path: &str) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("{path} does not exist."))
}

#[derive(Deserialize)]
struct Overwrite {
    #[serde(default)]
    overwrite: bool,
}

async fn upload(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    Params(asked): Params<Overwrite>,
    content: Bytes,
) -> Result<StatusCode, ApiError> {
    let path = inside(&app, &path)?;
    let blob = app.store.put_blob(&content)?;
    app.store.write(|t| {
        if !asked.overwrite && t.tables().get::<Entry>(TABLE, &path).is_some() {
            return Err(ApiError::new(StatusCode::CONFLICT, "ALREADY_EXISTS", format!("{path} is there already.")));
        }
        t.put(TABLE, &path, &Entry { blob: Some(blob), size: content.len(), modified_at: now() });
        Ok(StatusCode::NO_CONTENT)
    })
}

async fn download(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<Vec<u8>, ApiError> {
    let path = inside(&app, &path)?;
    let entry = app.store.read(|t| t.get::<Entry>(TABLE, &path));
    let blob = entry.and_then(|e| e.blob).ok_or_else(|| missing(&path))?;
    Ok(app.store.blob(&blob)?)
}

async fn delete(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<StatusCode, ApiError> {
    let path = inside(&app, &path)?;
    app.store.write(|t| {
        if t.tables().get::<Entry>(TABLE, &path).is_none_or(|e| e.blob.is_none()) {
            return Err(missing(&path));
        }
        t.remove(TABLE, &path);
        Ok(StatusCode::NO_CONTENT)
    })
}

async fn mkdir(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<StatusCode, ApiError> {
    let path = inside(&app, &path)?;
    app.store.write(|t| {
        if t.tables().get::<Entry>(TABLE, &path).is_none() {
            t.put(TABLE, &path, &Entry { blob: None, size: 0, modified_at: now() });
        }
        Ok(StatusCode::NO_CONTENT)
    })
}

async fn remove_dir(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<StatusCode, ApiError> {
    let path = inside(&app, &path)?;
    app.store.write(|t| {
        if t.tables().prefixed::<Entry>(TABLE, &format!("{path}/")).next().is_some() {
            return Err(ApiError::invalid(format!("{path} is not empty.")));
        }
        if t.tables().get::<Entry>(TABLE, &path).is_none_or(|e| e.blob.is_some()) {
            return Err(missing(&path));
        }
        t.remove(TABLE, &path);
        Ok(StatusCode::NO_CONTENT)
    })
}

async fn list(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<Json<Value>, ApiError> {
    let path = inside(&app, &path)?;
    let below = format!("{path}/");
    let (there, mut contents) = app.store.read(|t| {
        let mut contents: Vec<Value> = Vec::new();
        for (full, entry) in t.prefixed::<Entry>(TABLE, &below) {
            let rest = &full[below.len()..];
            let (name, folder) = match rest.split_once('/') {
                Some((folder, _)) => (folder, true),
                None => (rest, entry.blob.is_none()),
            };
            let known = contents.iter().any(|c| c["name"] == name);
            if !known {
                let mut shown = json!({"path": format!("{below}{name}"), "name": name, "is_directory": folder});
                if !folder {
                    shown["file_size"] = json!(entry.size);
                    shown["last_modified"] = json!(entry.modified_at);
                }
                contents.push(shown);
            }
        }
        (t.get::<Entry>(TABLE, &path).is_some(), contents)
    });
    // the volume itself is a folder without an entry
    if contents.is_empty() && !there && path.split('/').count() > 5 {
        return Err(missing(&path));
    }
    contents.sort_by_key(|c| c["path"].to_string());
    Ok(Json(json!({"contents": contents})))
}
