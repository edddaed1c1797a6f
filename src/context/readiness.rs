//! Whether a workspace has what the pipeline's next run needs: for commands that look before anything starts.

use std::collections::BTreeSet;

use pipelineiq::insight::readiness::{Need, NeedStatus, RunNeeds, check_readiness};
use piq_bundle::{Resource, ResourceKind, TreeNode};

use crate::context::namespace::runs_pipeline;
use crate::context::pipeline::LoadedPipeline;
use crate::context::project::is_local;
use crate::context::session::Session;
use crate::context::warehouse::named_warehouse;

/// Fields of a task that name its compute.
const COMPUTE: [&str; 4] =
    ["notebook_task.warehouse_id", "existing_cluster_id", "job_cluster_key", "new_cluster.spark_version"];

/// What the next run needs. What piq itself makes in the local workspace before a run is not asked for.
pub(crate) async fn needs(session: &Session, pipeline: &LoadedPipeline) -> Vec<Need> {
    let project = &session.project;
    let job = project.resources.iter().find(|r| runs_pipeline(r));
    let runs_as = job.and_then(|job| identity(job.spec.get("run_as"))).or_else(|| identity(project.run_as.as_ref()));
    let runs_as = runs_as.unwrap_or(&session.me.user_name);
    let tables: BTreeSet<String> = pipeline.relations.tables().map(str::to_owned).collect();
    let models = pipeline.registry.config.asked.values().map(|model| model.name.clone()).collect();
    let warehouse = named_warehouse(project);
    let wanted = RunNeeds {
        catalog: &pipeline.catalog,
        schema: &pipeline.schema,
        tables: &tables,
        source_table: &pipeline.registry.config.source_table,
        models: &models,
        runs_as,
        is_caller: runs_as == session.me.user_name,
        warehouse: warehouse.as_ref(),
        needs_serverless: job.is_some_and(needs_serverless),
    };
    let mut found = check_readiness(&session.workspace, &wanted).await;
    if is_local(project) {
        found
            .retain(|need| need.status != NeedStatus::Missing || !matches!(need.name, "catalog" | "schema" | "source"));
    }
    found
}

fn identity(run_as: Option<&TreeNode>) -> Option<&str> {
    let run_as = run_as?;
    run_as.str_at("user_name").or_else(|| run_as.str_at("service_principal_name")).filter(|name| !name.is_empty())
}

fn needs_serverless(job: &Resource) -> bool {
    let tasks = job.spec.get("tasks").and_then(TreeNode::as_list).unwrap_or_default();
    let notebooks = tasks.iter().filter(|task| task.str_at("notebook_task.notebook_path").is_some());
    let named = |task: &TreeNode| COMPUTE.iter().any(|field| task.str_at(field).is_some_and(|value| !value.is_empty()));
    job.kind == ResourceKind::Job && notebooks.into_iter().any(|task| !named(task))
}
