//! `metadata.json` beside the state: what the workspace's own pages read to show jobs as those of a bundle. Its form is
//! that of the official CLI.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::key::full_key;
use super::sha256;
use piq_bundle::{Project, ResourceKind, relative};

/// What a project says to it; ids come with the deploy.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    git: Value,
    /// The file that defines each job, from the bundle's folder, by the job's key.
    jobs: BTreeMap<String, String>,
}

impl Metadata {
    pub(super) fn of(project: &Project) -> Self {
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
        let jobs = project.resources.iter().filter(|r| r.kind == ResourceKind::Job);
        let file = |path: &str| relative(&project.project_dir.join(path), &project.bundle_dir);
        let jobs = jobs.map(|job| (job.key.clone(), file(&job.place.source.path))).collect();
        Self { git: Value::Object(git), jobs }
    }

    /// Names the file's content without the ids.
    pub(super) fn digest(&self, files_root: &str) -> String {
        sha256(&self.bytes(files_root, &|full| Some(full.to_owned())))
    }

    /// The file's bytes. `id` tells the id of a `KIND.KEY`.
    pub(super) fn bytes(&self, files_root: &str, id: &dyn Fn(&str) -> Option<String>) -> Vec<u8> {
        let mut jobs = Map::new();
        for (key, path) in &self.jobs {
            if let Some(id) = id(&full_key(ResourceKind::Job, key)) {
                jobs.insert(key.clone(), json!({"id": id, "relative_path": path}));
            }
        }
        let resources = if jobs.is_empty() { json!({}) } else { json!({"jobs": jobs}) };
        let file = json!({
            "version": 1,
            "config": {
                "bundle": {"git": self.git},
                "workspace": {"file_path": files_root},
                "resources": resources,
                "presets": {"source_linked_deployment": false},
            },
            "extra": {},
        });
        format!("{file:#}\n").into_bytes()
    }
}
