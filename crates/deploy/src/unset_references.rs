//! References to fields of other resources that the bundle does not set.

use std::collections::BTreeMap;

use serde_json::Value;

use super::DesiredResource;
use super::key::full_key;
use super::nulls::without_nulls;
use piq_bundle::{Resource, TargetBundle, fill_outputs, only_written, output_references};
use piq_diagnostics::Diagnostic;

/// Takes the references to fields that the bundle leaves unset out of the specs, and says so.
pub(super) fn leave_out_unset(
    project: &TargetBundle,
    resources: &mut BTreeMap<String, DesiredResource>,
) -> Vec<Diagnostic> {
    let is_unset = |(full, field): &(String, String)| {
        let first = field.split(['.', '[']).next().unwrap_or_default();
        resources.get(full).is_some_and(|r| only_written(r.kind, first) && r.spec.get(first).is_none())
    };
    let found: Vec<(&Resource, Vec<(String, String)>)> = project
        .resources
        .iter()
        .filter_map(|r| Some((r, &resources.get(&full_key(r.kind, &r.key))?.spec)))
        .map(|(r, spec)| (r, output_references(spec).into_iter().filter(is_unset).collect()))
        .collect();
    let mut warnings = Vec::new();
    for (resource, unset) in found.into_iter().filter(|(_, unset)| !unset.is_empty()) {
        let full = full_key(resource.kind, &resource.key);
        let Some(wanted) = resources.get_mut(&full) else { continue };
        let nothing =
            |other: &str, field: &str| unset.iter().any(|(o, f)| o == other && f == field).then_some(Value::Null);
        wanted.spec = without_nulls(&fill_outputs(wanted.kind, &wanted.spec, &nothing));
        for (other, field) in unset {
            let message = format!("`${{resources.{other}.{field}}}` has no value: `{full}` is sent without it");
            warnings.push(
                Diagnostic::warning("unset-reference", message)
                    .at(resource.place.clone())
                    .hint("set the field that it names, or take the reference out"),
            );
        }
    }
    warnings
}
