//! After a run of PipelineIQ: what it did, read from its tables.

use std::collections::BTreeMap;

use super::Failure;
use super::session::Session;
use super::tables::warehouse;
use pipelineiq::insight::estimate::LastRun;
use pipelineiq::insight::query::{Query as _, Rows, Warehouse};
use pipelineiq::insight::run_report::{Outcome, PipelineRun};
use piq_bundle::{Node, ResourceKind};
use piq_databricks::workspace::Runs as _;

/// The notebook whose job is a run of the pipeline.
const NOTEBOOK: &str = "1_incremental_pipeline";

/// Where the tables of the pipeline that a job runs are.
pub(super) struct Tables<'a> {
    session: &'a Session,
    warehouse: String,
    catalog: String,
    schema: String,
}

impl<'a> Tables<'a> {
    /// The tables that a job writes, run with these parameters; none if it does not run the pipeline.
    ///
    /// # Errors
    /// A workspace that refuses, or has no warehouse to read them with.
    pub(super) async fn of_job(
        session: &'a Session,
        job_key: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Option<Self>, Failure> {
        let Some(job) = session.project.resource(ResourceKind::Job, job_key) else { return Ok(None) };
        let tasks = job.spec.get("tasks").and_then(Node::as_list).unwrap_or_default();
        let paths = tasks.iter().filter_map(|t| t.str_at("notebook_task.notebook_path"));
        let is_pipeline = |path: &str| path.rsplit('/').next().is_some_and(|name| name.starts_with(NOTEBOOK));
        if !paths.into_iter().any(is_pipeline) {
            return Ok(None);
        }
        let declared = job.spec.get("parameters").and_then(Node::as_list).unwrap_or_default();
        let value = |name: &str| {
            let default = || declared.iter().find(|p| p.str_at("name") == Some(name))?.str_at("default");
            parameters.get(name).cloned().or_else(|| default().map(str::to_owned))
        };
        let (Some(catalog), Some(schema)) = (value("catalog"), value("schema")) else { return Ok(None) };
        Ok(Some(Self { session, warehouse: warehouse(session).await?, catalog, schema }))
    }

    async fn read(&self, statement: &str) -> Result<Rows, Failure> {
        let warehouse = Warehouse {
            workspace: &self.session.workspace,
            id: &self.warehouse,
            catalog: Some(&self.catalog),
            schema: Some(&self.schema),
        };
        warehouse.query(statement).await.map_err(Failure::from)
    }

    /// What a run of the job did.
    pub(super) async fn run(&self, run_id: i64) -> Result<PipelineRun, Failure> {
        let run = self.session.workspace.run(run_id).await?;
        let start = run.map_or(0, |r| r.start_time);
        let (use_cases, calls) = (PipelineRun::use_cases(start), PipelineRun::calls_since(start));
        let (use_cases, calls) = tokio::join!(self.read(&use_cases), self.read(&calls));
        Ok(PipelineRun::read(&use_cases?, &calls?))
    }

    /// What the last run was estimated at, beside its ledger; none if it found nothing to do.
    pub(super) async fn estimate(&self) -> Result<Option<LastRun>, Failure> {
        Ok(LastRun::read(&self.read(LastRun::SQL).await?))
    }

    /// What came out of all runs.
    pub(super) async fn outcome(&self) -> Result<Outcome, Failure> {
        let (levels, at_risk) = tokio::join!(self.read(Outcome::LEVELS), self.read(Outcome::AT_RISK));
        Ok(Outcome::read(&levels?, &at_risk?))
    }

    /// Whether a table can be read.
    pub(super) async fn holds(&self, table: &str) -> bool {
        self.read(&format!("SELECT 1 FROM {table} LIMIT 0")).await.is_ok()
    }
}
