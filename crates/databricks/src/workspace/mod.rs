//! What piq asks of a Databricks workspace: [`Workspace`] and its types, and the one client that speaks REST.
//!
//! Everything that plans, applies or runs goes through the trait, so that a real workspace and the local one are the
//! same to it. [`connect`] gives the client.

mod access;
mod catalog;
mod dashboards;
mod error;
mod facts;
mod files;
mod identity;
mod ids;
mod jobs;
mod lookups;
mod remote;
mod rights;
mod runs;
mod statements;
mod stats;
mod trace;
mod warehouses;

pub use access::{Access, Permission, PermissionLevel, Permissions, Principal};
pub use catalog::{Catalog, Grant, Securable};
pub use dashboards::{DashboardDraft, DashboardsApi, Published, RemoteDashboard};
pub use error::WorkspaceError;
pub use facts::{DataObject, WorkspaceFacts};
pub use files::{Content, FileKind, Files, Import, ImportOutcome, Language, ObjectInfo};
pub use identity::{Identity, Me};
pub use ids::{DashboardId, JobId, RunId, TaskRunId, WarehouseId};
pub use jobs::{Job, JobFilter, Jobs, JobsPage};
pub use lookups::Lookups;
pub use remote::{ConnectError, Limits, Remote, connect};
pub use runs::{LifeCycle, Run, RunOutput, RunResult, RunState, Runs, TaskState};
pub use statements::{ResultColumn, ResultSet, StatementParameter, StatementRequest, StatementsApi};
pub use stats::Stats;
pub use trace::{Exchange, Trace};
pub use warehouses::{RemoteWarehouse, Warehouses};

/// A workspace: every concern of its API that piq uses.
pub trait Workspace:
    Identity
    + Files
    + Jobs
    + Runs
    + DashboardsApi
    + Access
    + Catalog
    + Warehouses
    + Lookups
    + StatementsApi
    + WorkspaceFacts
{
    /// Address of the workspace, without a slash at the end.
    fn host(&self) -> &str;

    /// The time by the workspace's clock, in milliseconds since 1970; nothing before its first answer.
    fn clock(&self) -> Option<i64>;

    /// What talking to it has cost so far.
    fn stats(&self) -> Stats;

    /// From now on a write that failed is repeated only while the condition holds; nothing lifts the condition.
    fn repeat_writes_while(&self, condition: Option<RepeatCondition>);
}

/// Whether a write that failed may be sent again.
pub type RepeatCondition = std::sync::Arc<dyn Fn() -> bool + Send + Sync>;
