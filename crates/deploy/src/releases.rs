//! Releases of a production target: folders of files that never change, and the jobs and dashboards that go with them.
//!
//! The id of a release is the hash of its files, which names their folder; a later release with the same files and other
//! settings or dashboards is `HASH.2`, `HASH.3`, ….

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::key::split_key;
use super::kinds::{self, TEXT};
use super::spec::recorded_spec;
use super::state::{DeployState, FileRecord, Release, ResourceRecord, spec_hash};
use super::workspace_paths::LIBRARIES_TOKEN;
use super::{DeployError, Desired, DesiredFile, DesiredResource, Site};
use piq_bundle::ResourceKind;
use piq_databricks::workspace::{Content, JobId, Workspace};

/// Releases that are kept.
const KEPT: usize = 5;
/// Begins the compressed text of a dashboard in the state.
const PACKED: &str = "zlib:";

/// Hashes of specs by `KIND.KEY`.
type SpecHashes = BTreeMap<String, String>;

/// Whether a rollback restores resources of this kind. Schemas, volumes and warehouses hold what is not the bundle's.
fn is_released(full: &str) -> bool {
    matches!(split_key(full), Some((ResourceKind::Job | ResourceKind::Dashboard, _)))
}

/// The id of the release that holds these files and specs: that of the kept one that is equal, or a new one.
fn release_id(state: Option<&DeployState>, folder: &str, specs: &SpecHashes) -> String {
    let same_files = || state.iter().flat_map(|s| &s.releases).filter(|r| r.folder() == folder);
    if let Some(known) = same_files().find(|r| r.resources == *specs) {
        return known.id.clone();
    }
    let number = |r: &Release| r.id.split_once('.').and_then(|(_, n)| n.parse().ok()).unwrap_or(1);
    match same_files().map(number).max() {
        Some(last) => format!("{folder}.{}", last + 1_u64),
        None => folder.to_owned(),
    }
}

/// The id of the release that a deploy of `desired` brings about, for a production target.
pub(super) fn planned_id(
    state: Option<&DeployState>,
    desired: &Desired,
    selected: Option<&[String]>,
) -> Option<String> {
    let folder = desired.release.as_ref()?;
    if desired.in_place {
        return Some(folder.clone());
    }
    let chosen = |full: &String| selected.is_none_or(|s| s.contains(full));
    let recorded = |full: &str| state.and_then(|s| s.resources.get(full));
    let kept = state.iter().flat_map(|s| &s.resources).filter(|(full, _)| !chosen(full));
    let kept = kept.map(|(full, record)| (full.clone(), record.sha256.clone()));
    let wanted = desired.resources.iter().filter(|(full, _)| chosen(full)).map(|(full, wanted)| {
        let spec = recorded_spec(recorded(full), wanted, Some(&desired.site.me));
        (full.clone(), spec_hash(&kinds::of(wanted.kind).recorded(&spec)))
    });
    let specs = kept.chain(wanted).filter(|(full, _)| is_released(full)).collect();
    Some(release_id(state, folder, &specs))
}

/// Adds the release that a deploy makes current. A rollback makes one current that is known already.
pub(super) fn record(state: &mut DeployState, desired: &Desired, at: String) -> Result<(), DeployError> {
    let Some(folder) = &desired.release else { return Ok(()) };
    if desired.in_place {
        state.release = Some(folder.clone());
        return Ok(());
    }
    let mut specs = SpecHashes::new();
    let mut permissions = SpecHashes::new();
    for (full, record) in state.resources.iter().filter(|(full, _)| is_released(full)) {
        specs.insert(full.clone(), record.sha256.clone());
        if !state.specs.contains_key(&record.sha256)
            && let Some(spec) = whole_spec(record, desired.resources.get(full))?
        {
            state.specs.insert(record.sha256.clone(), spec);
        }
        if let Some(list) = &record.permissions {
            let list = json!(list);
            let hash = spec_hash(&list);
            state.specs.insert(hash.clone(), list);
            permissions.insert(full.clone(), hash);
        }
    }
    let release = Release {
        id: release_id(Some(state), folder, &specs),
        at,
        by: desired.site.me.user_name.clone(),
        commit: desired.commit.clone(),
        files: state.files.clone(),
        resources: specs,
        permissions,
    };
    state.release = Some(release.id.clone());
    match state.releases.iter_mut().find(|r| r.id == release.id) {
        // current again: it keeps its place, so that a rollback still goes back from it
        Some(known) => *known = release,
        None => state.releases.push(release),
    }
    Ok(())
}

/// The spec of a record with the text of a dashboard, compressed; nothing if that is not at hand.
fn whole_spec(record: &ResourceRecord, wanted: Option<&DesiredResource>) -> Result<Option<Value>, DeployError> {
    let mut spec = record.spec.clone();
    if spec.get(TEXT).is_none() {
        return Ok(Some(spec));
    }
    let Some(wanted) = wanted.filter(|w| spec_hash(&kinds::of(w.kind).recorded(&w.spec)) == record.sha256) else {
        return Ok(None);
    };
    if let (Some(fields), Some(text)) = (spec.as_object_mut(), wanted.spec.get(TEXT).and_then(Value::as_str)) {
        fields.insert(TEXT.to_owned(), json!(pack(text)?));
    }
    Ok(Some(spec))
}

fn pack(text: &str) -> Result<String, DeployError> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    let packed = packed.map_err(|e| DeployError::refused(format!("cannot compress a dashboard: {e}")))?;
    Ok(format!("{PACKED}{}", STANDARD.encode(packed)))
}

/// The spec as it was deployed; nothing if its text is damaged.
fn unpack(spec: &Value) -> Option<Value> {
    let mut spec = spec.clone();
    if let Some(packed) = spec.get(TEXT).and_then(Value::as_str).and_then(|text| text.strip_prefix(PACKED)) {
        let bytes = STANDARD.decode(packed).ok()?;
        let mut text = String::new();
        flate2::read::ZlibDecoder::new(bytes.as_slice()).read_to_string(&mut text).ok()?;
        spec.as_object_mut()?.insert(TEXT.to_owned(), json!(text));
    }
    Some(spec)
}

/// What the kept releases said about a resource, `KIND.KEY`.
pub(super) fn released_specs<'s>(state: &'s DeployState, full: &'s str) -> impl Iterator<Item = Value> + 's {
    let hashes = state.releases.iter().filter_map(move |release| release.resources.get(full));
    hashes.filter_map(|hash| state.specs.get(hash).and_then(unpack))
}

/// Forgets specs that no release names.
pub(super) fn sweep(state: &mut DeployState) {
    let named = state.releases.iter().flat_map(|r| r.resources.values().chain(r.permissions.values()));
    let used: BTreeSet<&String> = named.collect();
    let unused: Vec<String> = state.specs.keys().filter(|hash| !used.contains(hash)).cloned().collect();
    for hash in unused {
        state.specs.remove(&hash);
    }
}

/// The current release.
pub(crate) fn in_force<'a>(state: &'a DeployState, site: &Site) -> Option<&'a Release> {
    match &state.release {
        Some(id) => state.releases.iter().find(|r| r.id == *id),
        // a state of format 1 does not name it
        None => state.releases.iter().find(|r| state.files_root == root(site, r)),
    }
}

fn root(site: &Site, release: &Release) -> String {
    format!("{}/{}", site.file_dir, release.folder())
}

/// Takes releases beyond those that are kept out of the state, except what a run in progress or a job reads, and deletes
/// folders that no kept release has.
///
/// # Errors
/// What the workspace refuses.
pub(super) async fn prune(workspace: &dyn Workspace, site: &Site, state: &mut DeployState) -> Result<(), DeployError> {
    if state.releases.len() <= KEPT {
        return Ok(());
    }
    let jobs: Vec<JobId> = state
        .resources
        .iter()
        .filter(|(full, _)| matches!(split_key(full), Some((ResourceKind::Job, _))))
        .map(|(full, r)| {
            let no_number =
                |_| DeployError::refused(format!("the state names `{full}` by `{}`, expected a number", r.id));
            r.id.parse().map_err(no_number)
        })
        .collect::<Result<_, _>>()?;
    let running = try_join_all(jobs.iter().map(|job| workspace.active_runs(*job))).await?;
    let paths: Vec<String> = running.into_iter().flatten().flat_map(|r| r.tasks).filter_map(|t| t.path).collect();
    let specs: Vec<String> = state.resources.values().map(|r| r.spec.to_string()).collect();
    let in_use = |release: &Release| {
        let root = root(site, release);
        let below = format!("{}/", super::owner_tag::normal(&root));
        let in_force = in_force(state, site).is_some_and(|r| r.id == release.id);
        let by_run = || paths.iter().any(|p| super::owner_tag::normal(p).starts_with(&below));
        in_force || state.files_root == root || by_run() || specs.iter().any(|spec| spec.contains(&below))
    };
    let surplus = state.releases.len() - KEPT;
    let (old, kept): (Vec<_>, Vec<_>) =
        state.releases.iter().enumerate().partition(|(at, release)| *at < surplus && !in_use(release));
    let kept_folders: BTreeSet<&str> = kept.iter().map(|(_, r)| r.folder()).collect();
    let mut folders = BTreeSet::new();
    for (_, release) in old.iter().filter(|(_, r)| !kept_folders.contains(r.folder())) {
        folders.insert(root(site, release));
        if release.files.keys().any(|path| path.starts_with(LIBRARIES_TOKEN)) {
            folders.insert(site.libraries(&root(site, release)));
        }
    }
    let old: Vec<String> = old.iter().map(|(_, r)| r.id.clone()).collect();
    let deleted = folders.iter().map(|folder| workspace.delete(folder));
    try_join_all(deleted).await.map_err(DeployError::during("cannot delete an old release"))?;
    state.releases.retain(|r| !old.contains(&r.id));
    Ok(())
}

/// An earlier release that becomes current again.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollback {
    /// What the workspace shall hold.
    pub desired: Desired,
    /// What the rollback leaves as it is, for people.
    pub notes: Vec<String>,
}

/// What the workspace holds when an earlier release is current again: the one of this id (its beginning is
/// enough), or the one before the current one.
///
/// # Errors
/// No such release.
pub fn rollback(state: &DeployState, site: &Site, to: Option<&str>) -> Result<Rollback, DeployError> {
    let release = choose(state, site, to)?;
    let mut resources = BTreeMap::new();
    let mut notes = Vec::new();
    for (full, hash) in &release.resources {
        let Some((kind, key)) = split_key(full).filter(|_| is_released(full)) else { continue };
        let record = state.resources.get(full);
        let Some(spec) = state.specs.get(hash).and_then(unpack) else {
            notes.push(format!("`{full}` stays as it is: its settings in release {} were not kept", release.id));
            continue;
        };
        let earlier = || release.permissions.get(full).and_then(|hash| state.specs.get(hash)?.as_array().cloned());
        let permissions = record.map_or_else(earlier, |r| r.permissions.clone());
        let grants = record.and_then(|r| r.grants.clone());
        resources.insert(full.clone(), resource(kind, key, spec, permissions, grants));
    }
    for (full, record) in &state.resources {
        let Some((kind, key)) = split_key(full).filter(|_| !resources.contains_key(full)) else { continue };
        if is_released(full) && !release.resources.contains_key(full) {
            notes.push(format!("`{full}` is newer than release {} and stays as it is", release.id));
        }
        // its files are those of the current release
        let spec = site.placed(&record.spec, &state.files_root);
        resources.insert(full.clone(), resource(kind, key, spec, record.permissions.clone(), record.grants.clone()));
    }
    let file = |r: &FileRecord| DesiredFile {
        content: if r.notebook { Content::Jupyter } else { Content::File },
        bytes: Vec::new(),
        sha256: r.sha256.clone(),
    };
    let desired = Desired {
        site: site.clone(),
        files_root: root(site, release),
        release: Some(release.id.clone()),
        files: release.files.iter().map(|(path, r)| (path.clone(), file(r))).collect(),
        resources,
        folder_permissions: state.folder_permissions.clone(),
        commit: release.commit.clone(),
        // the jobs are the same, and their definitions are not at hand
        metadata: None,
        in_place: true,
        warnings: Vec::new(),
    };
    Ok(Rollback { desired, notes })
}

fn choose<'a>(state: &'a DeployState, site: &Site, to: Option<&str>) -> Result<&'a Release, DeployError> {
    let known = || state.releases.iter().map(|r| r.id.as_str()).collect::<Vec<_>>().join(", ");
    let Some(id) = to else {
        let current = in_force(state, site).and_then(|now| state.releases.iter().position(|r| r.id == now.id));
        return match current {
            Some(at) if at > 0 => Ok(&state.releases[at - 1]),
            _ => Err(DeployError::refused("no earlier release is kept").hint(format!("kept releases: {}", known()))),
        };
    };
    if let Some(exact) = state.releases.iter().find(|r| r.id == id) {
        return Ok(exact);
    }
    let found: Vec<&Release> = state.releases.iter().filter(|r| r.id.starts_with(id)).collect();
    match found.as_slice() {
        [only] => Ok(*only),
        [] => Err(DeployError::refused(format!("found no release `{id}`")).hint(format!("kept releases: {}", known()))),
        _ => Err(DeployError::refused(format!("several releases begin with `{id}`: {}", known()))),
    }
}

fn resource(
    kind: ResourceKind,
    key: &str,
    spec: Value,
    permissions: Option<Vec<Value>>,
    grants: Option<Vec<Value>>,
) -> DesiredResource {
    DesiredResource {
        kind,
        key: key.to_owned(),
        name: spec.get(kind.name_field()).and_then(Value::as_str).unwrap_or_default().to_owned(),
        spec,
        permissions,
        grants,
        needs: Vec::new(),
        prevent_destroy: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_dashboard_comes_back_as_it_was() {
        let text = format!("{{\"pages\":[{}]}}\n", "\"ü\",".repeat(2000));
        let packed = pack(&text).unwrap();
        assert!(packed.len() < 200, "{}", packed.len());
        assert_eq!(unpack(&json!({TEXT: packed, "a": 1})), Some(json!({TEXT: text, "a": 1})));
        assert_eq!(unpack(&json!({TEXT: "zlib:AAAA"})), None);
        assert_eq!(unpack(&json!({"a": 1})), Some(json!({"a": 1})));
    }

    #[test]
    fn each_change_of_a_setting_is_a_release_and_an_equal_one_is_the_same() {
        let mut state = DeployState::new("l".into(), "b", "prod");
        let specs = |hash: &str| SpecHashes::from([("jobs.a".to_owned(), hash.to_owned())]);
        for (hash, wanted) in [("1", "f"), ("2", "f.2"), ("1", "f"), ("3", "f.3")] {
            let id = release_id(Some(&state), "f", &specs(hash));
            assert_eq!(id, wanted);
            if !state.releases.iter().any(|r| r.id == id) {
                state.releases.push(Release { id, resources: specs(hash), ..Release::default() });
            }
        }
        assert_eq!(release_id(Some(&state), "g", &specs("1")), "g");
    }
}
