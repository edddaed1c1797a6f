//! The tree of workspace objects: paths, folders, and what may be put where.

pub(crate) mod jupyter;
pub(crate) mod objects;

use crate::http::{ApiError, App, USER, now};
use crate::store::{Tables, Transaction};
use objects::{Language, Object, ObjectKind};

pub(crate) const OBJECTS: &str = "objects";

/// The path as it is kept: absolute, without `/Workspace` in front and `/` at the end.
pub(crate) fn normal(path: &str) -> Result<String, ApiError> {
    if !path.starts_with('/') {
        return Err(ApiError::invalid(format!("Path ({path}) is not absolute.")));
    }
    let mut parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    if parts.first() == Some(&"Workspace") {
        parts.remove(0);
    }
    if parts.iter().any(|p| matches!(*p, "." | "..")) {
        return Err(ApiError::invalid(format!("Path ({path}) must not contain `.` or `..`.")));
    }
    Ok(format!("/{}", parts.join("/")))
}

/// The folder that holds the path.
pub(crate) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(end) => &path[..end],
    }
}

/// The object at a path.
pub(crate) fn find(t: &Tables, path: &str) -> Option<Object> {
    t.get(OBJECTS, path)
}

/// The object at a path, or 404.
pub(crate) fn existing(t: &Tables, path: &str) -> Result<Object, ApiError> {
    find(t, path).ok_or_else(|| ApiError::not_found(format!("Path ({path}) doesn't exist.")))
}

/// The closest folder above a path that is there.
pub(crate) fn nearest<'a>(t: &Tables, path: &'a str) -> &'a str {
    let mut at = parent(path);
    while at != "/" && find(t, at).is_none() {
        at = parent(at);
    }
    at
}

/// The path of the object with this number.
pub(crate) fn path_of(t: &Tables, id: &str) -> Option<String> {
    let id: u64 = id.parse().ok()?;
    t.raw(OBJECTS).find(|(_, object)| object["id"] == id).map(|(path, _)| path.to_owned())
}

/// Everything below a folder.
pub(crate) fn below(t: &Tables, path: &str) -> Vec<(String, Object)> {
    let prefix = if path == "/" { "/".to_owned() } else { format!("{path}/") };
    t.prefixed::<Object>(OBJECTS, &prefix).filter(|(k, _)| *k != "/").map(|(k, o)| (k.to_owned(), o)).collect()
}

/// Creates a folder and the folders above it; those that exist are fine.
pub(crate) fn mkdirs(t: &mut Transaction<'_>, path: &str) -> Result<(), ApiError> {
    match find(t.tables(), path) {
        Some(o) if o.kind == ObjectKind::Directory => return Ok(()),
        Some(_) => return Err(ApiError::exists(format!("Path ({path}) already exists and is not a folder."))),
        None => {}
    }
    if path != "/" {
        mkdirs(t, parent(path))?;
    }
    let folder = blank(t.next_id(), ObjectKind::Directory);
    t.put(OBJECTS, path, &folder);
    Ok(())
}

/// An object without content, made now.
pub(crate) fn blank(id: u64, kind: ObjectKind) -> Object {
    let at = now();
    Object {
        id,
        kind,
        language: None,
        jupyter: false,
        blob: None,
        size: 0,
        resource_id: None,
        created_at: at,
        modified_at: at,
    }
}

/// Puts an object at a path, where its folder must exist. An object of the same kind that is overwritten keeps its id.
pub(crate) fn put(
    t: &mut Transaction<'_>,
    path: &str,
    mut object: Object,
    overwrite: bool,
) -> Result<Object, ApiError> {
    match find(t.tables(), parent(path)) {
        Some(o) if o.kind == ObjectKind::Directory => {}
        Some(_) => return Err(ApiError::invalid(format!("The parent path ({}) is not a folder.", parent(path)))),
        None => {
            return Err(ApiError::not_found(format!("The parent folder ({}) does not exist.", parent(path))));
        }
    }
    match find(t.tables(), path) {
        Some(_) if !overwrite => return Err(ApiError::exists(format!("Path ({path}) already exists."))),
        Some(old) if old.kind != object.kind => {
            let message = format!(
                "Cannot overwrite the asset at {path} due to type mismatch (asked: {:?}, actual: {:?})",
                object.kind, old.kind
            );
            return Err(ApiError::invalid(message));
        }
        Some(old) => {
            object.id = old.id;
            object.created_at = old.created_at;
            object.modified_at = object.modified_at.max(old.modified_at + 1);
        }
        None => object.id = t.next_id(),
    }
    t.put(OBJECTS, path, &object);
    Ok(object)
}

/// The folders that are always there.
pub(crate) fn prepare(t: &mut Transaction<'_>, client_id: &str) {
    for path in ["/", "/Shared", "/Repos", &format!("/Users/{USER}"), &format!("/Users/{client_id}")] {
        // these paths are folders or nothing: no one else writes before the server listens
        let _ = mkdirs(t, path);
    }
}

/// Source and language of a notebook.
pub(crate) fn notebook(app: &App, path: &str) -> Result<(String, Language), String> {
    let path = normal(path).map_err(|_| format!("{path} is not an absolute path"))?;
    let object = app.store.read(|t| find(t, &path)).ok_or_else(|| format!("the notebook {path} does not exist"))?;
    let (ObjectKind::Notebook, Some(language), Some(blob)) = (object.kind, object.language, &object.blob) else {
        return Err(format!("{path} is not a notebook"));
    };
    if object.jupyter {
        return Err(format!("the local workspace does not run Jupyter notebooks such as {path}: import it as source"));
    }
    let content = app.store.blob(blob).map_err(|e| e.to_string())?;
    let source = String::from_utf8(content).map_err(|_| format!("the notebook {path} is not UTF-8"))?;
    Ok((source, language))
}
