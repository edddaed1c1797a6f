//! Resources that a plan would make beside those that it deletes, although they are the same: their key was renamed.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::key::split_key;
use super::remote_resource::Found;
use super::resource_change::{PlanAction, ResourceChange};
use super::{DeployState, Desired, Site, kinds, owner_tag};

/// A note for each resource that would be made a second time, with the commands that move it to its new key instead.
pub(super) fn notes(desired: &Desired, state: Option<&DeployState>, changes: &[ResourceChange]) -> Vec<String> {
    let kind = |full: &str| split_key(full).map(|(kind, _)| kind);
    let deleted = || changes.iter().filter(|c| c.action == PlanAction::Delete && c.id.is_some());
    let named = |full: &str, name: &str| {
        let kind = kind(full)?;
        Some((kind, kinds::of(kind).folded(name)))
    };
    let by_name: HashMap<_, _> = deleted().map(|c| (named(&c.key, &c.name), c)).collect();
    let recorded = |c: &ResourceChange| Some(content(&state?.resources.get(&c.key)?.spec)).filter(|c| !c.is_empty());
    let by_content: HashMap<_, _> = deleted().filter_map(|c| Some(((kind(&c.key), recorded(c)?), c))).collect();
    let mut claimed = HashSet::new();
    let mut notes = Vec::new();
    let target = &desired.site.target;
    for made in changes.iter().filter(|c| c.action == PlanAction::Create) {
        let Some(wanted) = desired.resources.get(&made.key) else { continue };
        let of = kind(&made.key);
        let same = by_name.get(&named(&made.key, &made.name)).or_else(|| by_content.get(&(of, content(&wanted.spec))));
        let Some((old, id)) = same.and_then(|old| Some((*old, old.id.as_deref()?))) else { continue };
        if !claimed.insert(&old.key) {
            continue;
        }
        notes.push(format!(
            "`{}` is made as a twin of `{}` (id {id}), which is deleted; if only the key was renamed, keep it with its \
             history: `piq unbind {} -t {target}`, then `piq bind {} {id} -t {target}`",
            made.key, old.key, old.key, made.key
        ));
    }
    notes
}

/// A note for each resource that a first deploy would make beside that of another bundle with the same name, target and
/// key: the bundle itself may have been renamed.
pub(super) fn of_renamed_bundle(
    site: &Site,
    of_others: &BTreeMap<String, Found>,
    changes: &[ResourceChange],
) -> Vec<String> {
    let made = changes.iter().filter(|c| c.action == PlanAction::Create);
    let notes = made.filter_map(|made| {
        let there = of_others.get(&made.key)?;
        let (bundle, id, target) = (there.other_bundle.as_deref()?, &there.id, &site.target);
        Some(format!(
            "`{}` is made as a twin of the one of bundle `{bundle}` (id {id}); if this bundle was renamed from `{bundle}`, \
             keep it with its history: `piq bind {} {id} -t {target}`",
            made.key, made.key
        ))
    });
    notes.collect()
}

/// What a resource is apart from its name and its owner; nothing for one without any content.
fn content(spec: &Value) -> String {
    let mut spec = spec.clone();
    owner_tag::leave_out(&mut spec);
    let Some(fields) = spec.as_object_mut() else { return String::new() };
    for field in ["name", "display_name", "deployment"] {
        fields.shift_remove(field);
    }
    // without a task, a text or a place to be in, two of them are alike by chance
    let own = ["tasks", "serialized_dashboard", "storage_location"].iter().any(|field| fields.contains_key(*field));
    if own { super::state::canonical(&spec) } else { String::new() }
}
