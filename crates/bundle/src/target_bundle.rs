//! A loaded bundle.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::git::GitFacts;
use super::loaded::Loaded;
use super::node::TreeNode;
use super::python::made_it;
use super::resource::{Lookup, Resource, ResourceKind};
use super::scripts::{Hook, Script};
use super::settings::{Mode, Presets, Sync, WorkspaceSettings};
use piq_diagnostics::{Diagnostic, Source, Span};

/// A bundle with one target chosen, merged and resolved.
///
/// As [`super::load`] gives it, what only the workspace knows stays in place as text: `${workspace.current_user.…}` and
/// `${var.NAME}` of a looked-up variable; mode and presets are not applied. [`super::Loaded::for_target`] does all
/// three. `${resources.KIND.KEY.id}` stays until the resource exists.
#[derive(Debug, Clone)]
pub struct TargetBundle {
    /// What it was made of.
    pub loaded: Loaded,
    /// Folder of the root file.
    pub bundle_dir: PathBuf,
    /// Folder of the project; places name files from here.
    pub project_dir: PathBuf,
    /// `bundle.name`.
    pub name: String,
    /// Name of the target.
    pub target: String,
    /// What the target is for.
    pub mode: Option<Mode>,
    /// Resolved values of the variables; looked-up ones are in `lookups`.
    pub variables: IndexMap<String, TreeNode>,
    /// Variables to be looked up in the workspace.
    pub lookups: Vec<Lookup>,
    /// All sections but the resources as one tree, filled in.
    pub sections: TreeNode,
    /// Where to deploy to.
    pub workspace: WorkspaceSettings,
    /// What to deploy, in the order it is written.
    pub resources: Vec<Resource>,
    /// Resources of kinds that piq does not deploy, by kind, to be handed on.
    pub other_resources: IndexMap<String, TreeNode>,
    /// What the target does to all its resources.
    pub presets: Presets,
    /// Who runs the jobs.
    pub run_as: Option<TreeNode>,
    /// Who may do what with all resources.
    pub permissions: Option<TreeNode>,
    /// Which files are uploaded.
    pub sync: Sync,
    /// `bundle.git.branch`: the branch that a production target is deployed from.
    pub git_branch: Option<String>,
    /// What the repository says.
    pub git: GitFacts,
    /// `bundle.cluster_id`: a cluster that all tasks with a cluster run on instead.
    pub cluster_id: Option<String>,
    /// What is built before a deploy.
    pub artifacts: Option<TreeNode>,
    /// Scripts that run around the steps of a command.
    pub hooks: Vec<(Hook, Script)>,
    /// Scripts that are run by their names.
    pub scripts: Vec<Script>,
    /// `bundle.deployment.fail_on_active_runs`: whether a run in progress forbids a deploy.
    pub fail_on_active_runs: bool,
    /// What did not stop the load.
    pub warnings: Vec<Diagnostic>,
    /// Every file that was read.
    pub sources: Vec<Arc<Source>>,
}

impl TargetBundle {
    /// Where a relative path in a value starts: the folder of the file in which it was written, and for what Python code
    /// made the bundle's folder, as in the official CLI.
    pub fn dir_of(&self, node: &TreeNode) -> PathBuf {
        folder_of(&node.place, &self.project_dir, &self.bundle_dir)
    }

    /// A resource by kind and key.
    pub fn resource(&self, kind: ResourceKind, key: &str) -> Option<&Resource> {
        self.resources.iter().find(|r| r.kind == kind && r.key == key)
    }
}

/// Where relative paths in a value start that stands at a place.
pub(super) fn folder_of(place: &Span, project_dir: &Path, bundle_dir: &Path) -> PathBuf {
    if made_it(place) {
        return bundle_dir.to_owned();
    }
    project_dir.join(&place.source.path).parent().map_or_else(|| bundle_dir.to_owned(), Path::to_path_buf)
}
