//! Resources that wait for others without a reference to them: a volume for its schema, a job for the volume that its
//! libraries are put into.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::workspace_paths::LIBRARIES_TOKEN;
use super::{Desired, DesiredResource, Site};
use piq_bundle::ResourceKind;

fn field(resource: &DesiredResource, name: &str) -> Value {
    resource.spec.get(name).cloned().unwrap_or_default()
}

/// A volume waits for the schema that it stands in, also when it names it without a reference.
pub(super) fn volumes_need_their_schemas(resources: &mut BTreeMap<String, DesiredResource>) {
    let mut schemas: HashMap<(Value, Value), Vec<String>> = HashMap::new();
    for (full, schema) in resources.iter().filter(|(_, r)| r.kind == ResourceKind::Schema) {
        let name = (field(schema, "catalog_name"), field(schema, "name"));
        schemas.entry(name).or_default().push(full.clone());
    }
    for volume in resources.values_mut().filter(|r| r.kind == ResourceKind::Volume) {
        let inside = schemas.get(&(field(volume, "catalog_name"), field(volume, "schema_name")));
        volume.needs.extend(inside.into_iter().flatten().cloned());
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
