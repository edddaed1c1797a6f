//! Reads what a plan is made from: the state, the resources, the folders of the files.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use futures_util::future::{join_all, try_join, try_join_all, try_join4};

use super::diff::fill_input_only;
use super::key::split_key;
use super::lock_holder::LOCK_FILE;
use super::named_resources::{ByName, find_all};
use super::owner_tag::METADATA_FILE;
use super::remote_resource::Found;
use super::state::{FileRecord, ResourceRecord, STATE_FILE, spec_hash, state_path};
use super::{DeployError, DeployState, Desired, DesiredResource, Site, kinds, takeover};
use piq_bundle::ResourceKind;
use piq_databricks::workspace::{ObjectInfo, Workspace, WorkspaceError};

/// How long to wait before a version that is not the recorded one is read again.
const PAUSES: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(450)];

/// What the workspace has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// Address of the workspace.
    pub host: String,
    /// The state, if there is one.
    pub state: Option<DeployState>,
    /// Milliseconds since 1970 at which the state was written, by the workspace's clock.
    pub state_written: Option<i64>,
    /// Whether `metadata.json` is there as the last deploy left it.
    pub metadata_kept: bool,
    /// Whether somebody holds the lock, or left it behind.
    pub lock_seen: bool,
    /// Resources by `KIND.KEY`: wanted ones and recorded ones.
    pub resources: BTreeMap<String, Found>,
    /// Tables and views of schemas that the bundle no longer has.
    pub held: BTreeMap<String, Vec<String>>,
    /// Further resources that carry the same marks.
    pub duplicates: BTreeMap<String, Vec<String>>,
    /// Resources of other bundles that have the name, target and key of a wanted one.
    pub of_others: BTreeMap<String, Found>,
    /// Recorded resources that were not looked at: a new release leaves them as they are.
    pub assumed: BTreeSet<String>,
    /// Folders that the wanted files were put into; nothing for a folder that is not there. Empty for a new release.
    pub folders: BTreeMap<String, Option<Vec<ObjectInfo>>>,
}

/// The state, read before it was known what is wanted.
#[derive(Debug, Clone)]
pub struct StateAhead {
    path: String,
    bytes: Option<Vec<u8>>,
}

impl StateAhead {
    /// Reads the file of a state.
    ///
    /// # Errors
    /// What the workspace refuses.
    pub async fn read(workspace: &dyn Workspace, state_dir: &str) -> Result<Self, DeployError> {
        let path = state_path(state_dir);
        let bytes = workspace.export(&path).await.map_err(DeployError::during("cannot read the state"))?;
        Ok(Self { path, bytes })
    }

    fn state(&self, site: &Site) -> Result<Option<DeployState>, DeployError> {
        let Some(state) = self.bytes.as_ref().map(|b| DeployState::read(b, &self.path)).transpose()? else {
            return Ok(None);
        };
        if state.bundle == site.bundle && state.target == site.target {
            return Ok(Some(state));
        }
        let message = format!(
            "{} is the state of bundle `{}`, target `{}`: two bundles must not share a folder",
            self.path, state.bundle, state.target
        );
        Err(DeployError::refused(message).hint("set another `workspace.root_path`"))
    }
}

/// The state of a deployment, if there is one.
///
/// # Errors
/// A state that cannot be read, or that belongs to another bundle or target.
pub async fn read_state(workspace: &dyn Workspace, site: &Site) -> Result<Option<DeployState>, DeployError> {
    StateAhead::read(workspace, &site.state_dir).await?.state(site)
}

/// Reads all that a plan needs, from a state that was read ahead if there is one. With `refresh` also permissions and
/// grants; else the recorded ones count.
///
/// # Errors
/// What the workspace refuses, and a state that cannot be read.
pub async fn observe(
    workspace: &dyn Workspace,
    desired: &Desired,
    ahead: Option<&StateAhead>,
    refresh: bool,
) -> Result<Observed, DeployError> {
    let site = &desired.site;
    let named = || {
        let wanted = desired.resources.iter().filter(|(_, wanted)| kinds::of(wanted.kind).found_by_name());
        find_all(workspace, site, wanted.collect())
    };
    let observed = match ahead.filter(|ahead| ahead.path == site.state_path()) {
        Some(ahead) => match ahead.state(site)? {
            Some(state) => observe_resource(workspace, desired, Some(state), named()).await?,
            None => without_state(workspace, desired, named().await?).await?,
        },
        None => match try_join(read_state(workspace, site), named()).await? {
            (None, by_name) => without_state(workspace, desired, by_name).await?,
            (state, by_name) => observe_resource(workspace, desired, state, std::future::ready(Ok(by_name))).await?,
        },
    };
    if refresh { with_access(workspace, desired, observed).await } else { Ok(observed) }
}

/// Where something of the bundle is there without a state of ours, the official CLI may have left one.
async fn without_state(workspace: &dyn Workspace, desired: &Desired, by_name: ByName) -> Result<Observed, DeployError> {
    let mut state = None;
    if by_name.values().flatten().any(|found| found.other_bundle.is_none()) {
        let beside = workspace.list(&desired.site.state_dir).await?.unwrap_or_default();
        state = takeover::read(workspace, &desired.site, &beside).await?;
    }
    observe_resource(workspace, desired, state, std::future::ready(Ok(by_name))).await
}

/// Reads what the state leads to, while resources are looked for by their names.
async fn observe_resource(
    workspace: &dyn Workspace,
    desired: &Desired,
    state: Option<DeployState>,
    by_name: impl Future<Output = Result<ByName, DeployError>>,
) -> Result<Observed, DeployError> {
    let manifest = state.as_ref().and_then(|s| s.manifest_of(&desired.files_root));
    let new_release = desired.release.is_some() && manifest.is_none();
    let records = || state.iter().flat_map(|s| &s.resources);
    let assumed: BTreeSet<String> = records()
        .filter(|(full, record)| new_release && untouched(desired, full, record))
        .map(|(full, _)| full.clone())
        .collect();
    // a name that is looked for leads to most records; the others are read by their ids at once
    let (likely, direct): (Vec<_>, Vec<_>) = records()
        .filter(|(full, _)| !assumed.contains(*full))
        .partition(|(full, record)| desired.resources.get(*full).is_some_and(|wanted| has_name(wanted, record)));
    let named = async {
        let mut by_name = by_name.await?;
        let mut of_others = BTreeMap::new();
        for (full, list) in &mut by_name {
            of_others.extend(list.extract_if(.., |f| f.other_bundle.is_some()).map(|f| (full.clone(), f)));
        }
        let mut resources = BTreeMap::new();
        let mut missing = Vec::new();
        for (full, record) in likely {
            let list = by_name.entry(full.clone()).or_default();
            let is = |f: &Found| is_recorded(full, record, f);
            match list.iter().position(is) {
                Some(place) => drop(resources.insert(full.clone(), list.remove(place))),
                None => missing.push((full, record)),
            }
        }
        // traces of an earlier deploy without a state: what is not found by name before is looked for too
        let lost = state.is_none() && by_name.values().any(|found| !found.is_empty());
        let others = desired.resources.iter().filter(|(_, wanted)| lost && !kinds::of(wanted.kind).found_by_name());
        let others = find_all(workspace, &desired.site, others.collect());
        let (read, others) = try_join(read_records(workspace, desired, missing), others).await?;
        resources.extend(read);
        by_name.extend(others);
        Ok::<_, DeployError>((resources, by_name, of_others))
    };
    let folders = file_folders(workspace, desired, manifest);
    let beside = async {
        match manifest {
            Some(_) => Ok(workspace.list(&desired.site.state_dir).await?.unwrap_or_default()),
            None => Ok::<_, DeployError>(Vec::new()),
        }
    };
    let ((mut resources, by_name, of_others), direct, folders, beside) =
        try_join4(named, read_records(workspace, desired, direct), folders, beside).await?;
    resources.extend(direct);
    for (full, record) in records() {
        if let (Some(found), Some((kind, _))) = (resources.get_mut(full), split_key(full)) {
            fill_input_only(&mut found.spec, &record.spec, kinds::of(kind).input_only());
        }
    }
    let held = held_by_deleted(workspace, desired, &resources, state.as_ref()).await;
    let mut duplicates = BTreeMap::new();
    for (full, mut list) in by_name {
        // one that was read by its id may have its new name already
        let known = resources.get(&full).map(|f| &f.id);
        list.retain(|f| Some(&f.id) != known);
        list.sort_by(|a, b| (a.id.len(), &a.id).cmp(&(b.id.len(), &b.id)));
        let mut list = list.into_iter();
        if !resources.contains_key(&full)
            && let Some(oldest) = list.next()
        {
            resources.insert(full.clone(), oldest);
        }
        let more: Vec<String> = list.map(|f| f.id).collect();
        if !more.is_empty() {
            duplicates.insert(full, more);
        }
    }
    let named = |name: &str| beside.iter().find(|o| o.path.rsplit('/').next() == Some(name));
    let state_written = named(STATE_FILE).and_then(|o| o.modified_at);
    let metadata = named(METADATA_FILE).and_then(|o| o.modified_at);
    Ok(Observed {
        host: workspace.host().to_owned(),
        state_written,
        metadata_kept: metadata.is_some() && metadata <= state_written,
        lock_seen: named(LOCK_FILE).is_some(),
        resources,
        held,
        duplicates,
        of_others,
        assumed,
        folders,
        state,
    })
}

/// Whether something that was found by its name is the one that is recorded.
fn is_recorded(full: &str, record: &ResourceRecord, found: &Found) -> bool {
    split_key(full).is_some_and(|(kind, _)| kinds::same_name(kinds::of(kind), &found.id, &record.id))
}

/// What schemas hold that a deploy would delete; nothing for a schema that cannot be looked into.
async fn held_by_deleted(
    workspace: &dyn Workspace,
    desired: &Desired,
    resources: &BTreeMap<String, Found>,
    state: Option<&DeployState>,
) -> BTreeMap<String, Vec<String>> {
    let deleted = state.into_iter().flat_map(|s| s.resources.keys()).filter(|full| {
        !desired.resources.contains_key(*full) && matches!(split_key(full), Some((ResourceKind::Schema, _)))
    });
    let each = deleted.filter_map(|full| {
        let (catalog, schema) = resources.get(full)?.id.split_once('.')?;
        Some(async move {
            let tables = workspace.tables(catalog, schema).await.unwrap_or_default();
            let names = tables.iter().filter_map(|table| table["name"].as_str().map(str::to_owned));
            (full.clone(), names.collect::<Vec<_>>())
        })
    });
    join_all(each).await.into_iter().filter(|(_, tables)| !tables.is_empty()).collect()
}

/// Whether the look for the name of a wanted resource leads to the one that is recorded for it.
fn has_name(wanted: &DesiredResource, record: &ResourceRecord) -> bool {
    kinds::of(wanted.kind).found_by_name()
        && record.spec[wanted.kind.name_field()]
            .as_str()
            .is_none_or(|name| kinds::same_name(kinds::of(wanted.kind), name, &wanted.name))
}

/// Reads recorded resources by their ids; those that are gone are left out.
async fn read_records(
    workspace: &dyn Workspace,
    desired: &Desired,
    records: Vec<(&String, &ResourceRecord)>,
) -> Result<Vec<(String, Found)>, DeployError> {
    let each = records.into_iter().filter_map(|(full, record)| {
        let kind = kinds::of(split_key(full)?.0);
        let wanted = desired.resources.get(full);
        let changes = wanted.is_some_and(|w| spec_hash(&kind.recorded(&w.spec)) != record.sha256);
        Some(async move {
            let found = read_again(workspace, kind, record, changes).await;
            Ok::<_, DeployError>((full.clone(), found.map_err(DeployError::with_recorded("read", full))?))
        })
    });
    let read = try_join_all(each).await?;
    Ok(read.into_iter().filter_map(|(full, found)| Some((full, found?))).collect())
}

/// Reads a resource, and again if it is another version than the recorded one, or none: the first read after a write may
/// give what was there before.
async fn read_again(
    workspace: &dyn Workspace,
    kind: &dyn kinds::ResourceHandler,
    record: &ResourceRecord,
    changes: bool,
) -> Result<Option<Found>, WorkspaceError> {
    let etag = record.etag.as_deref();
    let mut found = kind.observe(workspace, &record.id, changes).await?;
    for pause in PAUSES {
        let other = |f: &Found| !f.trashed && f.etag.is_some() && f.etag.as_deref() != etag;
        if etag.is_none() || !found.as_ref().is_none_or(other) {
            break;
        }
        tokio::time::sleep(pause).await;
        found = kind.observe(workspace, &record.id, changes).await?;
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
