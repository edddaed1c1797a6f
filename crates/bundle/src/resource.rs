//! A resource of a bundle, and what it is made of.

use std::path::PathBuf;

use super::node::TreeNode;
use piq_diagnostics::Span;

/// A variable whose value is the id of something in the workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// Name of the variable.
    pub variable: String,
    /// What is looked up, such as `warehouse`.
    pub kind: String,
    /// The name of it.
    pub name: TreeNode,
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
    pub spec: TreeNode,
    /// Where its key was written.
    pub place: Span,
    /// Folder of the file that first defines it. A path inside that another file sets starts at that file's folder:
    /// see [`super::Project::dir_of`].
    pub defined_in: PathBuf,
    /// Resources that it refers to, be it through variables.
    pub needs: Vec<Need>,
}

/// A resource that another one refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// `KIND.KEY`.
    pub resource: String,
    /// Where the reference stands.
    pub place: Span,
    /// Whether the value is known only once the resource exists.
    pub late: bool,
}
