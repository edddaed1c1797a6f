//! Compares what is wanted with what was recorded and what is there. Pure: the plan is data, to be shown, saved, gated.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::access::same_grants;
use super::diff::Reason;
use super::key::split_key;
use super::kinds::{self, same_name, same_permissions};
use super::observe::Observed;
use super::outputs::output;
use super::owner_tag::normal;
use super::remote_resource::Found;
use super::resource_change::{PlanAction, ResourceChange};
use super::spec::recorded_spec;
use super::state::{DeployState, ResourceRecord, canonical, spec_hash};
use super::{Desired, DesiredResource, releases, twins};
use piq_bundle::{ResourceKind, fill_outputs};
use piq_databricks::workspace::{FileKind, ObjectInfo};

/// What is done with one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Its path below the folder of the files.
    pub path: String,
    /// What is done.
    pub action: PlanAction,
    /// Why.
    pub reason: String,
    /// What stands in its place is of another kind and has to go first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaces: bool,
    /// Whether it has to be uploaded: a release that was deployed before has its files already.
    pub upload: bool,
}

/// How many things change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Files and resources that are new.
    pub created: usize,
    /// Files and resources that change.
    pub updated: usize,
    /// Files and resources that go.
    pub deleted: usize,
    /// Files and resources that stay as they are.
    pub unchanged: usize,
}

/// All that a deploy does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The bundle.
    pub bundle: String,
    /// The target.
    pub target: String,
    /// Lineage of the state that it was made from; nothing before the first deploy.
    pub lineage: Option<String>,
    /// Serial of that state.
    pub serial: u64,
    /// Names everything that is wanted: a plan is for one content only.
    pub content: String,
    /// The release that becomes current, for a production target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// What is done with files.
    pub files: Vec<FileChange>,
    /// What is done with resources.
    pub resources: Vec<ResourceChange>,
    /// How many things change.
    pub changes: Changes,
    /// Whether the permissions of the bundle's folder are set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub folder_permissions: bool,
    /// The resources that the plan is limited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected: Option<Vec<String>>,
    /// The state has to be written although nothing else changes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub record: bool,
    /// What is worth knowing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.resources.is_empty() && !self.folder_permissions && !self.record
    }

    /// What is deleted, apart from files: it needs a person's word.
    pub fn deletions(&self) -> impl Iterator<Item = &ResourceChange> {
        self.resources.iter().filter(|r| r.action == PlanAction::Delete)
    }
}

/// Makes the plan.
pub fn plan(desired: &Desired, observed: &Observed) -> Plan {
    let state = observed.state.as_ref();
    let mut plan = Plan {
        bundle: desired.site.bundle.clone(),
        target: desired.site.target.clone(),
        lineage: state.map(|s| s.lineage.clone()),
        serial: state.map_or(0, |s| s.serial),
        content: content(desired),
        release: releases::planned_id(state, desired, None),
        files: Vec::new(),
        resources: Vec::new(),
        changes: Changes::default(),
        folder_permissions: access_differs(
            desired.folder_permissions.as_deref(),
            state.and_then(|s| s.folder_permissions.as_deref()),
            None,
        ),
        selected: None,
        record: state.is_none(),
        notes: Vec::new(),
    };
    files(desired, observed, &mut plan);
    resources(desired, observed, &mut plan);
    let twins = twins::notes(desired, state, &plan.resources);
    plan.notes.extend(twins);
    if state.is_none() {
        plan.notes.extend(twins::of_renamed_bundle(&desired.site, &observed.of_others, &plan.resources));
    }
    for (full, ids) in &observed.duplicates {
        plan.notes.push(format!("found several `{full}` (also ids {}); delete the duplicates", ids.join(", ")));
    }
    let moves = |s: &DeployState| {
        let now = releases::in_force(s, &desired.site).map(|r| &r.id);
        s.files_root != desired.files_root || (desired.in_place && now != desired.release.as_ref())
    };
    if state.is_some_and(moves) {
        plan.record = true;
    }
    count(desired, &mut plan);
    plan
}

/// Limits a plan to some resources and those that they refer to. Files are whole: all of them are part of it.
///
/// # Errors
/// A key that is neither in the bundle nor in the state; a new release, which is whole too.
pub fn select(
    mut plan: Plan,
    keys: &[String],
    desired: &Desired,
    observed: &Observed,
) -> Result<Plan, super::DeployError> {
    if keys.is_empty() {
        return Ok(plan);
    }
    let state = observed.state.as_ref();
    let recorded = |full: &str| state.is_some_and(|s| s.resources.contains_key(full));
    let known = || desired.resources.keys().chain(state.iter().flat_map(|s| s.resources.keys()));
    let mut chosen: Vec<String> = Vec::new();
    for key in keys {
        let matching: BTreeSet<&String> = known()
            .filter(|full| *full == key || full.split_once('.').is_some_and(|(_, short)| short == key))
            .collect();
        if matching.is_empty() {
            let error = super::DeployError::refused(format!("no resource has the key `{key}`"));
            let near = piq_diagnostics::closest(key, known().map(String::as_str));
            return Err(match near {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error,
            });
        }
        chosen.extend(matching.into_iter().cloned());
    }
    let mut next = 0;
    while let Some(full) = chosen.get(next).cloned() {
        let needs = desired.resources.get(&full).map(|r| r.needs.clone()).unwrap_or_default();
        chosen.extend(needs.into_iter().filter(|n| !chosen.contains(n) && !recorded(n)).collect::<Vec<_>>());
        next += 1;
    }
    if desired.release.is_some() && state.is_some_and(|s| s.files_root != desired.files_root) {
        let message = "cannot use `--select`: the files changed, and a release is activated as a whole";
        return Err(super::DeployError::refused(message));
    }
    plan.resources.retain(|r| chosen.contains(&r.key));
    chosen.sort();
    plan.release = releases::planned_id(state, desired, Some(&chosen));
    plan.selected = Some(chosen);
    count(desired, &mut plan);
    Ok(plan)
}

/// Names everything that is wanted.
fn content(desired: &Desired) -> String {
    // hashed piece by piece: a copy of all specs would be the most that a deploy of many jobs holds
    let mut hash = Sha256::new();
    hash.update(format!("[{},[", json!(desired.files_root)));
    for (i, (path, file)) in desired.files.iter().enumerate() {
        let separator = if i > 0 { "," } else { "" };
        hash.update(format!("{separator}{}", json!([path, file.sha256, file.notebook()])));
    }
    hash.update("],[");
    for (i, (key, r)) in desired.resources.iter().enumerate() {
        let separator = if i > 0 { "," } else { "" };
        let (permissions, grants) = (canonical(&json!(r.permissions)), canonical(&json!(r.grants)));
        hash.update(format!("{separator}[{},{},{permissions},{grants}]", json!(key), canonical(&r.spec)));
    }
    hash.update("]]");
    hex::encode(hash.finalize())
}

fn count(desired: &Desired, plan: &mut Plan) {
    let actions = || plan.files.iter().map(|f| f.action).chain(plan.resources.iter().map(|r| r.action));
    let of = |action: PlanAction| actions().filter(|a| *a == action).count();
    let adopted = plan.resources.iter().filter(|r| r.action == PlanAction::Adopt);
    // what is adopted changes only where it differs
    let changed = adopted.filter(|r| !r.fields.is_empty() || r.permissions || r.grants || r.unfinished).count();
    let updated = of(PlanAction::Update) + changed;
    let created = of(PlanAction::Create);
    let wanted = desired.files.len() + desired.resources.len();
    plan.changes = Changes {
        created,
        updated,
        deleted: of(PlanAction::Delete),
        unchanged: wanted.saturating_sub(created + updated),
    };
}

fn files(desired: &Desired, observed: &Observed, plan: &mut Plan) {
    let state = observed.state.as_ref();
    let recorded = state.map(|s| &s.files);
    let known = state.is_some_and(|s| s.manifest_of(&desired.files_root).is_some());
    let in_force = state.is_some_and(|s| s.files_root == desired.files_root);
    let mut there = BTreeMap::new();
    for object in observed.folders.values().flatten().flatten() {
        there.insert(normal(&object.path), object);
    }
    for (path, file) in &desired.files {
        let full = desired.place(path);
        let object = there.get(normal(&full)).copied();
        let fits =
            |o: &ObjectInfo| matches!((o.kind, file.notebook()), (FileKind::Notebook, true) | (FileKind::File, false));
        let edited = |o: &ObjectInfo| observed.state_written.is_some() && o.modified_at > observed.state_written;
        let replaces = object.is_some_and(|o| !fits(o));
        let lacking = match object {
            None => Some((PlanAction::Create, "missing in the workspace")),
            Some(_) if replaces => Some((PlanAction::Update, "of another kind in the workspace")),
            Some(o) if edited(o) => Some((PlanAction::Update, "changed in the workspace")),
            Some(_) => None,
        };
        let changed = match recorded.and_then(|r| r.get(path)) {
            None => Some((PlanAction::Create, "new")),
            Some(r) if r.sha256 != file.sha256 || r.notebook != file.notebook() => {
                Some((PlanAction::Update, "changed in the bundle"))
            }
            Some(_) => None,
        };
        // a folder of a release has the wanted content, unless somebody changed it
        let upload = !known || lacking.is_some() || (in_force && changed.is_some());
        if let Some((action, reason)) = changed.or(lacking.filter(|_| known)) {
            plan.files.push(FileChange { path: path.clone(), action, reason: reason.to_owned(), replaces, upload });
        }
    }
    for path in recorded.into_iter().flat_map(BTreeMap::keys).filter(|p| !desired.files.contains_key(*p)) {
        let (path, reason) = (path.clone(), "no longer in the bundle".to_owned());
        plan.files.push(FileChange { path, action: PlanAction::Delete, reason, replaces: false, upload: false });
    }
}

fn resources(desired: &Desired, observed: &Observed, plan: &mut Plan) {
    let state = observed.state.as_ref();
    for (full, wanted) in &desired.resources {
        if observed.assumed.contains(full) {
            continue;
        }
        let record = state.and_then(|s| s.resources.get(full));
        let found = observed.resources.get(full);
        let (change, note) = resource(desired, observed, full, wanted, record, found);
        plan.notes.extend(note);
        if let Some(change) = change {
            plan.resources.push(change);
        } else if let (Some(record), Some(_)) = (record, found)
            && stale(record, wanted)
        {
            plan.record = true;
        }
    }
    let gone: BTreeSet<&String> =
        state.iter().flat_map(|s| s.resources.keys()).filter(|k| !desired.resources.contains_key(*k)).collect();
    for full in gone {
        let found = observed.resources.get(full);
        let Some(record) = state.and_then(|s| s.resources.get(full)) else { continue };
        if found.is_none() {
            plan.record = true;
            continue;
        }
        let name = found.map(|f| f.name.as_str()).unwrap_or_default();
        let change = ResourceChange::new(full, name, PlanAction::Delete, "no longer in the bundle");
        let held = observed.held.get(full).map(|tables| holds_tables(full, &record.id, tables));
        if held.is_none() {
            plan.notes.extend(found.and_then(|found| lost(full, found)));
        }
        plan.resources.push(ResourceChange { id: Some(record.id.clone()), conflict: held, ..change });
    }
}

/// Names of tables that a conflict shows.
const SHOWN: usize = 5;

/// Why a schema that the bundle no longer has is not deleted.
fn holds_tables(full: &str, id: &str, tables: &[String]) -> String {
    let mut shown: Vec<String> = tables.iter().take(SHOWN).map(|table| format!("`{table}`")).collect();
    if tables.len() > SHOWN {
        shown.push("…".to_owned());
    }
    let count =
        if tables.len() == 1 { "a table or view".to_owned() } else { format!("{} tables and views", tables.len()) };
    format!("schema `{id}` still holds {count} ({}); {}", shown.join(", "), kinds::kept(&format!(" {full}")))
}

/// What goes with a resource that is deleted.
fn lost(full: &str, found: &Found) -> Option<String> {
    match split_key(full)?.0 {
        ResourceKind::Schema => Some(format!(
            "`{full}` is deleted only if it is empty by then; `piq unbind {full}` keeps it and stops managing it"
        )),
        ResourceKind::Volume if found.spec["volume_type"] != "EXTERNAL" => Some(format!(
            "`{full}` is deleted with all files in it; `piq unbind {full}` keeps it and stops managing it"
        )),
        _ => None,
    }
}

/// Whether the record says something else than what is wanted, although the workspace has that already: somebody did
/// the same change there.
fn stale(record: &ResourceRecord, wanted: &DesiredResource) -> bool {
    let spec = kinds::of(wanted.kind).recorded(&recorded_spec(Some(record), wanted, None));
    record.sha256 != spec_hash(&spec) || record.grants != wanted.grants
}

fn resource(
    desired: &Desired,
    observed: &Observed,
    full: &str,
    wanted: &DesiredResource,
    record: Option<&ResourceRecord>,
    found: Option<&Found>,
) -> (Option<ResourceChange>, Option<String>) {
    let kind = kinds::of(wanted.kind);
    let change = |action, reason: &str| ResourceChange {
        id: found.map(|f| f.id.clone()),
        ..ResourceChange::new(full, &wanted.name, action, reason)
    };
    let Some(found) = found else {
        let reason = if record.is_some() { "missing in the workspace" } else { "new" };
        let grants = wanted.grants.as_ref().is_some_and(|list| !list.is_empty());
        let permissions = wanted.permissions.is_some();
        return (Some(ResourceChange { permissions, grants, ..change(PlanAction::Create, reason) }), None);
    };
    // what was bound has no recorded spec yet
    let spec = record.zip(observed.state.as_ref()).filter(|(r, _)| !r.spec.is_null());
    let old = spec.map(|(r, s)| completed(desired, observed, wanted.kind, &r.spec, &s.files_root));
    let new = recorded_spec(record, wanted, Some(&desired.site.me));
    let new = completed(desired, observed, wanted.kind, &new, &desired.files_root);
    let kinds::Comparison { fields, conflict, unfinished, note } = kind.compare(record, old.as_ref(), &new, found);
    // a rollback that was stopped left it so: nobody's work is lost
    let is_released = || {
        let state = observed.state.as_ref();
        state.is_some_and(|state| releases::released_specs(state, full).any(|spec| kind.holds_content(found, &spec)))
    };
    let conflict = conflict.filter(|c| !c.forcible || !is_released());
    let permissions = access_differs(
        wanted.permissions.as_deref(),
        record.and_then(|r| r.permissions.as_deref()),
        found.permissions.as_deref(),
    );
    let grants =
        grants_differ(wanted.grants.as_deref(), record.and_then(|r| r.grants.as_deref()), found.grants.as_deref());
    let adopted = record.is_none_or(|r| !same_name(kind, &r.id, &found.id));
    let nothing = fields.is_empty() && !permissions && !grants && !adopted;
    if nothing && conflict.is_none() && unfinished.is_none() {
        return (None, note);
    }
    let (action, reason) = match (adopted, fields.first()) {
        (true, _) => (PlanAction::Adopt, "carries the owner tags of this bundle"),
        // the reason that all fields share
        (false, Some(first)) if fields.iter().all(|f| f.reason == first.reason) => {
            (PlanAction::Update, first.reason.text())
        }
        (false, Some(_)) => (PlanAction::Update, Reason::Bundle.text()),
        (false, None) => {
            let access = if permissions { "permissions differ" } else { "grants differ" };
            let refused = match () {
                () if found.trashed => Some("in the trash"),
                () if conflict.is_some() => Some("in conflict with the workspace"),
                () => None,
            };
            (PlanAction::Update, unfinished.or(refused).unwrap_or(access))
        }
    };
    let forcible = conflict.as_ref().is_some_and(|c| c.forcible);
    let conflict = conflict.map(|c| c.why);
    let unfinished = unfinished.is_some();
    let made = ResourceChange { fields, permissions, grants, unfinished, conflict, forcible, ..change(action, reason) };
    (Some(made), note)
}

/// Whether grants have to be changed, in the same way. An empty list, once it is recorded, takes away whatever is granted;
/// on the first deploy it takes none away that somebody else gave.
fn grants_differ(wanted: Option<&[Value]>, record: Option<&[Value]>, there: Option<&[Value]>) -> bool {
    match (wanted, there, record) {
        (Some([]), _, None) => false,
        (Some(wanted), Some(there), _) | (Some(wanted), None, Some(there)) => !same_grants(wanted, there),
        (Some(_), None, None) => true,
        (None, _, record) => record.is_some_and(|list| !list.is_empty()),
    }
}

/// Whether permissions have to be set: against what is there if that was read, else against the record.
fn access_differs(wanted: Option<&[Value]>, record: Option<&[Value]>, there: Option<&[Value]>) -> bool {
    match (wanted, there, record) {
        (Some(wanted), Some(there), _) | (Some(wanted), None, Some(there)) => !same_permissions(wanted, there),
        (Some(_), None, None) => true,
        (None, _, record) => record.is_some(),
    }
}

/// A spec with what is known of the resources that it refers to, and with the folders of its release.
fn completed(desired: &Desired, observed: &Observed, kind: ResourceKind, spec: &Value, files_root: &str) -> Value {
    let filled = fill_outputs(kind, spec, &|full, field| match observed.resources.get(full) {
        Some(found) => output(&observed.host, full, &found.id, &found.spec, field),
        None => {
            let record = observed.state.as_ref()?.resources.get(full)?;
            output(&observed.host, full, &record.id, &Value::Null, field)
        }
    });
    desired.site.placed(&filled, files_root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_of_grants_takes_away_what_was_given_since_it_was_recorded() {
        let some = [json!({"principal": "a", "privileges": ["SELECT"]})];
        let (none, some): (&[Value], &[Value]) = (&[], &some);
        for (wanted, record, there, differs) in [
            // the first deploy, also of a schema that was there
            (Some(none), None, None, false),
            (Some(none), None, Some(some), false),
            (Some(some), None, None, true),
            (Some(none), Some(some), None, true),
            (Some(none), Some(none), None, false),
            (Some(none), Some(none), Some(some), true),
            (Some(some), Some(some), Some(none), true),
            // without the key only what the bundle gave goes
            (None, Some(some), None, true),
            (None, Some(none), Some(some), false),
            (None, None, Some(some), false),
        ] {
            assert_eq!(grants_differ(wanted, record, there), differs, "{wanted:?} {record:?} {there:?}");
        }
    }

    #[test]
    fn a_schema_that_holds_something_is_named_before_anything_changes() {
        let tables = |n: usize| (0..n).map(|i| format!("t{i}")).collect::<Vec<_>>();
        let said = holds_tables("schemas.s", "main.raw", &tables(7));
        assert!(said.starts_with(
            "schema `main.raw` still holds 7 tables and views (`t0`, `t1`, `t2`, `t3`, `t4`, …); a deploy"
        ));
        assert!(holds_tables("schemas.s", "main.raw", &tables(1)).contains("still holds a table or view (`t0`); "));
        let volume = |kind: &str| Found { spec: json!({"volume_type": kind}), ..Found::default() };
        assert!(lost("volumes.v", &volume("MANAGED")).is_some_and(|note| note.contains("with all files in it")));
        assert_eq!(lost("volumes.v", &volume("EXTERNAL")), None);
        assert!(lost("schemas.s", &Found::default()).is_some_and(|note| note.contains("`piq unbind schemas.s`")));
        assert_eq!(lost("jobs.j", &Found::default()), None);
    }
}
