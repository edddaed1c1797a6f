//! The kinds of resources: how each is found, read, compared, created, changed and deleted.

mod dashboard;
mod job;
mod permissions;
mod securable;
mod warehouse;

use async_trait::async_trait;
use serde_json::Value;

use super::diff::{FieldChange, Filled, differences};
use super::key::split_key;
use super::remote_resource::Found;
use super::state::ResourceRecord;
use super::{DesiredResource, Site};
use piq_bundle::ResourceKind;
use piq_databricks::workspace::{Securable, Workspace, WorkspaceError};

pub(crate) use dashboard::TEXT;
pub(super) use job::found_of as found_job;
pub(super) use permissions::{folder_permissions, owner_only, permissions, said_permissions, same_permissions};
pub(super) use securable::kept;

type Result<T> = std::result::Result<T, WorkspaceError>;

/// What became of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Applied {
    /// Its id.
    pub id: String,
    /// Its version, for kinds that have one.
    pub etag: Option<String>,
}

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Comparison {
    /// Fields that change.
    pub fields: Vec<FieldChange>,
    /// Why it must not simply be changed.
    pub conflict: Option<Conflict>,
    /// Why the work of an earlier deploy has to be finished although no field changes.
    pub unfinished: Option<&'static str>,
    /// What is worth knowing and changes nothing.
    pub note: Option<String>,
}

/// Why a resource must not simply be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conflict {
    /// Why, and what to do.
    pub why: String,
    /// Whether `--force` overrides it.
    pub forcible: bool,
}

/// One kind of resource.
#[async_trait]
pub(super) trait ResourceHandler: Sync {
    /// Whether the content in the workspace, settings aside, is that of a spec. Asked of what a person may have edited.
    fn holds_content(&self, _there: &Found, _spec: &Value) -> bool {
        false
    }

    /// Whether resources are looked for by name before the state is known. The others are, when there is no state.
    fn found_by_name(&self) -> bool {
        true
    }

    /// What of this name is there and belongs to us.
    async fn find(&self, workspace: &dyn Workspace, site: &Site, wanted: &DesiredResource) -> Result<Vec<Found>>;

    /// The same with what belongs to another bundle, but has our target and key: it says so.
    async fn find_with_others(
        &self,
        workspace: &dyn Workspace,
        site: &Site,
        wanted: &DesiredResource,
    ) -> Result<Vec<Found>> {
        self.find(workspace, site, wanted).await
    }

    /// What has this id.
    async fn read(&self, workspace: &dyn Workspace, id: &str) -> Result<Option<Found>>;

    /// The same for a plan. What a deploy does again anyway, because the wanted spec is another than the recorded one, need
    /// not be read.
    async fn observe(&self, workspace: &dyn Workspace, id: &str, _changes: bool) -> Result<Option<Found>> {
        self.read(workspace, id).await
    }

    /// Creates it. A lost answer is an error of the caller's to look into.
    async fn create(&self, workspace: &dyn Workspace, spec: &Value) -> Result<Applied>;

    /// Makes what was found have this spec.
    async fn update(&self, workspace: &dyn Workspace, found: &Found, spec: &Value) -> Result<Applied>;

    /// What is done after the spec is in place.
    async fn settle(&self, _workspace: &dyn Workspace, _id: &str, _spec: &Value) -> Result<()> {
        Ok(())
    }

    /// Whether there is anything to settle.
    fn settles(&self) -> bool {
        false
    }

    /// Deletes it; whether it was there.
    async fn delete(&self, workspace: &dyn Workspace, id: &str) -> Result<bool>;

    /// Deletes it with all that is in it, as somebody wanted it who saw the list; whether it was there.
    async fn destroy(&self, workspace: &dyn Workspace, id: &str) -> Result<bool> {
        self.delete(workspace, id).await
    }

    /// Which fields the workspace fills in by itself.
    fn filled(&self) -> Filled;

    /// Fields that the API takes and never gives back, by their paths without the items of lists: only what was recorded
    /// says what they are.
    fn input_only(&self) -> &'static [&'static str] {
        &[]
    }

    /// A name or an id in the form in which two of them are compared.
    fn folded(&self, name: &str) -> String {
        name.to_owned()
    }

    /// What is kept of the spec in the state.
    fn recorded(&self, spec: &Value) -> Value {
        spec.clone()
    }

    /// Compares. `old` is the recorded spec and `new` the wanted one, both as they are applied.
    fn compare(&self, _record: Option<&ResourceRecord>, old: Option<&Value>, new: &Value, found: &Found) -> Comparison {
        Comparison { fields: differences(old, new, &found.spec, self.filled()), ..Comparison::default() }
    }

    /// The fields of what is given up, without our marks; nothing for kinds that carry none.
    fn unmarked(&self, _there: &Value) -> Option<Value> {
        None
    }

    /// The API's word for it in paths of permissions.
    fn permission_object(&self) -> Option<&'static str> {
        None
    }

    /// The kind in Unity Catalog, if it has grants.
    fn securable(&self) -> Option<Securable> {
        None
    }
}

/// Whether two names, or two ids, of a kind are the same.
pub(super) fn same_name(kind: &dyn ResourceHandler, a: &str, b: &str) -> bool {
    kind.folded(a) == kind.folded(b)
}

/// Puts what holds others after them, the order in which they can be deleted: first the rest, then schemas.
pub(super) fn deletion_stages<T>(all: impl IntoIterator<Item = T>, full: impl Fn(&T) -> &str) -> [Vec<T>; 2] {
    let holds = |item: &T| matches!(split_key(full(item)), Some((ResourceKind::Schema, _)));
    let (last, first) = all.into_iter().partition(holds);
    [first, last]
}

/// How a kind is dealt with.
pub(super) fn of(kind: ResourceKind) -> &'static dyn ResourceHandler {
    match kind {
        ResourceKind::Job => &job::JobKind,
        ResourceKind::Dashboard => &dashboard::DashboardKind,
        ResourceKind::Schema => &securable::SCHEMA,
        ResourceKind::Volume => &securable::VOLUME,
        ResourceKind::SqlWarehouse => &warehouse::WarehouseKind,
    }
}
