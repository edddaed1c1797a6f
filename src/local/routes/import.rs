//! Importing notebooks and files.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::objects::{Kind, Language};
use super::tree;
use crate::local::server::{ApiError, App, Body, Params};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.0/workspace/import", post(import))
        .route("/api/2.0/workspace-files/import-file/{*path}", post(import_file))
        .route("/api/2.0/workspace-files/{*path}", get(read_file))
}

#[derive(Deserialize)]
struct Import {
    path: String,
    format: Option<String>,
    language: Option<Language>,
    #[serde(default)]
    content: String,
    #[serde(default)]
    overwrite: bool,
}

async fn import(State(app): State<Arc<App>>, Body(asked): Body<Import>) -> Result<Json<Value>, ApiError> {
    let content = STANDARD
        .decode(asked.content.as_bytes())
        .map_err(|e| ApiError::malformed(format!("The content is not base64: {e}.")))?;
    let path = tree::normal(&asked.path)?;
    let target = match asked.format.as_deref().unwrap_or("SOURCE") {
        "SOURCE" => {
            let language = asked
                .language
                .or_else(|| extension(&path).and_then(Language::of_extension))
                .ok_or_else(|| ApiError::invalid("The parameter `language` is required when the format is SOURCE."))?;
            Target { path, kind: Kind::Notebook, language: Some(language), jupyter: false }
        }
        "JUPYTER" => Target { path, kind: Kind::Notebook, language: Some(Language::Python), jupyter: true },
        "RAW" => Target { path, kind: Kind::File, language: None, jupyter: false },
        "AUTO" => detect(path, &content),
        other => {
            let message = format!("the local workspace does not import the format {other}");
            return Err(ApiError::unsupported(message));
        }
    };
    keep(&app, target, &content, asked.overwrite).map(Json)
}

#[derive(Deserialize)]
struct Overwrite {
    #[serde(default)]
    overwrite: bool,
}

async fn import_file(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    Params(asked): Params<Overwrite>,
    content: Bytes,
) -> Result<Json<Value>, ApiError> {
    let path = tree::normal(&format!("/{path}"))?;
    keep(&app, detect(path, &content), &content, asked.overwrite).map(Json)
}

async fn read_file(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<Vec<u8>, ApiError> {
    let path = tree::normal(&format!("/{path}"))?;
    let object = app.store.read(|t| tree::existing(t, &path))?;
    match (object.kind, &object.blob) {
        (Kind::File, Some(blob)) => Ok(app.store.blob(blob)?),
        _ => Err(ApiError::invalid(format!("{path} is not a file."))),
    }
}

struct Target {
    path: String,
    kind: Kind,
    language: Option<Language>,
    jupyter: bool,
}

fn extension(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.rsplit_once('.').map(|(_, e)| e)
}

/// A source file that begins as notebooks do becomes a notebook, named without its extension; the rest are files.
fn detect(path: String, content: &[u8]) -> Target {
    let extension = extension(&path).unwrap_or_default().to_owned();
    let stem = path.strip_suffix(&format!(".{extension}")).unwrap_or(&path).to_owned();
    if extension == "ipynb" {
        return Target { path: stem, kind: Kind::Notebook, language: Some(Language::Python), jupyter: true };
    }
    let first = content.split(|b| *b == b'\n').next().unwrap_or_default();
    match Language::of_extension(&extension) {
        Some(language) if first.trim_ascii_end() == language.header().as_bytes() => {
            Target { path: stem, kind: Kind::Notebook, language: Some(language), jupyter: false }
        }
        _ => Target { path, kind: Kind::File, language: None, jupyter: false },
    }
}

fn keep(app: &App, target: Target, content: &[u8], overwrite: bool) -> Result<Value, ApiError> {
    let content = match target.language {
        // a notebook is kept without its first line; export puts it back
        Some(language) if !target.jupyter => without_header(content, language),
        _ => content,
    };
    let blob = app.store.put_blob(content)?;
    app.store.write(|t| {
        let mut object = tree::blank(0, target.kind);
        object.language = target.language;
        object.jupyter = target.jupyter;
        object.blob = Some(blob);
        object.size = content.len() as u64;
        let object = tree::put(t, &target.path, object, overwrite)?;
        Ok(json!({"object_id": object.id}))
    })
}

fn without_header(content: &[u8], language: Language) -> &[u8] {
    let end = content.iter().position(|b| *b == b'\n').map_or(content.len(), |n| n + 1);
    if content[..end].trim_ascii_end() == language.header().as_bytes() { &content[end..] } else { content }
}
