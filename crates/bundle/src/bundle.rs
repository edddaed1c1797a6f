//! A loaded bundle.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::git::GitFacts;
use super::node::Node;
use super::python::made_it;
use super::reference::{fill, references};
use super::scripts::{Hook, Script};
use super::settings::{Mode, Presets, Sync, WorkspaceSettings};
use super::shape::{of_resource, typed};
use piq_diagnostics::{Diagnostic, Diagnostics, Place, Source};

/// A bundle with one target chosen, merged and resolved.
///
/// References to what only the workspace knows stay in place as texts: `${workspace.current_user.…}` until
/// [`Project::with_identity`], `${var.NAME}` of a looked-up variable until [`Project::with_values`], and
/// `${resources.KIND.KEY.id}` until the resource exists.
#[derive(Debug, Clone)]
pub struct Project {
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
    pub variables: IndexMap<String, Node>,
    /// Variables to be looked up in the workspace.
    pub lookups: Vec<Lookup>,
    /// Where to deploy to.
    pub workspace: WorkspaceSettings,
    /// What to deploy, in the order it is written.
    pub resources: Vec<Resource>,
    /// Resources of kinds that piq does not deploy, by kind, to be handed on.
    pub other_resources: IndexMap<String, Node>,
    /// What the target does to all its resources.
    pub presets: Presets,
    /// Who runs the jobs.
    pub run_as: Option<Node>,
    /// Who may do what with all resources.
    pub permissions: Option<Node>,
    /// Which files are uploaded.
    pub sync: Sync,
    /// `bundle.git.branch`: the branch that a production target is deployed from.
    pub git_branch: Option<String>,
    /// What the repository says.
    pub git: GitFacts,
    /// `bundle.cluster_id`: a cluster that all tasks with a cluster run on instead.
    pub cluster_id: Option<String>,
    /// What is built before a deploy.
    pub artifacts: Option<Node>,
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

/// A variable whose value is the id of something in the workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// Name of the variable.
    pub variable: String,
    /// What is looked up, such as `warehouse`.
    pub kind: String,
    /// The name of it.
    pub name: Node,
}

/// The kinds of resources that piq deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceKind {
    /// `jobs`.
    Job,
    /// `dashboards`.
    Dashboard,
    /// `schemas`.
    Schema,
    /// `volumes`.
    Volume,
    /// `sql_warehouses`.
    SqlWarehouse,
}

impl ResourceKind {
    /// The key under `resources`.
    pub fn as_str(self) -> &'static str {
        match self {
            ResourceKind::Job => "jobs",
            ResourceKind::Dashboard => "dashboards",
            ResourceKind::Schema => "schemas",
            ResourceKind::Volume => "volumes",
            ResourceKind::SqlWarehouse => "sql_warehouses",
        }
    }

    /// The kind of a key under `resources`.
    pub fn read(key: &str) -> Option<Self> {
        use ResourceKind::{Dashboard, Job, Schema, SqlWarehouse, Volume};
        [Job, Dashboard, Schema, Volume, SqlWarehouse].into_iter().find(|k| k.as_str() == key)
    }

    /// The field that holds the name.
    pub fn name_field(self) -> &'static str {
        if self == ResourceKind::Dashboard { "display_name" } else { "name" }
    }
}

/// One resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its kind.
    pub kind: ResourceKind,
    /// Its key, unique in the bundle.
    pub key: String,
    /// Its fields as the API takes them.
    pub spec: Node,
    /// Where its key was written.
    pub place: Place,
    /// Folder of the file that first defines it. A path inside that another file sets starts at that file's folder:
    /// see [`Project::dir_of`].
    pub defined_in: PathBuf,
}

/// Who deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentUser {
    /// User name: an address, or the id of a service principal.
    pub user_name: String,
    /// Short form for names of things.
    pub short_name: String,
}

impl CurrentUser {
    /// The short form is what stands before `@`, with `_` for all that is neither letter nor digit.
    pub fn new(user_name: impl Into<String>) -> Self {
        let user_name = user_name.into();
        let local = user_name.split('@').next().unwrap_or_default();
        let short_name = local.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        Self { user_name, short_name }
    }
}

impl Project {
    /// Where a relative path in a value starts: the folder of the file in which it was written, and for what Python code
    /// made the bundle's folder, as in the official CLI.
    pub fn dir_of(&self, node: &Node) -> PathBuf {
        folder_of(&node.place, &self.project_dir, &self.bundle_dir)
    }

    /// A resource by kind and key.
    pub fn resource(&self, kind: ResourceKind, key: &str) -> Option<&Resource> {
        self.resources.iter().find(|r| r.kind == kind && r.key == key)
    }

    /// Fills in who deploys.
    ///
    /// # Errors
    /// `unknown-reference` for a field of `workspace.current_user` that is not known.
    pub fn with_identity(self, user: &CurrentUser) -> Result<Project, Diagnostics> {
        let friendly = user.short_name.replace('_', "-");
        let filled = self.with_values(&|name| match name.strip_prefix("workspace.current_user.")? {
            "userName" => Some(user.user_name.clone()),
            "short_name" => Some(user.short_name.clone()),
            "domain_friendly_name" => Some(friendly.clone()),
            _ => None,
        });
        let mut errors = Vec::new();
        for node in filled.resources.iter().map(|r| &r.spec).chain(&filled.permissions).chain(&filled.run_as) {
            left_over(node, &mut errors);
        }
        if errors.is_empty() { Ok(filled) } else { Err(Diagnostics(errors)) }
    }

    /// Fills in references that were left in place at load, by their names without `${` and `}`.
    #[must_use]
    pub fn with_values(mut self, value: &dyn Fn(&str) -> Option<String>) -> Project {
        let place = Place::new(&Source::new("workspace", ""), 0..0);
        let texts =
            self.workspace.texts().chain(self.presets.name_prefix.as_mut()).chain(self.presets.tags.values_mut());
        for text in texts {
            let mut node = Node::string(text.as_str(), place.clone());
            fill(&mut node, value);
            if let Some(new) = node.as_str() {
                new.clone_into(text);
            }
        }
        let lookups = self.lookups.iter_mut().map(|l| &mut l.name);
        let sync = &mut self.sync;
        let lists = sync.include.iter_mut().chain(&mut sync.exclude).chain(&mut sync.paths);
        let single = self.run_as.iter_mut().chain(self.permissions.iter_mut());
        let specs = self.resources.iter_mut().map(|r| &mut r.spec);
        let scripts = self.hooks.iter_mut().map(|(_, s)| s).chain(&mut self.scripts).flat_map(Script::texts);
        for node in self.variables.values_mut().chain(lookups).chain(lists).chain(single).chain(specs).chain(scripts) {
            fill(node, value);
        }
        for resource in &mut self.resources {
            resource.retype();
        }
        self
    }
}

/// Where relative paths in a value start that stands at a place.
pub(super) fn folder_of(place: &Place, project_dir: &Path, bundle_dir: &Path) -> PathBuf {
    if made_it(place) {
        return bundle_dir.to_owned();
    }
    project_dir.join(&place.source.path).parent().map_or_else(|| bundle_dir.to_owned(), Path::to_path_buf)
}

impl Resource {
    /// Brings what has been filled in as a text into the type of its field.
    fn retype(&mut self) {
        if let Some(shape) = of_resource(self.kind.as_str()) {
            // what does not fit was reported at load, and what was filled in since is the workspace's own
            self.spec = typed(&self.spec, shape, "", &self.place, &mut Vec::new());
        }
    }
}

/// References to the current user that nothing filled.
fn left_over(node: &Node, errors: &mut Vec<Diagnostic>) {
    if let Some(text) = node.as_str() {
        for r in references(text).into_iter().filter(|r| r.name.starts_with("workspace.current_user.")) {
            errors.push(
                Diagnostic::error("unknown-reference", format!("`${{{}}}` is not known", r.name))
                    .at(node.place_of(r.range))
                    .hint("known are `userName`, `short_name` and `domain_friendly_name`"),
            );
        }
    }
    node.as_list().into_iter().flatten().for_each(|i| left_over(i, errors));
    node.as_map().into_iter().flatten().for_each(|(_, e)| left_over(&e.value, errors));
}
