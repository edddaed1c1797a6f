//! Binding: a resource that is there already becomes the bundle's, and the other way round.

use serde_json::Value;

use super::fenced::{Fenced, Repeats};
use super::key::split_key;
use super::kinds;
use super::lock::{Lock, LockOptions};
use super::observe::read_state;
use super::progress::{Event, Progress};
use super::state::{DeployState, ResourceRecord, spec_hash};
use super::{DeployError, DesiredResource, Site, random_name};
use piq_databricks::workspace::{Content, Import, Workspace, WorkspaceError};

/// Binds the resource of this id to a key of the bundle. The next deploy makes it have what the bundle says.
///
/// # Errors
/// A key that is bound already, an id that nothing has, what the workspace refuses.
pub async fn bind(
    workspace: &dyn Workspace,
    site: &Site,
    full: &str,
    wanted: &DesiredResource,
    id: &str,
    lock: &LockOptions,
    progress: &dyn Progress,
) -> Result<String, DeployError> {
    let found =
        kinds::of(wanted.kind).read(workspace, id).await.map_err(DeployError::during(format!("cannot read `{id}`")))?;
    let Some(found) = found else {
        return Err(DeployError::refused(format!(
            "found no `{}` with the id `{id}` in the workspace",
            wanted.kind.as_str()
        )));
    };
    let name = found.name.clone();
    let bound = |state: &mut DeployState| {
        unbound(state, full, &found.id)?;
        let record = ResourceRecord {
            id: found.id.clone(),
            spec: Value::Null,
            sha256: spec_hash(&Value::Null),
            etag: found.etag.clone(),
            permissions: None,
            grants: None,
            bound: true,
        };
        state.resources.insert(full.to_owned(), record);
        Ok(())
    };
    under_lock(workspace, site, lock, progress, async |workspace| change(workspace, site, bound).await).await?;
    Ok(name)
}

/// Refuses to bind a key that is bound to something else, and an id that is bound to another key.
///
/// # Errors
/// Both, and what the workspace refuses.
pub async fn check_bind(workspace: &dyn Workspace, site: &Site, full: &str, id: &str) -> Result<(), DeployError> {
    read_state(workspace, site).await?.map_or(Ok(()), |state| unbound(&state, full, id))
}

fn unbound(state: &DeployState, full: &str, id: &str) -> Result<(), DeployError> {
    let Some((kind, _)) = split_key(full) else { return Ok(()) };
    let is = |record: &ResourceRecord| kinds::same_name(kinds::of(kind), &record.id, id);
    if let Some(record) = state.resources.get(full).filter(|record| !is(record)) {
        let message = format!("`{full}` is bound to `{}` already", record.id);
        return Err(DeployError::refused(message).hint(format!("run `piq unbind {full}` first")));
    }
    let mut others = state.resources.iter().filter(|(key, _)| key.as_str() != full);
    match others.find(|(key, record)| split_key(key).is_some_and(|(other, _)| other == kind) && is(record)) {
        Some((key, _)) => Err(DeployError::refused(format!("`{id}` is bound to `{key}` already"))
            .hint(format!("run `piq unbind {key}` first"))),
        None => Ok(()),
    }
}

/// Takes a resource out of the state: it stays in the workspace, and is no longer the bundle's.
///
/// # Errors
/// A key that is not bound, what the workspace refuses.
pub async fn unbind(
    workspace: &dyn Workspace,
    site: &Site,
    full: &str,
    lock: &LockOptions,
    progress: &dyn Progress,
) -> Result<String, DeployError> {
    let state = read_state(workspace, site).await?;
    let record = state.as_ref().and_then(|s| s.resources.get(full));
    let Some(record) = record else {
        if state.is_some() {
            // an earlier try did its work and died before it gave the lock back
            Lock::sweep(workspace, &site.state_dir, lock, progress).await?;
        }
        return Err(DeployError::refused(format!("`{full}` is not deployed")));
    };
    under_lock(workspace, site, lock, progress, async |workspace| {
        if let Some((kind, _)) = split_key(full) {
            // without its marks the next deploy does not take it back
            let kind = kinds::of(kind);
            let unmark = async {
                if let Some(there) = kind.read(workspace, &record.id).await?
                    && let Some(spec) = kind.unmarked(&there.spec)
                {
                    kind.update(workspace, &there, &spec).await?;
                }
                Ok(())
            };
            match unmark.await {
                // who is not an admin is denied what no longer exists
                Err(e) if WorkspaceError::is_denied(&e) => {
                    progress.event(Event::Note(&format!("`{full}` keeps its owner tags, if it still exists: {e}")));
                }
                done => done.map_err(DeployError::during(format!("cannot remove the owner tags of `{full}`")))?,
            }
        }
        let mut id = String::new();
        change(workspace, site, |state| match state.resources.remove(full) {
            Some(record) => {
                id = record.id;
                Ok(())
            }
            None => Err(DeployError::refused(format!("`{full}` is not deployed"))),
        })
        .await?;
        Ok(id)
    })
    .await
}

/// Does something under the lock; it writes only as long as the lock is held.
async fn under_lock<T>(
    workspace: &dyn Workspace,
    site: &Site,
    options: &LockOptions,
    progress: &dyn Progress,
    work: impl AsyncFnOnce(&dyn Workspace) -> Result<T, DeployError>,
) -> Result<T, DeployError> {
    workspace.mkdirs(&site.state_dir).await.map_err(DeployError::during("cannot create the folder of the state"))?;
    let lock = Lock::acquire(workspace, &site.state_dir, options, progress).await?;
    let _repeats = Repeats::under(workspace, &lock);
    let done = work(&Fenced::new(workspace, &lock)).await;
    let released = lock.release(workspace).await;
    let done = done?;
    released?;
    Ok(done)
}

/// Changes the state.
async fn change(
    workspace: &dyn Workspace,
    site: &Site,
    f: impl FnOnce(&mut DeployState) -> Result<(), DeployError>,
) -> Result<(), DeployError> {
    let mut state = match read_state(workspace, site).await? {
        Some(state) => state,
        None => DeployState::new(random_name()?, &site.bundle, &site.target),
    };
    f(&mut state)?;
    state.serial += 1;
    let (path, bytes) = (site.state_path(), state.bytes()?);
    let import = Import { path: &path, content: Content::File, bytes: &bytes, overwrite: true };
    workspace.import(import).await.map(drop).map_err(DeployError::during("cannot write the state"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_an_id_are_bound_once_and_the_catalog_takes_no_account_of_case() {
        let mut state = DeployState::new("l".into(), "b", "dev");
        for (full, id) in [("schemas.raw", "main.Raw"), ("jobs.load", "7")] {
            let record = ResourceRecord {
                id: id.into(),
                spec: Value::Null,
                sha256: String::new(),
                etag: None,
                permissions: None,
                grants: None,
                bound: false,
            };
            state.resources.insert(full.into(), record);
        }
        let said = |full: &str, id: &str| unbound(&state, full, id).err().map(|e| e.to_string());
        assert_eq!(said("schemas.raw", "main.raw"), None);
        assert_eq!(said("schemas.raw", "main.other").as_deref(), Some("`schemas.raw` is bound to `main.Raw` already"));
        assert_eq!(said("schemas.x", "MAIN.raw").as_deref(), Some("`MAIN.raw` is bound to `schemas.raw` already"));
        assert_eq!(said("jobs.other", "7").as_deref(), Some("`7` is bound to `jobs.load` already"));
        assert_eq!(said("dashboards.load", "7"), None);
    }
}
