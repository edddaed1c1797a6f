//! Releases of a production target: folders of files that never change, and jobs that point to one of them.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use serde_json::Value;

use super::desired::split_key;
use super::place::LIBRARIES_TOKEN;
use super::state::{FileRecord, Release, State};
use super::{DeployError, Desired, DesiredFile, DesiredResource, Site};
use piq_bundle::ResourceKind;
use piq_databricks::workspace::{Content, Workspace};

/// Releases that are kept.
const KEPT: usize = 5;

/// Adds the release that a deploy puts in force, and forgets specs that nothing names any more.
pub(super) fn record(state: &mut State, desired: &Desired, at: String) {
    let Some(id) = &desired.release else { return };
    for (full, record) in &state.resources {
        // the text of a dashboard is not kept: a rollback leaves dashboards as they are
        if !matches!(split_key(full), Some((ResourceKind::Dashboard, _))) {
            state.specs.insert(record.sha256.clone(), record.spec.clone());
        }
    }
    let release = Release {
        id: id.clone(),
        at,
        by: desired.site.me.user_name.clone(),
        commit: desired.commit.clone(),
        files: state.files.clone(),
        resources: state.resources.iter().map(|(full, r)| (full.clone(), r.sha256.clone())).collect(),
    };
    match state.releases.iter_mut().find(|r| r.id == *id) {
        // put in force again: it keeps its place, so that a rollback still goes back from it
        Some(known) => *known = release,
        None => state.releases.push(release),
    }
}

/// Forgets specs that no release names.
pub(super) fn sweep(state: &mut State) {
    let used: BTreeSet<&String> = state.releases.iter().flat_map(|r| r.resources.values()).collect();
    let unused: Vec<String> = state.specs.keys().filter(|hash| !used.contains(hash)).cloned().collect();
    for hash in unused {
        state.specs.remove(&hash);
    }
}

/// The release in force.
pub(crate) fn in_force<'a>(state: &'a State, site: &Site) -> Option<&'a Release> {
    state.releases.iter().find(|r| state.files_root == root(site, &r.id))
}

fn root(site: &Site, id: &str) -> String {
    format!("{}/{id}", site.file_dir)
}

/// Deletes the folders of releases beyond those that are kept, except what a run in progress reads, and takes them out
/// of the state.
///
/// # Errors
/// What the workspace refuses.
pub(super) async fn prune(workspace: &dyn Workspace, site: &Site, state: &mut State) -> Result<(), DeployError> {
    if state.releases.len() <= KEPT {
        return Ok(());
    }
    let jobs: Vec<i64> = state
        .resources
        .iter()
        .filter(|(full, _)| matches!(split_key(full), Some((ResourceKind::Job, _))))
        .filter_map(|(_, r)| r.id.parse().ok())
        .collect();
    let running = try_join_all(jobs.iter().map(|job| workspace.active_runs(*job))).await?;
    let paths: Vec<String> = running.into_iter().flatten().flat_map(|r| r.tasks).filter_map(|t| t.path).collect();
    let in_use = |id: &str| {
        let root = root(site, id);
        let below = format!("{}/", super::marks::normal(&root));
        state.files_root == root || paths.iter().any(|p| super::marks::normal(p).starts_with(&below))
    };
    let surplus = state.releases.len() - KEPT;
    let old: Vec<String> = state.releases.iter().map(|r| r.id.clone()).take(surplus).filter(|id| !in_use(id)).collect();
    let libraries = |id: &&String| {
        let release = state.releases.iter().find(|r| r.id == **id);
        release.is_some_and(|r| r.files.keys().any(|path| path.starts_with(LIBRARIES_TOKEN)))
    };
    let folders: Vec<String> = old
        .iter()
        .map(|id| root(site, id))
        .chain(old.iter().filter(libraries).map(|id| site.libraries(&root(site, id))))
        .collect();
    let deleted = folders.iter().map(|folder| workspace.delete(folder));
    try_join_all(deleted).await.map_err(DeployError::during("cannot delete an old release"))?;
    state.releases.retain(|r| !old.contains(&r.id));
    Ok(())
}

/// What the workspace shall hold when an earlier release is in force again: the one of this id (its beginning is
/// enough), or the one before that in force.
///
/// # Errors
/// No such release.
pub fn rollback(state: &State, site: &Site, to: Option<&str>) -> Result<Desired, DeployError> {
    let current = state.releases.iter().position(|r| state.files_root == root(site, &r.id));
    let known = || state.releases.iter().map(|r| r.id.as_str()).collect::<Vec<_>>().join(", ");
    let release = match to {
        Some(id) => {
            let found: Vec<&Release> = state.releases.iter().filter(|r| r.id.starts_with(id)).collect();
            match found.as_slice() {
                [one] => *one,
                [] => {
                    return Err(DeployError::refused(format!("there is no release `{id}`"))
                        .hint(format!("kept are {}", known())));
                }
                _ => {
                    return Err(DeployError::refused(format!(
                        "`{id}` begins the ids of several releases: {}",
                        known()
                    )));
                }
            }
        }
        None => match current {
            Some(at) if at > 0 => &state.releases[at - 1],
            _ => {
                let message = "there is no release before the one in force";
                return Err(DeployError::refused(message).hint(format!("kept are {}", known())));
            }
        },
    };
    let mut resources = BTreeMap::new();
    for (full, hash) in &release.resources {
        let (Some((kind, key)), Some(record)) = (split_key(full), state.resources.get(full)) else { continue };
        let spec = if kind == ResourceKind::Dashboard { Some(&record.spec) } else { state.specs.get(hash) };
        let Some(spec) = spec else { continue };
        resources.insert(full.clone(), resource(kind, key, spec, record.permissions.clone(), record.grants.clone()));
    }
    // what came after the release stays as it is
    for (full, record) in &state.resources {
        if let Some((kind, key)) = split_key(full)
            && !resources.contains_key(full)
        {
            let kept = resource(kind, key, &record.spec, record.permissions.clone(), record.grants.clone());
            resources.insert(full.clone(), kept);
        }
    }
    let file = |r: &FileRecord| DesiredFile {
        content: if r.notebook { Content::Jupyter } else { Content::File },
        bytes: Vec::new(),
        sha256: r.sha256.clone(),
    };
    Ok(Desired {
        site: site.clone(),
        files_root: root(site, &release.id),
        release: Some(release.id.clone()),
        files: release.files.iter().map(|(path, r)| (path.clone(), file(r))).collect(),
        resources,
        folder_permissions: state.folder_permissions.clone(),
        commit: release.commit.clone(),
        // the jobs are the same, and their definitions are not at hand
        metadata: None,
        in_place: true,
    })
}

fn resource(
    kind: ResourceKind,
    key: &str,
    spec: &Value,
    permissions: Option<Vec<Value>>,
    grants: Option<Vec<Value>>,
) -> DesiredResource {
    DesiredResource {
        kind,
        key: key.to_owned(),
        name: spec[kind.name_field()].as_str().unwrap_or_default().to_owned(),
        spec: spec.clone(),
        permissions,
        grants,
        needs: Vec::new(),
        prevent_destroy: false,
    }
}
