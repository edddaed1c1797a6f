//! Reads what a plan is made from: the state, the resources, the folders of the files.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::{try_join, try_join_all, try_join4};

use super::desired::split_key;
use super::found::Found;
use super::lock::LOCK_FILE;
use super::state::{FileRecord, ResourceRecord, STATE_FILE, spec_hash};
use super::{DeployError, Desired, DesiredResource, Site, State, kinds};
use piq_databricks::workspace::{ObjectInfo, Workspace, WorkspaceError};

/// How long to wait before a version that is not the recorded one is read again.
const PAUSES: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(450)];

/// What the workspace has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// Address of the workspace.
    pub host: String,
    /// The state, if there is one.
    pub state: Option<State>,
    /// Milliseconds since 1970 at which the state was written, by the workspace's clock.
    pub state_written: Option<i64>,
    /// Whether somebody holds the lock, or left it behind.
    pub lock_seen: bool,
    /// Resources by `KIND.KEY`: wanted ones and recorded ones.
    pub resources: BTreeMap<String, Found>,
    /// Further resources that carry the same marks.
    pub duplicates: BTreeMap<String, Vec<String>>,
    /// Recorded resources that were not looked at: a new release leaves them as they are.
    pub assumed: BTreeSet<String>,
    /// Folders that the wanted files were put into; nothing for a folder that is not there. Empty for a new release.
    pub folders: BTreeMap<String, Option<Vec<ObjectInfo>>>,
}

/// Reads all that a plan needs. With `refresh` also permissions and grants; else the recorded ones count.
///
/// # Errors
/// What the workspace refuses, and a state that cannot be read.
pub async fn observe(workspace: &dyn Workspace, desired: &Desired, refresh: bool) -> Result<Observed, DeployError> {
    let first = first_look(workspace, desired).await?;
    let observed = second_look(workspace, desired, first).await?;
    if refresh { with_access(workspace, desired, observed).await } else { Ok(observed) }
}

/// The state, and what is found by name: neither needs the other.
#[derive(Debug, Clone)]
pub(super) struct FirstLook {
    pub state: Option<State>,
    by_name: BTreeMap<String, Vec<Found>>,
}

/// The state of a deployment, if there is one.
///
/// # Errors
/// A state that cannot be read, or that belongs to another bundle or target.
pub async fn read_state(workspace: &dyn Workspace, site: &Site) -> Result<Option<State>, DeployError> {
    let path = site.state_path();
    let bytes = workspace.export(&path).await.map_err(DeployError::during("cannot read the state"))?;
    let state = bytes.map(|b| State::read(&b, &path)).transpose()?;
    if let Some(state) = &state
        && (state.bundle != site.bundle || state.target != site.target)
    {
        let message = format!(
            "{path} is the state of bundle `{}`, target `{}`: two bundles must not share a folder",
            state.bundle, state.target
        );
        return Err(DeployError::refused(message).hint("set another `workspace.root_path`"));
    }
    Ok(state)
}

pub(super) async fn first_look(workspace: &dyn Workspace, desired: &Desired) -> Result<FirstLook, DeployError> {
    let named = desired.resources.iter().filter(|(_, wanted)| kinds::of(wanted.kind).found_by_name());
    let named = named.map(|(full, wanted)| find(workspace, &desired.site, full, wanted));
    let (state, by_name) = try_join(read_state(workspace, &desired.site), try_join_all(named)).await?;
    Ok(FirstLook { state, by_name: by_name.into_iter().collect() })
}

/// What of a wanted resource's name is there and ours.
pub(super) async fn find(
    workspace: &dyn Workspace,
    site: &Site,
    full: &str,
    wanted: &DesiredResource,
) -> Result<(String, Vec<Found>), DeployError> {
    let found = kinds::of(wanted.kind).find(workspace, site, wanted).await;
    Ok((full.to_owned(), found.map_err(DeployError::during(format!("cannot look for `{full}`")))?))
}

pub(super) async fn second_look(
    workspace: &dyn Workspace,
    desired: &Desired,
    first: FirstLook,
) -> Result<Observed, DeployError> {
    let FirstLook { state, mut by_name } = first;
    let mut observed = Observed { host: workspace.host().to_owned(), ..Observed::default() };
    let mut unread: Vec<(String, String)> = Vec::new();
    let manifest = state.as_ref().and_then(|s| s.manifest_of(&desired.files_root));
    let new_release = desired.release.is_some() && manifest.is_none();
    for (full, record) in state.iter().flat_map(|s| &s.resources) {
        let found = by_name.get_mut(full).and_then(|list| {
            let place = list.iter().position(|f| f.id == record.id)?;
            Some(list.remove(place))
        });
        match found {
            Some(found) => {
                observed.resources.insert(full.clone(), found);
            }
            None if new_release && untouched(desired, full, record) => {
                observed.assumed.insert(full.clone());
            }
            None => unread.push((full.clone(), record.id.clone())),
        }
    }
    let state = &state;
    let by_id = unread.into_iter().filter_map(|(full, id)| {
        let kind = kinds::of(split_key(&full)?.0);
        Some(async move {
            let record = state.as_ref().and_then(|s| s.resources.get(&full));
            let found = read_again(workspace, kind, &id, record.and_then(|r| r.etag.as_deref())).await;
            Ok::<_, DeployError>((full.clone(), found.map_err(DeployError::with_recorded("read", &full))?))
        })
    });
    let folders = file_folders(workspace, desired, manifest);
    let beside = async {
        match manifest {
            Some(_) => Ok(workspace.list(&desired.site.state_dir).await?.unwrap_or_default()),
            None => Ok::<_, DeployError>(Vec::new()),
        }
    };
    // traces of an earlier deploy without a state: what is not found by name before is looked for too
    let lost = state.is_none() && by_name.values().any(|found| !found.is_empty());
    let others = desired.resources.iter().filter(|(_, wanted)| lost && !kinds::of(wanted.kind).found_by_name());
    let others = try_join_all(others.map(|(full, wanted)| find(workspace, &desired.site, full, wanted)));
    let (by_id, folders, beside, others) = try_join4(try_join_all(by_id), folders, beside, others).await?;
    by_name.extend(others);
    observed.resources.extend(by_id.into_iter().filter_map(|(full, found)| Some((full, found?))));
    for (full, mut list) in by_name {
        list.sort_by(|a, b| (a.id.len(), &a.id).cmp(&(b.id.len(), &b.id)));
        let mut list = list.into_iter();
        if !observed.resources.contains_key(&full)
            && let Some(oldest) = list.next()
        {
            observed.resources.insert(full.clone(), oldest);
        }
        let more: Vec<String> = list.map(|f| f.id).collect();
        if !more.is_empty() {
            observed.duplicates.insert(full, more);
        }
    }
    observed.folders = folders;
    let named = |name: &str| beside.iter().find(|o| o.path.rsplit('/').next() == Some(name));
    observed.state_written = named(STATE_FILE).and_then(|o| o.modified_at);
    observed.lock_seen = named(LOCK_FILE).is_some();
    observed.state.clone_from(state);
    Ok(observed)
}

/// Reads a resource, and again if it is another version than the recorded one: the first read after a write may give
/// what was there before.
async fn read_again(
    workspace: &dyn Workspace,
    kind: &dyn kinds::Kind,
    id: &str,
    etag: Option<&str>,
) -> Result<Option<Found>, WorkspaceError> {
    let mut found = kind.read(workspace, id).await?;
    for pause in PAUSES {
        let other = |f: &Found| !f.trashed && f.etag.is_some() && f.etag.as_deref() != etag;
        if etag.is_none() || !found.as_ref().is_some_and(other) {
            break;
        }
        tokio::time::sleep(pause).await;
        found = kind.read(workspace, id).await?;
    }
    Ok(found)
}

/// Whether a resource that stands by itself, a dashboard, is wanted as it was last deployed.
fn untouched(desired: &Desired, full: &str, record: &ResourceRecord) -> bool {
    desired.resources.get(full).is_some_and(|wanted| {
        let kind = kinds::of(wanted.kind);
        !kind.found_by_name()
            && spec_hash(&kind.recorded(&wanted.spec)) == record.sha256
            && wanted.permissions == record.permissions
    })
}

/// What is in the folders that the files were put into.
async fn file_folders(
    workspace: &dyn Workspace,
    desired: &Desired,
    manifest: Option<&BTreeMap<String, FileRecord>>,
) -> Result<BTreeMap<String, Option<Vec<ObjectInfo>>>, DeployError> {
    let Some(manifest) = manifest else { return Ok(BTreeMap::new()) };
    let mut folders = desired.file_folders();
    folders.extend(manifest.keys().map(|p| desired.folder_of(p)));
    folders.sort();
    folders.dedup();
    let listed = folders.into_iter().map(|folder| async move {
        let list = workspace.list(&folder).await.map_err(DeployError::during("cannot list the files"))?;
        Ok::<_, DeployError>((folder, list))
    });
    Ok(try_join_all(listed).await?.into_iter().collect())
}

/// Reads the permissions and grants of resources that have some, or had some, by the bundle.
async fn with_access(
    workspace: &dyn Workspace,
    desired: &Desired,
    mut observed: Observed,
) -> Result<Observed, DeployError> {
    let state = observed.state.as_ref();
    let concerned = observed.resources.iter().filter(|(full, _)| {
        let wanted = desired.resources.get(*full);
        let record = state.and_then(|s| s.resources.get(*full));
        wanted.is_some_and(|w| w.permissions.is_some() || w.grants.is_some())
            || record.is_some_and(|r| r.permissions.is_some() || r.grants.is_some())
    });
    let read = concerned.filter_map(|(full, found)| {
        let kind = kinds::of(split_key(full)?.0);
        Some(async move {
            let mut access = (None, None);
            if let Some(object) = kind.permission_object() {
                access.0 = Some(workspace.permissions(object, &found.id).await);
            }
            if let Some(securable) = kind.securable() {
                access.1 = Some(workspace.grants(securable, &found.id).await);
            }
            let failed = || DeployError::during(format!("cannot read the permissions of `{full}`"));
            let permissions = access.0.transpose().map_err(failed())?;
            let grants = access.1.transpose().map_err(failed())?;
            let grants = grants.map(|list| list.iter().map(|g| serde_json::json!(g)).collect());
            Ok::<_, DeployError>((full.clone(), permissions, grants))
        })
    });
    for (full, permissions, grants) in try_join_all(read).await? {
        if let Some(found) = observed.resources.get_mut(&full) {
            found.permissions = permissions;
            found.grants = grants;
        }
    }
    Ok(observed)
}
