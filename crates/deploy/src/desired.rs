//! What the workspace shall hold after the deploy: files and resources in the form the API takes them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{DeployError, Metadata, sha256, short_hash};
use piq_bundle::{ResourceKind, TargetBundle};
use piq_databricks::workspace::{Content, Me};
use piq_diagnostics::Diagnostic;

/// Which deployment is meant, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// The bundle.
    pub bundle: String,
    /// The target.
    pub target: String,
    /// Who deploys.
    pub me: Me,
    /// Folder of the bundle in the workspace.
    pub root: String,
    /// Folder of the files.
    pub file_dir: String,
    /// Folder of the state.
    pub state_dir: String,
    /// Folder of dashboards.
    pub resource_dir: String,
    /// Folder of artifacts, which may be a volume.
    pub artifact_dir: String,
}

impl Site {
    /// The site of a project whose identity is filled in.
    pub fn new(project: &TargetBundle, me: &Me) -> Self {
        let workspace = &project.workspace;
        Self {
            bundle: project.name.clone(),
            target: project.target.clone(),
            me: me.clone(),
            root: workspace.root_path.clone(),
            file_dir: workspace.file_path.clone(),
            state_dir: workspace.state_path.clone(),
            resource_dir: workspace.resource_path.clone(),
            artifact_dir: artifact_dir(&workspace.artifact_path),
        }
    }

    /// The path of the state in the workspace.
    pub fn state_path(&self) -> String {
        super::state::state_path(&self.state_dir)
    }
}

/// The whole of what a deploy brings about.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// Which deployment it is.
    pub site: Site,
    /// Folder of the files: of a production target one that their content names, so that it never changes.
    pub files_root: String,
    /// Hash of the content, for a production target.
    pub release: Option<String>,
    /// Files by their path in the folder, notebooks without extension; libraries by [`super::place::LIBRARIES_TOKEN`] and
    /// their name.
    pub files: BTreeMap<String, DesiredFile>,
    /// Resources by `KIND.KEY`.
    pub resources: BTreeMap<String, DesiredResource>,
    /// Permissions of the bundle's folder, if the bundle sets any.
    pub folder_permissions: Option<Vec<Value>>,
    /// The commit that the bundle stands at, if known.
    pub commit: Option<String>,
    /// What the workspace's own pages are told of the bundle; nothing if that stays as it is.
    pub metadata: Option<Metadata>,
    /// The files are in the workspace already: there is nothing to upload them from.
    pub in_place: bool,
    /// What does not stop a deploy, such as patterns without a match.
    pub warnings: Vec<Diagnostic>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredFile {
    /// Its form.
    pub content: Content,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes.
    pub sha256: String,
}

impl DesiredFile {
    /// A file with its hash.
    pub fn new(content: Content, bytes: Vec<u8>) -> Self {
        let sha256 = sha256(&bytes);
        Self { content, bytes, sha256 }
    }

    /// Whether it is a notebook.
    pub fn notebook(&self) -> bool {
        self.content != Content::File
    }
}

/// A resource.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredResource {
    /// Its kind.
    pub kind: ResourceKind,
    /// Its key in the bundle.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its fields as the API takes them. References to ids of other resources are still in place.
    pub spec: Value,
    /// Who may do what with it, as the API takes it.
    pub permissions: Option<Vec<Value>>,
    /// Grants: `{principal, privileges}`.
    pub grants: Option<Vec<Value>>,
    /// Keys (`KIND.KEY`) of resources that it refers to.
    pub needs: Vec<String>,
    /// `lifecycle.prevent_destroy`.
    pub prevent_destroy: bool,
}

/// The `KIND.KEY` that is meant by itself or by its key alone.
///
/// # Errors
/// No such key, or several kinds that have it.
pub fn full_name<'a>(given: &str, known: impl Iterator<Item = &'a String> + Clone) -> Result<String, DeployError> {
    let short = |full: &str| full.split_once('.').is_some_and(|(_, key)| key == given);
    let matching: Vec<&String> = known.clone().filter(|full| *full == given || short(full)).collect();
    match matching.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let error = DeployError::refused(format!("no resource has the key `{given}`"));
            let near = piq_diagnostics::closest(given, known.clone().map(String::as_str));
            Err(match near {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("there is {}", known.cloned().collect::<Vec<_>>().join(", "))),
            })
        }
        several => {
            let names: Vec<&str> = several.iter().map(|s| s.as_str()).collect();
            Err(DeployError::refused(format!("`{given}` is ambiguous: {}", names.join(" or "))))
        }
    }
}

/// Hash that names the content of a set of files.
pub(crate) fn content_hash(files: &BTreeMap<String, DesiredFile>) -> String {
    let mut text = String::new();
    for (path, file) in files {
        text.push_str(&format!("{path}\0{}\0{}\n", file.notebook(), file.sha256));
    }
    short_hash(text.as_bytes())
}

impl Desired {
    /// Folders that the files stand in, without those that hold folders only.
    pub(crate) fn file_folders(&self) -> Vec<String> {
        let mut folders: Vec<String> = self.files.keys().map(|p| self.folder_of(p)).collect();
        folders.sort();
        folders.dedup();
        folders
    }

    /// The folder in the workspace that a file stands in.
    pub fn folder_of(&self, path: &str) -> String {
        let place = self.place(path);
        place.rsplit_once('/').map_or(place.clone(), |(folder, _)| folder.to_owned())
    }

    /// Where a file stands in the workspace.
    pub fn place(&self, path: &str) -> String {
        self.site.place(&self.files_root, path)
    }
}

/// A path of a folder of artifacts: outside of volumes below `/Workspace`.
fn artifact_dir(path: &str) -> String {
    let path = path.trim_end_matches('/');
    let known = ["/Workspace/", "/Volumes/"].iter().any(|root| path.starts_with(root));
    if known { path.to_owned() } else { format!("/Workspace{path}") }
}

#[cfg(test)]
mod tests {
    use super::artifact_dir;

    #[test]
    fn artifacts_go_to_the_workspace_or_to_a_volume() {
        assert_eq!(artifact_dir("/Shared/a/"), "/Workspace/Shared/a");
        assert_eq!(artifact_dir("/Workspace/Shared/a"), "/Workspace/Shared/a");
        assert_eq!(artifact_dir("/Volumes/c/s/v"), "/Volumes/c/s/v");
    }
}
