//! Files in volumes. A volume must be there; folders in it come with their files.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, LAST_MODIFIED};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::engine_catalog;
use crate::http::{ApiError, App, Params, now};
use crate::store::{Tables, Transaction};

/// Files by path, and folders that were made by themselves, which have no content.
const VOLUME_FILES: &str = "volume_files";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.0/fs/files/{*path}", put(upload).get(download).head(file_status).delete(delete))
        .route("/api/2.0/fs/directories/{*path}", get(list).head(directory_status).put(mkdir).delete(remove_dir))
}

/// Parts of the path of a volume: the empty one before the first slash, `Volumes`, catalog, schema, volume.
const VOLUME_PARTS: usize = 5;

#[derive(Serialize, Deserialize)]
struct DirectoryEntry {
    blob: Option<String>,
    size: usize,
    modified_at: u64,
}

/// The path, if it leads into a volume that is there.
fn path_inside(app: &App, path: &str) -> Result<String, ApiError> {
    let path = format!("/{}", path.trim_matches('/'));
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let ["Volumes", catalog, schema, volume, rest @ ..] = parts.as_slice() else {
        return Err(ApiError::invalid(format!("{path} does not lead into a volume.")));
    };
    // the catalog keeps names in small letters, and finds them in any
    let [catalog, schema, volume] = [catalog, schema, volume].map(|name| name.to_lowercase());
    if rest.iter().any(|p| matches!(*p, "" | "." | "..")) {
        return Err(ApiError::invalid(format!("{path} is not a path.")));
    }
    let name = format!("{catalog}.{schema}.{volume}");
    let path = ["", "Volumes", &catalog, &schema, &volume].into_iter().chain(rest.iter().copied()).collect::<Vec<_>>();
    let path = path.join("/");
    let known = app.store.read(|t| t.get::<Value>("volumes", &name).is_some());
    if known || engine_catalog::object(app, "volumes", &name).is_some() {
        return Ok(path);
    }
    Err(ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("Volume '{name}' does not exist.")))
}

/// Removes what is in volumes: in one, or in all of a schema or a catalog.
pub(super) fn remove_all(t: &mut Transaction<'_>, full_name: &str) {
    let prefix = format!("/Volumes/{}/", full_name.replace('.', "/"));
    let below: Vec<String> =
        t.tables().prefixed::<DirectoryEntry>(VOLUME_FILES, &prefix).map(|(k, _)| k.to_owned()).collect();
    for path in below {
        t.remove(VOLUME_FILES, &path);
    }
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
    let path = path_inside(&app, &path)?;
    let blob = app.store.put_blob(&content)?;
    app.store.write(|t| {
        let taken = |what: &str| ApiError::new(StatusCode::CONFLICT, "ALREADY_EXISTS", what);
        if is_directory(t.tables(), &path) {
            return Err(taken(&format!("{path} is a directory.")));
        }
        if let Some(file) = file_above(t.tables(), &path) {
            return Err(taken(&format!("{file} is a file.")));
        }
        if !asked.overwrite && t.tables().get::<DirectoryEntry>(VOLUME_FILES, &path).is_some() {
            return Err(taken(&format!("{path} already exists.")));
        }
        t.put(VOLUME_FILES, &path, &DirectoryEntry { blob: Some(blob), size: content.len(), modified_at: now() });
        Ok(StatusCode::NO_CONTENT)
    })
}

async fn download(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<Vec<u8>, ApiError> {
    let path = path_inside(&app, &path)?;
    let entry = app.store.read(|t| t.get::<DirectoryEntry>(VOLUME_FILES, &path));
    let blob = entry.and_then(|e| e.blob).ok_or_else(|| missing(&path))?;
    Ok(app.store.blob(&blob)?)
}

async fn file_status(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<Response, ApiError> {
    let path = path_inside(&app, &path)?;
    let entry = app.store.read(|t| t.get::<DirectoryEntry>(VOLUME_FILES, &path)).filter(|e| e.blob.is_some());
    let entry = entry.ok_or_else(|| missing(&path))?;
    let headers = [(CONTENT_LENGTH, entry.size.to_string()), (LAST_MODIFIED, http_date(entry.modified_at))];
    Ok((headers, Body::empty()).into_response())
}

async fn directory_status(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<StatusCode, ApiError> {
    let path = path_inside(&app, &path)?;
    let there = app.store.read(|t| is_directory(t, &path));
    if there { Ok(StatusCode::OK) } else { Err(missing(&path)) }
}

/// A time as HTTP writes it.
fn http_date(milliseconds: u64) -> String {
    let signed = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(signed).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The volume itself, a folder that was made, or one that holds files.
fn is_directory(t: &Tables, path: &str) -> bool {
    path.split('/').count() <= VOLUME_PARTS
        || t.get::<DirectoryEntry>(VOLUME_FILES, path).is_some_and(|e| e.blob.is_none())
        || t.prefixed::<DirectoryEntry>(VOLUME_FILES, &format!("{path}/")).next().is_some()
}

/// A file where the path needs a folder.
fn file_above<'p>(t: &Tables, path: &'p str) -> Option<&'p str> {
    let mut at = path;
    while let Some((above, _)) = at.rsplit_once('/') {
        at = above;
        if at.split('/').count() <= VOLUME_PARTS {
            return None;
        }
        if t.get::<DirectoryEntry>(VOLUME_FILES, at).is_some_and(|e| e.blob.is_some()) {
            return Some(at);
        }
    }
    None
}

async fn delete(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<StatusCode, ApiError> {
    let path = path_inside(&app, &path)?;
    app.store.write(|t| {
        if t.tables().get::<DirectoryEntry>(VOLUME_FILES, &path).is_none_or(|e| e.blob.is_none()) {
            return Err(missing(&path));
        }
        t.remove(VOLUME_FILES, &path);
        Ok(StatusCode::NO_CONTENT)
    })
}

async fn mkdir(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<StatusCode, ApiError> {
    let path = path_inside(&app, &path)?;
    app.store.write(|t| {
        let file = t.tables().get::<DirectoryEntry>(VOLUME_FILES, &path).is_some_and(|e| e.blob.is_some());
        if let Some(file) = file_above(t.tables(), &path).or(file.then_some(path.as_str())) {
            return Err(ApiError::new(StatusCode::CONFLICT, "ALREADY_EXISTS", format!("{file} is a file.")));
        }
        if t.tables().get::<DirectoryEntry>(VOLUME_FILES, &path).is_none() {
            t.put(VOLUME_FILES, &path, &DirectoryEntry { blob: None, size: 0, modified_at: now() });
        }
        Ok(StatusCode::NO_CONTENT)
    })
}

async fn remove_dir(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<StatusCode, ApiError> {
    let path = path_inside(&app, &path)?;
    app.store.write(|t| {
        if t.tables().prefixed::<DirectoryEntry>(VOLUME_FILES, &format!("{path}/")).next().is_some() {
            return Err(ApiError::invalid(format!("{path} is not empty.")));
        }
        if t.tables().get::<DirectoryEntry>(VOLUME_FILES, &path).is_none_or(|e| e.blob.is_some()) {
            return Err(missing(&path));
        }
        t.remove(VOLUME_FILES, &path);
        Ok(StatusCode::NO_CONTENT)
    })
}

async fn list(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<Json<Value>, ApiError> {
    let path = path_inside(&app, &path)?;
    let below = format!("{path}/");
    let (there, mut contents) = app.store.read(|t| {
        let mut contents: Vec<Value> = Vec::new();
        for (full, entry) in t.prefixed::<DirectoryEntry>(VOLUME_FILES, &below) {
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
        (is_directory(t, &path), contents)
    });
    if !there {
        return Err(missing(&path));
    }
    contents.sort_by_key(|c| c["path"].to_string());
    Ok(Json(json!({"contents": contents})))
}
