//! After a run of PipelineIQ: what it did, read from its tables.

use std::collections::BTreeMap;

use pipelineiq::insight::estimate::LastRun;
use pipelineiq::insight::query::{QueryRunner as _, Rows, WarehouseQueries};
use pipelineiq::insight::run_report::{EnrichmentOutcome, OpenAnswers, PipelineRun};
use pipelineiq::insight::tables::Tables;
use piq_bundle::ResourceKind;
use piq_databricks::workspace::{RunId, Runs as _, WarehouseId};
use piq_diagnostics::Failure;

use crate::context::namespace::{Namespace, runs_pipeline};
use crate::context::pipeline::LoadedPipeline;
use crate::context::session::Session;
use crate::context::warehouse::choose_warehouse;

/// Where the tables of the pipeline that a job runs are.
pub(crate) struct RunTables<'a> {
    session: &'a Session,
    warehouse: WarehouseId,
    catalog: String,
    schema: String,
}

impl<'a> RunTables<'a> {
    /// The tables that a job writes, run with these parameters; none if it does not run the pipeline.
    ///
    /// # Errors
    /// A workspace that refuses, or has no warehouse to read them with.
    pub(crate) async fn of_job(
        session: &'a Session,
        job_key: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Option<Self>, Failure> {
        let Some(job) = session.project.resource(ResourceKind::Job, job_key) else { return Ok(None) };
        if !runs_pipeline(job) {
            return Ok(None);
        }
        let (catalog, schema) = Namespace::of_run(&session.project, job, parameters)?.complete()?;
        Ok(Some(Self { session, warehouse: choose_warehouse(session).await?, catalog, schema }))
    }

    async fn read(&self, statement: &str) -> Result<Rows, Failure> {
        let warehouse = WarehouseQueries {
            workspace: &self.session.workspace,
            id: &self.warehouse,
            catalog: Some(&self.catalog),
            schema: Some(&self.schema),
        };
        warehouse.query(statement).await.map_err(Failure::from)
    }

    /// What a run of the job did.
    pub(crate) async fn run(&self, run_id: RunId) -> Result<PipelineRun, Failure> {
        let run = self.session.workspace.run(run_id).await?;
        let start = run.map_or(0, |r| r.start_time);
        let (use_cases, calls) = (PipelineRun::use_cases(start), PipelineRun::calls_since(start));
        let (use_cases, calls) = tokio::join!(self.read(&use_cases), self.read(&calls));
        let mut run = PipelineRun::read(&use_cases?, &calls?, self.open().await?);
        if !run.without_text.is_empty() {
            // a question that is asked on a condition may have had text
            let registry = LoadedPipeline::of(&self.session.project)?.registry;
            let reads_text = |name: &str| registry.enrichments.iter().any(|e| e.name == name && e.ask_when.is_none());
            run.without_text.retain(|name, _| reads_text(name));
        }
        Ok(run)
    }

    /// What has no answer. A use case that is not in scope any more needs none: the scope is looked at only if something
    /// is open, because that reads the source.
    async fn open(&self) -> Result<Vec<OpenAnswers>, Failure> {
        let all = OpenAnswers::read(&self.read(&OpenAnswers::sql("pipelineiq")).await?);
        if all.is_empty() {
            return Ok(all);
        }
        let pipeline = LoadedPipeline::of(&self.session.project)?;
        let at = WarehouseQueries {
            workspace: &self.session.workspace,
            id: &self.warehouse,
            catalog: Some(&self.catalog),
            schema: Some(&self.schema),
        };
        let tables = Tables::open(at, &pipeline.relations).await?;
        Ok(OpenAnswers::read(&tables.ask(&OpenAnswers::sql("piq_scope")).await?))
    }

    /// What the last run was estimated at, beside its ledger; none if it found nothing to do.
    pub(crate) async fn estimate(&self) -> Result<Option<LastRun>, Failure> {
        Ok(LastRun::read(&self.read(LastRun::SQL).await?))
    }

    /// What came out of all runs.
    pub(crate) async fn outcome(&self) -> Result<EnrichmentOutcome, Failure> {
        let (levels, at_risk) =
            tokio::join!(self.read(EnrichmentOutcome::LEVELS), self.read(EnrichmentOutcome::AT_RISK));
        Ok(EnrichmentOutcome::read(&levels?, &at_risk?))
    }

    /// Whether a table can be read.
    pub(crate) async fn holds(&self, table: &str) -> bool {
        self.read(&format!("SELECT 1 FROM {table} LIMIT 0")).await.is_ok()
    }
}
