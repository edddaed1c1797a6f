//! `piq explain`

use std::process::ExitCode;

use clap::Args;
use piq_diagnostics::FailureContext as _;

use super::session::{Session, WorkspaceOptions, block_on, project};
use super::tables::{Pipeline, warehouse};
use super::{Context, Failure};
use pipelineiq::insight::explain::{Explanation, build, read, text};
use pipelineiq::insight::tables::Tables;

/// Tells how the answers and scores of one use case come about
///
/// Its inputs, what the models said, the score's arithmetic line by line (computed again and held against what is
/// stored), the signals that fired, the cost and the history. Nothing is asked of a model.
#[derive(Debug, Clone, Args)]
pub(super) struct ExplainArgs {
    /// Id of the use case
    usecase_id: String,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Runs `piq explain`.
///
/// # Errors
/// A project with errors, a workspace that refuses, an id that nothing knows.
pub(super) fn cmd_explain(context: &Context, args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let project = project(context)?;
    let explanation = block_on(async {
        let session = Session::open(context, project, &args.workspace).await?;
        let made = explain(&session, &args.usecase_id).await;
        session.close().await;
        made
    })??;
    if context.out.json() {
        let line = serde_json::to_string(&explanation).context("cannot write the account as JSON")?;
        context.out.result(&format!("{line}\n"));
    } else {
        context.out.result(&text(&explanation));
    }
    Ok(ExitCode::SUCCESS)
}

async fn explain(session: &Session, id: &str) -> Result<Explanation, Failure> {
    let pipeline = Pipeline::of(&session.project)?;
    let warehouse = warehouse(session).await?;
    let tables = Tables::open(pipeline.at(session, &warehouse), &pipeline.relations).await?;
    let material = read(&tables, &pipeline.registry, id).await?;
    build(&material).ok_or_else(|| {
        let source = &pipeline.registry.config.source_table;
        Failure::refused(format!(
            "no use case `{id}`: neither the latest snapshot of {source} has it in scope, nor do {}.{} know it",
            pipeline.catalog, pipeline.schema
        ))
    })
}
