//! Resources that wait for others without a reference to them: a volume for its schema, a job for the volume that its
//! libraries are put into.

use std::collections::{BTreeMap, HashMap};

use super::workspace_paths::LIBRARIES_TOKEN;
use super::{Desired, DesiredResource, Site};
use piq_bundle::ResourceKind;

/// A part of a full name in small letters, as the catalog writes it.
fn part(resource: &DesiredResource, name: &str) -> Option<String> {
    Some(resource.spec.get(name)?.as_str()?.to_lowercase())
}

/// A volume waits for the schema that it stands in, also when it names it without a reference.
pub(super) fn volumes_need_their_schemas(resources: &mut BTreeMap<String, DesiredResource>) {
    let mut schemas: HashMap<(Option<String>, Option<String>), Vec<String>> = HashMap::new();
    for (full, schema) in resources.iter().filter(|(_, r)| r.kind == ResourceKind::Schema) {
        let name = (part(schema, "catalog_name"), part(schema, "name"));
        schemas.entry(name).or_default().push(full.clone());
    }
    for volume in resources.values_mut().filter(|r| r.kind == ResourceKind::Volume) {
        let inside = schemas.get(&(part(volume, "catalog_name"), part(volume, "schema_name")));
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
        ["catalog_name", "schema_name", "name"]
            .iter()
            .zip(wanted)
            .all(|(name, step)| part(r, name).is_some_and(|part| part == step.to_lowercase()))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_volume_belongs_to_its_schema_in_whatever_case() {
        let resource = |kind, spec| DesiredResource {
            kind,
            key: "x".into(),
            name: "x".into(),
            spec,
            permissions: None,
            grants: None,
            needs: Vec::new(),
            prevent_destroy: false,
        };
        let schema = json!({"catalog_name": "main", "name": "Raw"});
        let inside = json!({"catalog_name": "Main", "schema_name": "raw", "name": "Files"});
        let mut all = BTreeMap::from([
            ("schemas.raw".to_owned(), resource(ResourceKind::Schema, schema)),
            ("volumes.files".to_owned(), resource(ResourceKind::Volume, inside)),
        ]);
        volumes_need_their_schemas(&mut all);
        assert_eq!(all["volumes.files"].needs, ["schemas.raw"]);
        assert_eq!(volume(&all, "/Volumes/main/RAW/files/a.whl"), Some("volumes.files"));
        assert_eq!(volume(&all, "/Volumes/main/raw/other/a.whl"), None);
    }
}
