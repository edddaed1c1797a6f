//! Resources that wait for others without a reference to them: a volume for its schema, a job for the volume that its
//! libraries are put into.

use std::collections::BTreeMap;

use serde_json::Value;

use super::workspace_paths::LIBRARIES_TOKEN;
use super::{Desired, DesiredResource, Site};
use piq_bundle::ResourceKind;

fn field(resource: &DesiredResource, name: &str) -> Value {
    resource.spec.get(name).cloned().unwrap_or_default()
}

/// A volume waits for the schema that it stands in, also when it names it without a reference.
pub(super) fn volumes_need_their_schemas(resources: &mut BTreeMap<String, DesiredResource>) {
    let schemas: Vec<(String, Value, Value)> = resources
        .iter()
        .filter(|(_, r)| r.kind == ResourceKind::Schema)
        .map(|(full, r)| (full.clone(), field(r, "catalog_name"), field(r, "name")))
        .collect();
    for volume in resources.values_mut().filter(|r| r.kind == ResourceKind::Volume) {
        let inside = schemas.iter().filter(|(_, catalog, name)| {
            field(volume, "catalog_name") == *catalog && field(volume, "schema_name") == *name
        });
        let inside: Vec<String> = inside.map(|(full, ..)| full.clone()).collect();
        volume.needs.extend(inside);
        volume.needs.sort();
        volume.needs.dedup();
    }
}

/// The volume of the bundle that a path of the workspace lies in.
pub(super) fn volume_of<'a>(desired: &'a Desired, path: &str) -> Option<&'a str> {
    volume(&desired.resources, path)
}

fn volume<'a>(resources: &'a BTreeMap<String, DesiredResource>, path: &str) -> Option<&'a str> {
    let mut steps = path.strip_prefix("/Volumes/")?.split('/');
    let wanted = [steps.next()?, steps.next()?, steps.next()?];
    let volumes = resources.iter().filter(|(_, r)| r.kind == ResourceKind::Volume);
    let is = |r: &DesiredResource| {
        ["catalog_name", "schema_name", "name"].iter().zip(wanted).all(|(name, step)| field(r, name) == step)
    };
    volumes.into_iter().find(|(_, r)| is(r)).map(|(full, _)| full.as_str())
}

/// A job waits for the volume that its libraries are uploaded into.
pub(super) fn libraries_need_their_volume(resources: &mut BTreeMap<String, DesiredResource>, site: &Site) {
    let Some(volume) = volume(resources, &site.artifact_dir).map(str::to_owned) else { return };
    for job in resources.values_mut().filter(|r| r.kind == ResourceKind::Job) {
        if job.spec.to_string().contains(LIBRARIES_TOKEN) && !job.needs.contains(&volume) {
            job.needs.push(volume.clone());
        }
    }
}
