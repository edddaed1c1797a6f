//! Importing notebooks and files.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{self, Right};
use crate::http::{ApiError, App, Body, Caller, Identity, Params};
use crate::tree::objects::{Language, ObjectKind};
use crate::tree::{self, jupyter};

/// The largest notebook in bytes; files may be larger.
const LARGEST_NOTEBOOK: usize = 10 * 1024 * 1024;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/2.0/workspace/import", post(import))
        .route("/api/2.0/workspace-files/import-file/{*path}", post(import_file))
        .route("/api/2.0/workspace-files/{*path}", get(read_file))
}

#[derive(Default, Deserialize)]
struct Import {
    #[serde(default)]
    path: String,
    format: Option<String>,
    language: Option<Language>,
    /// In base64; absent when the content came as a file of a form.
    #[serde(default)]
    content: String,
    #[serde(default)]
    overwrite: bool,
    #[serde(skip)]
    file: Option<Bytes>,
}

/// The endpoint takes a JSON body, or a form with the content as a file, which is how the official clients upload.
impl<S: Send + Sync> FromRequest<S> for Import {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("multipart/form-data") {
            return Ok(Body::from_request(request, state).await?.0);
        }
        let broken = |e: String| ApiError::malformed(format!("Could not parse request: {e}"));
        let mut form = Multipart::from_request(request, state).await.map_err(|e| broken(e.body_text()))?;
        let mut asked = Self::default();
        while let Some(field) = form.next_field().await.map_err(|e| broken(e.body_text()))? {
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|e| broken(e.body_text()))?;
            let text = || String::from_utf8_lossy(&bytes).into_owned();
            match name.as_str() {
                "path" => asked.path = text(),
                "format" => asked.format = Some(text()),
                "language" => {
                    asked.language = Some(serde_json::from_value(json!(text())).map_err(|e| broken(e.to_string()))?);
                }
                "overwrite" => asked.overwrite = text() == "true",
                "content" => asked.file = Some(bytes),
                _ => {}
            }
        }
        Ok(asked)
    }
}

impl Import {
    fn bytes(&self) -> Result<Bytes, ApiError> {
        let decode = || STANDARD.decode(self.content.as_bytes());
        match &self.file {
            Some(file) => Ok(file.clone()),
            None => {
                decode().map(Bytes::from).map_err(|e| ApiError::malformed(format!("The content is not base64: {e}.")))
            }
        }
    }
}

async fn import(Caller { app, who }: Caller, asked: Import) -> Result<Json<Value>, ApiError> {
    let content = asked.bytes()?;
    let path = tree::normal(&asked.path)?;
    let target = match asked.format.as_deref().unwrap_or("SOURCE") {
        "SOURCE" => {
            let language = asked
                .language
                .or_else(|| extension(&path).and_then(Language::of_extension))
                .ok_or_else(|| ApiError::invalid("The parameter `language` is required when the format is SOURCE."))?;
            Target { path, kind: ObjectKind::Notebook, language: Some(language), jupyter: false }
        }
        "JUPYTER" => Target { path, kind: ObjectKind::Notebook, language: Some(Language::Python), jupyter: true },
        "RAW" => Target { path, kind: ObjectKind::File, language: None, jupyter: false },
        "AUTO" => detect(path, &content),
        other => {
            let message = format!("the local workspace does not import the format {other}");
            return Err(ApiError::unsupported(message));
        }
    };
    keep(&app, &who, target, &content, asked.overwrite).map(Json)
}

#[derive(Deserialize)]
struct Overwrite {
    #[serde(default)]
    overwrite: bool,
}

async fn import_file(
    Caller { app, who }: Caller,
    Path(path): Path<String>,
    Params(asked): Params<Overwrite>,
    content: Bytes,
) -> Result<Json<Value>, ApiError> {
    let path = tree::normal(&format!("/{path}"))?;
    let target = detect(path, &content);
    let is_file = target.kind == ObjectKind::File;
    // the official CLI knows this call to say 409 of a file that is there, and 400 of a notebook
    let refused = |e: ApiError| if is_file { e.taken_is_a_conflict() } else { e };
    keep(&app, &who, target, &content, asked.overwrite).map(Json).map_err(refused)
}

async fn read_file(Caller { app, who }: Caller, Path(path): Path<String>) -> Result<Vec<u8>, ApiError> {
    let path = tree::normal(&format!("/{path}"))?;
    let object = app.store.read(|t| {
        let object = tree::existing(t, &path)?;
        access::need(t, &who, &path, Right::View)?;
        Ok::<_, ApiError>(object)
    })?;
    match (object.kind, &object.blob) {
        (ObjectKind::File, Some(blob)) => Ok(app.store.blob(blob)?),
        _ => Err(ApiError::invalid(format!("{path} is not a file."))),
    }
}

struct Target {
    path: String,
    kind: ObjectKind,
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
        return Target { path: stem, kind: ObjectKind::Notebook, language: Some(Language::Python), jupyter: true };
    }
    let first = content.split(|b| *b == b'\n').next().unwrap_or_default();
    match Language::of_extension(&extension) {
        Some(language) if first.trim_ascii_end() == language.header().as_bytes() => {
            Target { path: stem, kind: ObjectKind::Notebook, language: Some(language), jupyter: false }
        }
        _ => Target { path, kind: ObjectKind::File, language: None, jupyter: false },
    }
}

fn keep(app: &App, who: &Identity, target: Target, content: &[u8], overwrite: bool) -> Result<Value, ApiError> {
    let content = match target.language {
        // a notebook is kept without its first line; export puts it back
        Some(language) if !target.jupyter => without_header(content, language),
        _ => content,
    };
    if target.kind == ObjectKind::Notebook && content.len() > LARGEST_NOTEBOOK {
        let message = format!("File size imported is ({} bytes), exceeded max size (10485760 bytes)", content.len());
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "MAX_NOTEBOOK_SIZE_EXCEEDED", message));
    }
    if target.jupyter {
        jupyter::check(content).map_err(ApiError::invalid)?;
    }
    let blob = app.store.put_blob(content)?;
    app.store.write(|t| {
        let mut object = tree::blank(0, target.kind);
        object.language = target.language;
        object.jupyter = target.jupyter;
        object.blob = Some(blob);
        object.size = content.len() as u64;
        access::need_write(t.tables(), who, &target.path)?;
        let object = tree::put(t, &target.path, object, overwrite)?;
        Ok(json!({"object_id": object.id}))
    })
}

fn without_header(content: &[u8], language: Language) -> &[u8] {
    let end = content.iter().position(|b| *b == b'\n').map_or(content.len(), |n| n + 1);
    if content[..end].trim_ascii_end() == language.header().as_bytes() { &content[end..] } else { content }
}
