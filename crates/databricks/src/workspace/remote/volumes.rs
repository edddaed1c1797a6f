//! Files in volumes, which have an API of their own.

use serde_json::Value;

use super::outcome::{missing_is_none, taken_is_an_outcome};
use super::transport::{Call, Transport, segments};
use crate::workspace::error::Result;
use crate::workspace::{FileKind, Import, ImportOutcome, ObjectInfo};

/// Whether a path leads into a volume.
pub(super) fn is_in_volume(path: &str) -> bool {
    path.starts_with("/Volumes/")
}

fn files(path: &str) -> String {
    format!("/api/2.0/fs/files{}", segments(path))
}

fn directories(path: &str) -> String {
    format!("/api/2.0/fs/directories{}", segments(path))
}

pub(super) async fn list(transport: &Transport, path: &str) -> Result<Option<Vec<ObjectInfo>>> {
    let mut found = Vec::new();
    let mut page: Option<String> = None;
    loop {
        let mut call = Call::get(directories(path));
        if let Some(token) = &page {
            call = call.query("page_token", token.clone());
        }
        let Some(answer) = missing_is_none(transport.json(call).await)? else { return Ok(None) };
        found.extend(answer["contents"].as_array().into_iter().flatten().map(entry));
        match answer["next_page_token"].as_str().filter(|t| !t.is_empty()) {
            Some(token) => page = Some(token.to_owned()),
            None => return Ok(Some(found)),
        }
    }
}

fn entry(value: &Value) -> ObjectInfo {
    ObjectInfo {
        path: value["path"].as_str().unwrap_or_default().to_owned(),
        kind: if value["is_directory"] == true { FileKind::Directory } else { FileKind::File },
        object_id: 0,
        modified_at: value["last_modified"].as_i64(),
        language: None,
        resource_id: None,
    }
}

pub(super) async fn mkdirs(transport: &Transport, path: &str) -> Result<()> {
    transport.send(Call::put(directories(path))).await.map(drop)
}

pub(super) async fn put(transport: &Transport, import: Import<'_>) -> Result<ImportOutcome> {
    let call = Call::put(files(import.path)).query("overwrite", import.overwrite.to_string()).bytes(import.bytes);
    taken_is_an_outcome(transport.json(call).await, import.overwrite)
}

/// Deletes a file, or a folder with the files in it: a volume deletes folders only when they are empty.
pub(super) async fn delete(transport: &Transport, path: &str) -> Result<bool> {
    if missing_is_none(transport.send(Call::delete(files(path))).await)?.is_some() {
        return Ok(true);
    }
    let Some(inside) = list(transport, path).await? else { return Ok(false) };
    for file in inside.iter().filter(|o| o.kind == FileKind::File) {
        missing_is_none(transport.send(Call::delete(files(&file.path))).await)?;
    }
    Ok(missing_is_none(transport.send(Call::delete(directories(path))).await)?.is_some())
}
