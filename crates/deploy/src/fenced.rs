//! A workspace that is written to only while the lock is held.
//!
//! A process that was stopped for longer than its lock lives (a laptop that slept, a container that was frozen) may find
//! that another deploy came and went. Every write looks at the lock first when it was not renewed for long, so that
//! such a process writes nothing more, wherever it was stopped.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::DeployError;
use super::lock::Lock;
use piq_databricks::workspace::{
    Access, Catalog, DashboardDraft, DashboardId, DashboardsApi, DataObject, Files, Grant, Identity, Import,
    ImportOutcome, Job, JobFilter, JobId, Jobs, JobsPage, Lookups, Me, ObjectInfo, Permissions, Published,
    RemoteDashboard, RemoteWarehouse, RepeatCondition, ResultSet, Run, RunId, RunOutput, Runs, Securable,
    StatementRequest, StatementsApi, Stats, TaskRunId, WarehouseId, Warehouses, Workspace, WorkspaceError,
    WorkspaceFacts,
};

type Result<T> = std::result::Result<T, WorkspaceError>;

/// Lets writes that failed be repeated only while a lock is held for certain.
pub(super) struct Repeats<'a>(&'a dyn Workspace);

impl<'a> Repeats<'a> {
    pub(super) fn under(workspace: &'a dyn Workspace, lock: &Lock) -> Self {
        workspace.repeat_writes_while(Some(Arc::new(lock.certainty())));
        Self(workspace)
    }
}

impl Drop for Repeats<'_> {
    fn drop(&mut self) {
        self.0.repeat_writes_while(None);
    }
}

/// The workspace of a deploy that holds a lock.
pub(super) struct Fenced<'a> {
    workspace: &'a dyn Workspace,
    lock: &'a Lock,
}

impl<'a> Fenced<'a> {
    pub(super) fn new(workspace: &'a dyn Workspace, lock: &'a Lock) -> Self {
        Self { workspace, lock }
    }

    /// Before a write: costs a request only when the lock was not renewed for long.
    async fn check(&self) -> Result<()> {
        self.lock.confirm(self.workspace).await.map_err(|error| match error {
            DeployError::Workspace { source, .. } => *source,
            lost => WorkspaceError::Fenced(lost.to_string()),
        })
    }
}

impl Workspace for Fenced<'_> {
    fn host(&self) -> &str {
        self.workspace.host()
    }

    fn clock(&self) -> Option<i64> {
        self.workspace.clock()
    }

    fn stats(&self) -> Stats {
        self.workspace.stats()
    }

    fn repeat_writes_while(&self, condition: Option<RepeatCondition>) {
        self.workspace.repeat_writes_while(condition);
    }
}

#[async_trait]
impl Identity for Fenced<'_> {
    async fn me(&self) -> Result<Me> {
        self.workspace.me().await
    }
}

#[async_trait]
impl Files for Fenced<'_> {
    async fn export(&self, path: &str) -> Result<Option<Vec<u8>>> {
        self.workspace.export(path).await
    }

    async fn status(&self, path: &str) -> Result<Option<ObjectInfo>> {
        self.workspace.status(path).await
    }

    async fn list(&self, path: &str) -> Result<Option<Vec<ObjectInfo>>> {
        self.workspace.list(path).await
    }

    async fn mkdirs(&self, path: &str) -> Result<()> {
        self.check().await?;
        self.workspace.mkdirs(path).await
    }

    async fn import(&self, import: Import<'_>) -> Result<ImportOutcome> {
        self.check().await?;
        self.workspace.import(import).await
    }

    async fn delete(&self, path: &str) -> Result<bool> {
        self.check().await?;
        self.workspace.delete(path).await
    }
}

#[async_trait]
impl Jobs for Fenced<'_> {
    async fn jobs_named(&self, name: &str) -> Result<Vec<Job>> {
        self.workspace.jobs_named(name).await
    }

    async fn jobs_page(&self, token: Option<&str>, wanted: JobFilter<'_>) -> Result<JobsPage> {
        self.workspace.jobs_page(token, wanted).await
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>> {
        self.workspace.job(id).await
    }

    async fn create_job(&self, settings: &Value) -> Result<JobId> {
        self.check().await?;
        self.workspace.create_job(settings).await
    }

    async fn reset_job(&self, id: JobId, settings: &Value) -> Result<()> {
        self.check().await?;
        self.workspace.reset_job(id, settings).await
    }

    async fn delete_job(&self, id: JobId) -> Result<bool> {
        self.check().await?;
        self.workspace.delete_job(id).await
    }
}

#[async_trait]
impl Runs for Fenced<'_> {
    async fn run_now(&self, request: &Value) -> Result<RunId> {
        self.workspace.run_now(request).await
    }

    async fn run(&self, id: RunId) -> Result<Option<Run>> {
        self.workspace.run(id).await
    }

    async fn active_runs(&self, job_id: JobId) -> Result<Vec<Run>> {
        self.workspace.active_runs(job_id).await
    }

    async fn run_output(&self, id: TaskRunId) -> Result<RunOutput> {
        self.workspace.run_output(id).await
    }

    async fn cancel_run(&self, id: RunId) -> Result<()> {
        self.workspace.cancel_run(id).await
    }
}

#[async_trait]
impl DashboardsApi for Fenced<'_> {
    async fn dashboard(&self, id: &DashboardId) -> Result<Option<RemoteDashboard>> {
        self.workspace.dashboard(id).await
    }

    async fn create_dashboard(&self, folder: &str, draft: &DashboardDraft) -> Result<RemoteDashboard> {
        self.check().await?;
        self.workspace.create_dashboard(folder, draft).await
    }

    async fn update_dashboard(
        &self,
        id: &DashboardId,
        draft: &DashboardDraft,
        etag: Option<&str>,
    ) -> Result<RemoteDashboard> {
        self.check().await?;
        self.workspace.update_dashboard(id, draft, etag).await
    }

    async fn trash_dashboard(&self, id: &DashboardId) -> Result<bool> {
        self.check().await?;
        self.workspace.trash_dashboard(id).await
    }

    async fn published_dashboard(&self, id: &DashboardId) -> Result<Option<Published>> {
        self.workspace.published_dashboard(id).await
    }

    async fn publish_dashboard(
        &self,
        id: &DashboardId,
        embed_credentials: bool,
        warehouse_id: Option<&WarehouseId>,
    ) -> Result<Published> {
        self.check().await?;
        self.workspace.publish_dashboard(id, embed_credentials, warehouse_id).await
    }

    async fn unpublish_dashboard(&self, id: &DashboardId) -> Result<bool> {
        self.check().await?;
        self.workspace.unpublish_dashboard(id).await
    }
}

#[async_trait]
impl Access for Fenced<'_> {
    async fn permissions(&self, kind: &str, id: &str) -> Result<Permissions> {
        self.workspace.permissions(kind, id).await
    }

    async fn permissions_with_inherited(&self, kind: &str, id: &str) -> Result<Permissions> {
        self.workspace.permissions_with_inherited(kind, id).await
    }

    async fn set_permissions(&self, kind: &str, id: &str, list: &[Value]) -> Result<()> {
        self.check().await?;
        self.workspace.set_permissions(kind, id, list).await
    }
}

#[async_trait]
impl Catalog for Fenced<'_> {
    async fn securable(&self, kind: Securable, full_name: &str) -> Result<Option<Value>> {
        self.workspace.securable(kind, full_name).await
    }

    async fn create_securable(&self, kind: Securable, spec: &Value) -> Result<Value> {
        self.check().await?;
        self.workspace.create_securable(kind, spec).await
    }

    async fn update_securable(&self, kind: Securable, full_name: &str, changes: &Value) -> Result<()> {
        self.check().await?;
        self.workspace.update_securable(kind, full_name, changes).await
    }

    async fn delete_securable(&self, kind: Securable, full_name: &str, whole: bool) -> Result<bool> {
        self.check().await?;
        self.workspace.delete_securable(kind, full_name, whole).await
    }

    async fn grants(&self, kind: Securable, full_name: &str) -> Result<Vec<Grant>> {
        self.workspace.grants(kind, full_name).await
    }

    async fn change_grants(&self, kind: Securable, full_name: &str, changes: &Value) -> Result<()> {
        self.check().await?;
        self.workspace.change_grants(kind, full_name, changes).await
    }
}

#[async_trait]
impl Warehouses for Fenced<'_> {
    async fn warehouses(&self) -> Result<Vec<RemoteWarehouse>> {
        self.workspace.warehouses().await
    }

    async fn warehouse(&self, id: &WarehouseId) -> Result<Option<RemoteWarehouse>> {
        self.workspace.warehouse(id).await
    }

    async fn create_warehouse(&self, spec: &Value) -> Result<WarehouseId> {
        self.check().await?;
        self.workspace.create_warehouse(spec).await
    }

    async fn edit_warehouse(&self, id: &WarehouseId, spec: &Value) -> Result<()> {
        self.check().await?;
        self.workspace.edit_warehouse(id, spec).await
    }

    async fn delete_warehouse(&self, id: &WarehouseId) -> Result<bool> {
        self.check().await?;
        self.workspace.delete_warehouse(id).await
    }
}

#[async_trait]
impl Lookups for Fenced<'_> {
    async fn look_up(&self, kind: &str, name: &str) -> Result<Vec<String>> {
        self.workspace.look_up(kind, name).await
    }
}

#[async_trait]
impl StatementsApi for Fenced<'_> {
    async fn execute_statement(&self, request: &StatementRequest) -> Result<ResultSet> {
        self.workspace.execute_statement(request).await
    }
}

#[async_trait]
impl WorkspaceFacts for Fenced<'_> {
    async fn data_object(&self, kind: DataObject, full_name: &str) -> Result<Option<Value>> {
        self.workspace.data_object(kind, full_name).await
    }

    async fn tables(&self, catalog: &str, schema: &str) -> Result<Vec<Value>> {
        self.workspace.tables(catalog, schema).await
    }

    async fn effective_grants(&self, kind: DataObject, full_name: &str) -> Result<Vec<Grant>> {
        self.workspace.effective_grants(kind, full_name).await
    }

    async fn groups(&self) -> Result<Vec<String>> {
        self.workspace.groups().await
    }

    async fn serving_endpoint(&self, name: &str) -> Result<Option<Value>> {
        self.workspace.serving_endpoint(name).await
    }

    async fn serverless(&self) -> Result<Option<bool>> {
        self.workspace.serverless().await
    }
}
