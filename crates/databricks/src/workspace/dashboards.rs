//! Dashboards: drafts and what is published of them.

use async_trait::async_trait;

use super::error::Result;
use super::ids::{DashboardId, WarehouseId};

/// A dashboard as the workspace has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteDashboard {
    /// Its id, which its URL hangs on.
    pub id: DashboardId,
    /// Title of the draft.
    pub display_name: String,
    /// The folder, as the API shows it: without `/Workspace` in front.
    pub parent_path: String,
    /// The warehouse of the draft.
    pub warehouse_id: Option<WarehouseId>,
    /// Its content as the workspace writes it, which is not as it was sent.
    pub serialized: String,
    /// Changes with every change of the draft, whoever makes it.
    pub etag: String,
    /// When the draft was last changed, as the API writes it.
    pub update_time: String,
    /// Whether it is in the trash.
    pub trashed: bool,
}

/// What a dashboard is to be. An update takes all of it: what is left out is not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DashboardDraft {
    /// Title, which is also the name of the asset in its folder.
    pub display_name: String,
    /// The warehouse.
    pub warehouse_id: Option<WarehouseId>,
    /// The content.
    pub serialized: String,
    /// Catalog of the datasets that name none.
    pub dataset_catalog: Option<String>,
    /// Schema of the datasets that name none.
    pub dataset_schema: Option<String>,
}

/// What is published of a dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Whether readers ask with the publisher's rights.
    pub embed_credentials: bool,
    /// The warehouse that answers readers.
    pub warehouse_id: Option<WarehouseId>,
    /// When it was published, as the API writes it.
    pub revision_create_time: String,
}

impl Published {
    /// Whether it shows the draft as it is now: it was published after the draft's last change.
    pub fn shows(&self, draft: &RemoteDashboard) -> bool {
        let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
        matches!((time(&self.revision_create_time), time(&draft.update_time)), (Some(p), Some(d)) if p >= d)
    }
}

/// Reads and changes dashboards.
#[async_trait]
pub trait DashboardsApi: Send + Sync {
    /// A dashboard by its id, also if it is in the trash.
    async fn dashboard(&self, id: &DashboardId) -> Result<Option<RemoteDashboard>>;

    /// Creates a draft in an existing folder. It is not repeated when the answer is lost: look at the path first.
    ///
    /// # Errors
    /// [`super::WorkspaceError::is_taken`] if the folder has a dashboard of that name.
    async fn create_dashboard(&self, folder: &str, draft: &DashboardDraft) -> Result<RemoteDashboard>;

    /// Replaces a draft. With an etag only if the draft is still the one with that etag; such an update is not repeated
    /// when the answer is lost.
    ///
    /// # Errors
    /// [`super::WorkspaceError::is_outdated`] if the draft has been changed.
    async fn update_dashboard(
        &self,
        id: &DashboardId,
        draft: &DashboardDraft,
        etag: Option<&str>,
    ) -> Result<RemoteDashboard>;

    /// Moves a dashboard to the trash; whether it was there.
    async fn trash_dashboard(&self, id: &DashboardId) -> Result<bool>;

    /// What is published, if anything.
    async fn published_dashboard(&self, id: &DashboardId) -> Result<Option<Published>>;

    /// Publishes the draft as it is.
    async fn publish_dashboard(
        &self,
        id: &DashboardId,
        embed_credentials: bool,
        warehouse_id: Option<&WarehouseId>,
    ) -> Result<Published>;

    /// Takes back what is published; whether anything was.
    async fn unpublish_dashboard(&self, id: &DashboardId) -> Result<bool>;
}
