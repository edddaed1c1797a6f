//! References to fields of other resources that the bundle does not set.

use std::collections::BTreeMap;

use serde_json::Value;

use super::DesiredResource;
use super::key::full_key;
use super::nulls::without_nulls;
use piq_bundle::{ResourceKind, TargetBundle, only_written, without_unset};
use piq_diagnostics::Diagnostic;

/// Takes the references to fields that the bundle leaves unset out of the specs, and says so.
pub(super) fn leave_out_unset(
    project: &TargetBundle,
    resources: &mut BTreeMap<String, DesiredResource>,
) -> Vec<Diagnostic> {
    let written: BTreeMap<String, (ResourceKind, Value)> =
        resources.iter().map(|(full, r)| (full.clone(), (r.kind, r.spec.clone()))).collect();
    let is_unset = |full: &str, field: &str| {
        let first = field.split(['.', '[']).next().unwrap_or_default();
        written.get(full).is_some_and(|(kind, spec)| only_written(*kind, first) && spec.get(first).is_none())
    };
    let mut warnings = Vec::new();
    for resource in &project.resources {
        let Some(wanted) = resources.get_mut(&full_key(resource.kind, &resource.key)) else { continue };
        let mut found = Vec::new();
        let spec = without_unset(wanted.kind, &wanted.spec, &is_unset, &mut found);
        if found.is_empty() {
            continue;
        }
        wanted.spec = without_nulls(&spec);
        for name in found {
            let message =
                format!("`${{{name}}}` has no value: `{}.{}` is sent without it", resource.kind.as_str(), resource.key);
            warnings.push(
                Diagnostic::warning("unset-reference", message)
                    .at(resource.place.clone())
                    .hint("set the field that it names, or take the reference out"),
            );
        }
    }
    warnings
}
