//! The kinds of resources: how each is found, read, compared, created, changed and deleted.

mod job;
mod permissions;

use async_trait::async_trait;
use serde_json::Value;

use super::diff::Filled;
use super::observe::Found;
use super::{DesiredResource, Site};
use crate::diagnostic::Diagnostic;
use crate::project::{Resource, ResourceKind};
use crate::workspace::{Workspace, WorkspaceError};

pub(super) use permissions::{folder_permissions, owner_only, permissions, same_permissions};

type Result<T> = std::result::Result<T, WorkspaceError>;

/// One kind of resource.
#[async_trait]
pub(super) trait Kind: Sync {
    /// What of this name is there and belongs to us.
    async fn find(&self, workspace: &dyn Workspace, site: &Site, wanted: &DesiredResource) -> Result<Vec<Found>>;

    /// What has this id.
    async fn read(&self, workspace: &dyn Workspace, id: &str) -> Result<Option<Found>>;

    /// Creates it and gives its id. A lost answer is an error of the caller's to look into.
    async fn create(&self, workspace: &dyn Workspace, spec: &Value) -> Result<String>;

    /// Makes it have this spec.
    async fn update(&self, workspace: &dyn Workspace, id: &str, spec: &Value) -> Result<()>;

    /// Deletes it; whether it was there.
    async fn delete(&self, workspace: &dyn Workspace, id: &str) -> Result<bool>;

    /// Which fields the workspace fills in by itself.
    fn filled(&self) -> Filled;

    /// The API's word for it in paths of permissions.
    fn permission_object(&self) -> Option<&'static str>;
}

/// How a kind is dealt with.
pub(super) fn of(kind: ResourceKind) -> Option<&'static dyn Kind> {
    match kind {
        ResourceKind::Job => Some(&job::JobKind),
        _ => None,
    }
}

/// Keeps a resource whose kind is dealt with; says of another that it is not.
pub(super) fn supported(
    built: DesiredResource,
    resource: &Resource,
    errors: &mut Vec<Diagnostic>,
) -> Option<DesiredResource> {
    if of(built.kind).is_some() {
        return Some(built);
    }
    let message = format!("piq does not deploy `{}` yet (`{}`)", built.kind.as_str(), built.key);
    errors.push(
        Diagnostic::error("unsupported-resource", message)
            .at(resource.spec.place().clone())
            .hint("the bundle that `piq render` writes can be deployed with the official CLI"),
    );
    None
}
