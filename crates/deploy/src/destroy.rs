//! Takes away all that a target deployed.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all};
use serde::Serialize;

use super::deploy_bundle::release;
use super::fenced::{Fenced, Repeats};
use super::key::split_key;
use super::lock::{Lock, LockOptions};
use super::named_resources::find_all;
use super::observe::read_state;
use super::progress::{Event, Progress};
use super::workspace_paths::LIBRARIES_TOKEN;
use super::{Cancel, DeployError, DeployState, DesiredResource, Site, kinds};
use piq_databricks::workspace::{Stats, Workspace};

/// What a destroy did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DestroyReport {
    /// Resources that it deleted, as `KIND.KEY`.
    pub deleted: Vec<String>,
    /// Folders that it deleted.
    pub folders: Vec<String>,
    /// What it cost.
    pub stats: Stats,
}

/// What is there to be destroyed: ids by `KIND.KEY`, and whether the bundle's folder is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inventory {
    /// Resources that are ours.
    pub resources: BTreeMap<String, String>,
    /// Whether there is a state.
    pub state: bool,
    /// Libraries that stand outside of the bundle's folder.
    pub libraries: Vec<String>,
}

/// Finds what was deployed: by the state, and by names and marks where there is none.
///
/// # Errors
/// What the workspace refuses.
pub async fn inventory(
    workspace: &dyn Workspace,
    site: &Site,
    wanted: &BTreeMap<String, DesiredResource>,
) -> Result<Inventory, DeployError> {
    let (first, others): (Vec<_>, Vec<_>) = wanted.iter().partition(|(_, w)| kinds::of(w.kind).found_by_name());
    let (state, mut named) = try_join(read_state(workspace, site), find_all(workspace, site, first)).await?;
    if state.is_none() {
        named.extend(find_all(workspace, site, others).await?);
    }
    let libraries = state.iter().flat_map(|s| outside(site, s)).collect();
    let mut inventory = Inventory { state: state.is_some(), libraries, ..Inventory::default() };
    for (full, found) in named {
        if let Some(found) = found.into_iter().next() {
            inventory.resources.insert(full, found.id);
        }
    }
    for (full, record) in state.into_iter().flat_map(|s| s.resources) {
        inventory.resources.insert(full, record.id);
    }
    Ok(inventory)
}

/// Deletes the resources, then the bundle's folder with its state: interrupted, it can be begun again.
///
/// # Errors
/// What the workspace refuses, a lock that is held too long.
pub async fn destroy(
    workspace: &dyn Workspace,
    site: &Site,
    inventory: &Inventory,
    lock: &LockOptions,
    cancel: &Cancel,
    progress: &dyn Progress,
) -> Result<DestroyReport, DeployError> {
    let folder = deletable(site)?;
    let held = match inventory.state {
        true => Some(tokio::select! {
            held = Lock::acquire(workspace, &site.state_dir, lock, progress) => held?,
            () = cancel.wait() => return Err(DeployError::Interrupted),
        }),
        false => None,
    };
    let _repeats = held.as_ref().map(|lock| Repeats::under(workspace, lock));
    let done = match &held {
        Some(lock) => {
            let fenced = Fenced::new(workspace, lock);
            tokio::select! {
                done = delete(&fenced, inventory, folder, progress) => done,
                lost = lock.keep(workspace) => Err(lost),
                () = cancel.wait() => Err(DeployError::Interrupted),
            }
        }
        None => tokio::select! {
            done = delete(workspace, inventory, folder, progress) => done,
            () = cancel.wait() => Err(DeployError::Interrupted),
        },
    };
    if let (Err(_), Some(held)) = (&done, held) {
        release(workspace, held, &done).await?;
    }
    let (deleted, folders) = done?;
    Ok(DestroyReport { deleted, folders, stats: workspace.stats() })
}

async fn delete(
    workspace: &dyn Workspace,
    inventory: &Inventory,
    folder: &str,
    progress: &dyn Progress,
) -> Result<(Vec<String>, Vec<String>), DeployError> {
    let mut deleted = Vec::new();
    for stage in kinds::deletion_stages(&inventory.resources, |(full, _)| full) {
        let each = stage.into_iter().filter_map(|(full, id)| {
            let kind = kinds::of(split_key(full)?.0);
            Some(async move {
                match kind.destroy(workspace, id).await {
                    Ok(true) => {
                        progress.event(Event::Changed("delete", full));
                        return Ok(Some(full.clone()));
                    }
                    Ok(false) => progress.event(Event::Note(&format!("`{full}` was deleted before"))),
                    // who is not an admin is denied what no longer exists
                    Err(e) if e.is_denied() => {
                        progress.event(Event::Note(&format!(
                            "`{full}` was probably deleted before, and is forgotten: {e}"
                        )));
                    }
                    Err(e) => return Err(DeployError::during(format!("cannot delete `{full}`"))(e)),
                }
                Ok::<_, DeployError>(None)
            })
        });
        deleted.extend(try_join_all(each).await?.into_iter().flatten());
    }
    deleted.sort();
    let libraries = inventory.libraries.iter().map(|path| workspace.delete(path));
    try_join_all(libraries).await.map_err(DeployError::during("cannot delete the libraries"))?;
    // the state goes last, with the lock beside it
    let was_there = workspace.delete(folder).await.map_err(DeployError::during("cannot delete the bundle's folder"))?;
    let folders = if was_there { vec![folder.to_owned()] } else { Vec::new() };
    Ok((deleted, folders))
}

/// The libraries of a deployment whose artifacts stand in a folder of their own, which others may use too.
fn outside(site: &Site, state: &DeployState) -> BTreeSet<String> {
    let below = format!("{}/", site.root);
    let releases = state.releases.iter().map(|r| (format!("{}/{}", site.file_dir, r.folder()), &r.files));
    let all = releases.chain([(state.files_root.clone(), &state.files)]);
    let libraries = all.flat_map(|(root, files)| {
        let paths = files.keys().filter(|path| path.starts_with(LIBRARIES_TOKEN));
        paths.map(|path| site.place(&root, path)).collect::<Vec<_>>()
    });
    libraries.filter(|path| !path.starts_with(&below)).collect()
}

/// The bundle's folder, unless it is one that holds more than the bundle.
fn deletable(site: &Site) -> Result<&str, DeployError> {
    let parts: Vec<&str> = site.root.trim_start_matches("/Workspace").split('/').filter(|p| !p.is_empty()).collect();
    let shared = match parts.as_slice() {
        [] | ["Users" | "Repos" | "Shared"] | ["Users" | "Repos", _] => true,
        parts => parts.contains(&".."),
    };
    if shared {
        let message = format!("`{}` holds more than the bundle and is not deleted", site.root);
        return Err(
            DeployError::refused(message).hint("give the bundle a folder of its own with `workspace.root_path`")
        );
    }
    Ok(&site.root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use piq_databricks::workspace::Me;

    #[test]
    fn folders_that_hold_more_than_the_bundle_are_kept() {
        let site = |root: &str| Site {
            bundle: "b".into(),
            target: "t".into(),
            me: Me { user_name: "u".into(), display_name: "u".into(), service_principal: false, fields: [].into() },
            root: root.into(),
            file_dir: String::new(),
            state_dir: String::new(),
            resource_dir: String::new(),
            artifact_dir: String::new(),
        };
        for root in [
            "/",
            "/Workspace",
            "/Workspace/Shared",
            "/Workspace/Users/a@example.com",
            "/Users/a",
            "/Workspace/Shared/x/..",
        ] {
            assert!(deletable(&site(root)).is_err(), "{root}");
        }
        for root in ["/Workspace/pipelines", "/Workspace/Shared/.bundle/b", "/Workspace/Users/a/.bundle/b/dev"] {
            assert!(deletable(&site(root)).is_ok(), "{root}");
        }
    }
}
