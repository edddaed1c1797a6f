//! `piq explain`

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use pipelineiq::insight::explain::{Explanation, build, read};
use pipelineiq::insight::tables::Tables;
use piq_diagnostics::Failure;

use crate::commands::look::explanation::explanation_report;
use crate::context::Context;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::LoadedPipeline;
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::context::warehouse::choose_warehouse;

/// Explain the answers and scores of one use case
///
/// Shows what the dashboards' page about it shows, from the same views: the next action, each dimension with its quote, the
/// arithmetic of the score, the rules that fired, open questions and the history; then the inputs, answers and cost of each
/// question to a model. Asks no model.
#[derive(Debug, Clone, Args)]
pub(crate) struct ExplainArgs {
    /// Id of the use case
    usecase_id: String,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_explain(context: &Context, args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let project = load_project(context)?;
    let work = async |session: &Arc<Session>| explain(session, &args.usecase_id).await;
    let explanation = read_in_session(context, project, args.workspace.session(), work)?;
    context.out.report(&explanation, explanation_report)?;
    Ok(ExitCode::SUCCESS)
}

async fn explain(session: &Session, id: &str) -> Result<Explanation, Failure> {
    let pipeline = LoadedPipeline::of(&session.project)?;
    let warehouse = choose_warehouse(session).await?;
    let tables = Tables::open(pipeline.at(session, &warehouse), &pipeline.relations).await?;
    let material = read(&tables, &pipeline.registry, id).await?;
    build(&material).ok_or_else(|| {
        let source = &pipeline.registry.config.source_table;
        Failure::refused(format!(
            "unknown use case `{id}`: it is not in scope in the latest snapshot of {source}, and not in {}.{}",
            pipeline.catalog, pipeline.schema
        ))
    })
}
