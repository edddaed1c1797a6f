//! `metadata.json` beside the state: what the workspace's own pages read to show jobs as those of a bundle. Its form is
//! that of the official CLI.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::key::{full_key, split_key};
use super::sha256;
use piq_bundle::{Resource, ResourceKind, TargetBundle, relative};

/// Kinds that the pages show as those of a bundle.
const NAMED: [ResourceKind; 2] = [ResourceKind::Job, ResourceKind::Dashboard];

/// What a project says to it; ids come with the deploy.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    bundle: Value,
    /// The file that defines each job and dashboard, from the bundle's folder, by `KIND.KEY`.
    files: BTreeMap<String, (ResourceKind, String, String)>,
}

impl Metadata {
    pub(super) fn of(project: &TargetBundle) -> Self {
        let facts = &project.git;
        let mut git = Map::new();
        let written = [("branch", &facts.branch), ("origin_url", &facts.origin_url), ("commit", &facts.commit)];
        for (name, value) in written {
            if let Some(value) = value {
                git.insert(name.to_owned(), json!(value));
            }
        }
        let root = facts.root.as_ref().map(|root| relative(&project.bundle_dir, root));
        git.insert("bundle_root_path".into(), json!(root.filter(|r| !r.is_empty()).unwrap_or_else(|| ".".to_owned())));
        let mut bundle = json!({"name": project.name, "target": project.target, "git": git});
        if let Some(mode) = project.mode {
            bundle["mode"] = json!(mode.as_str());
        }
        let shown = project.resources.iter().filter(|r| NAMED.contains(&r.kind));
        let file = |path: &str| relative(&project.project_dir.join(path), &project.bundle_dir);
        let of = |r: &Resource| (full_key(r.kind, &r.key), (r.kind, r.key.clone(), file(&r.place.source.path)));
        Self { bundle, files: shown.map(of).collect() }
    }

    /// Whether the id of a `KIND.KEY` stands in the file.
    pub(super) fn names(full: &str) -> bool {
        split_key(full).is_some_and(|(kind, _)| NAMED.contains(&kind))
    }

    /// Names the file's content without the ids.
    pub(super) fn digest(&self, files_root: &str) -> String {
        sha256(&self.bytes(files_root, &|full| Some(full.to_owned())))
    }

    /// The file's bytes. `id` tells the id of a `KIND.KEY`.
    pub(super) fn bytes(&self, files_root: &str, id: &dyn Fn(&str) -> Option<String>) -> Vec<u8> {
        let mut resources = json!({});
        for (full, (kind, key, path)) in &self.files {
            if let Some(id) = id(full) {
                resources[kind.as_str()][key.as_str()] = json!({"id": id, "relative_path": path});
            }
        }
        let file = json!({
            "version": 1,
            "config": {
                "bundle": self.bundle,
                "workspace": {"file_path": files_root},
                "resources": resources,
                "presets": {"source_linked_deployment": false},
            },
            "extra": {},
        });
        format!("{file:#}\n").into_bytes()
    }
}
