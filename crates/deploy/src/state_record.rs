//! What the state says after a deploy.

use std::collections::BTreeMap;

use super::kinds::{self, Applied};
use super::spec::recorded_spec;
use super::state::{DeployState, FileRecord, ResourceRecord, spec_hash};
use super::{DeployError, Desired, random_name};

/// The state after a deploy of `desired` that followed `before`.
///
/// # Errors
/// A system without random numbers.
pub(super) fn next_state(
    before: Option<&DeployState>,
    desired: &Desired,
    applied: &BTreeMap<String, Applied>,
    selected: Option<&[String]>,
) -> Result<DeployState, DeployError> {
    let site = &desired.site;
    let mut state = match before {
        Some(state) => state.clone(),
        None => DeployState::new(random_name()?, &site.bundle, &site.target),
    };
    state.serial += 1;
    state.format = super::state::FORMAT;
    state.folder_permissions.clone_from(&desired.folder_permissions);
    state.files_root.clone_from(&desired.files_root);
    if let Some(metadata) = &desired.metadata {
        state.metadata = Some(metadata.digest(&desired.files_root));
    }
    let file = |f: &super::DesiredFile| FileRecord { sha256: f.sha256.clone(), notebook: f.notebook() };
    state.files = desired.files.iter().map(|(path, f)| (path.clone(), file(f))).collect();
    let chosen = |full: &String| selected.is_none_or(|s| s.contains(full));
    // what was not selected stays as it is recorded
    let kept = before.iter().flat_map(|s| &s.resources).filter(|(full, _)| !chosen(full));
    let mut resources: BTreeMap<String, ResourceRecord> = kept.map(|(k, r)| (k.clone(), r.clone())).collect();
    for (full, wanted) in desired.resources.iter().filter(|(full, _)| chosen(full)) {
        let Some(applied) = applied.get(full) else { continue };
        let record = before.and_then(|s| s.resources.get(full));
        let spec = kinds::of(wanted.kind).recorded(&recorded_spec(record, wanted, Some(&site.me)));
        let record = ResourceRecord {
            id: applied.id.clone(),
            sha256: spec_hash(&spec),
            spec,
            etag: applied.etag.clone(),
            permissions: wanted.permissions.clone(),
            grants: wanted.grants.clone(),
            bound: record.is_some_and(|r| r.bound),
        };
        resources.insert(full.clone(), record);
    }
    state.resources = resources;
    Ok(state)
}
