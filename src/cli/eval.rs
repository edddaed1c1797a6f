//! `piq eval`

use std::process::ExitCode;

use clap::Args;
use piq_diagnostics::FailureContext as _;
use serde_json::json;

use super::session::{Session, WorkspaceOptions, block_on, project};
use super::tables::{Pipeline, warehouse};
use super::{Context, Failure};
use pipelineiq::insight::eval::{
    Evaluation, TRUTH, answers_query, cases_query, measure, readings_query, text, verdict,
};
use pipelineiq::insight::query::{Rows, is_missing_table};
use pipelineiq::insight::score::Rubric;
use pipelineiq::insight::tables::Tables;

/// Measures how good the answers are, on the hidden truth of sample data
///
/// Reads what the last runs stored and asks no model. The truth is the table `use_case_truth` beside the source, as
/// `piq sample-data` makes it. Exit code: 0 the thresholds of `eval` in sql/pipeline.yml are kept; 1 they are not, or
/// there is nothing to measure.
#[derive(Debug, Clone, Args)]
pub(super) struct EvalArgs {
    /// Full name of the table of truth; `use_case_truth` beside the source if left out
    #[arg(long, value_name = "TABLE")]
    truth: Option<String>,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Runs `piq eval`.
///
/// # Errors
/// A project with errors, a workspace that refuses, no truth, nothing enriched yet.
pub(super) fn cmd_eval(context: &Context, args: &EvalArgs) -> Result<ExitCode, Failure> {
    let project = project(context)?;
    let evaluation = block_on(async {
        let session = Session::open(context, project, &args.workspace).await?;
        let made = evaluate(&session, args.truth.as_deref()).await;
        session.close().await;
        made
    })??;
    if context.out.json() {
        let mut value = serde_json::to_value(&evaluation).context("cannot write the evaluation as JSON")?;
        value["passed"] = json!(evaluation.passed());
        context.out.result(&format!("{value}\n"));
    } else {
        context.out.result(&text(&evaluation));
    }
    Ok(ExitCode::from(u8::from(!evaluation.passed())))
}

async fn evaluate(session: &Session, truth: Option<&str>) -> Result<Evaluation, Failure> {
    let pipeline = Pipeline::of(&session.project)?;
    let registry = &pipeline.registry;
    let truth = truth.map_or_else(|| beside(&registry.config.source_table), str::to_owned);
    let warehouse = warehouse(session).await?;
    let tables = Tables::open(pipeline.at(session, &warehouse), &pipeline.relations).await?;
    let columns = match tables.run(&format!("SELECT * FROM {truth} LIMIT 0")).await {
        Ok(rows) => rows.columns.into_iter().map(|c| c.name).collect::<Vec<_>>(),
        Err(e) if is_missing_table(&e) => {
            return Err(refused(format!(
                "there is no truth to measure against: no table {truth}. `piq sample-data` makes sample data with one, or name yours with --truth"
            )));
        }
        Err(e) => return Err(e.into()),
    };
    if tables.is_new() {
        return Err(refused(format!(
            "nothing is enriched yet in {}.{}: `piq run` first",
            pipeline.catalog, pipeline.schema
        )));
    }
    let (Some(dimensions), Some(bands)) =
        (registry.reference.get("ref_confidence_rubric"), registry.reference.get("ref_confidence_bands"))
    else {
        return Err(refused("sql/reference lacks ref_confidence_rubric.csv or ref_confidence_bands.csv".into()));
    };
    let rubric = Rubric::read(dimensions, bands, registry.config.confidence.blocker_points);
    let cases = tables.ask(&cases_query(&rubric, &truth, &columns)).await?;
    let answers = tables.ask(&answers_query(&truth)).await?;
    let readings = tables.ask(&readings_query(&rubric, &truth)).await?;
    let by = answered_by(session, &answers).await;
    let mut evaluation = measure(&rubric, &cases, &answers, &readings, &by);
    evaluation.checks = verdict(&evaluation.overall, &registry.config.eval);
    Ok(evaluation)
}

/// Who answered: what stands behind the local workspace, or the models that the ledger names.
async fn answered_by(session: &Session, answers: &Rows) -> String {
    if let Some(source) = session.answer_source().await {
        let common = ["offline stand-in", "recorded answers"].contains(&source.as_str());
        return if common { format!("the {source}") } else { source };
    }
    let mut models: Vec<&str> = answers.iter().filter_map(|r| r.text("model")).collect();
    models.sort_unstable();
    models.dedup();
    if models.is_empty() { "nobody yet".to_owned() } else { models.join(", ") }
}

fn refused(text: String) -> Failure {
    Failure::refused(text)
}

/// The table of truth in the schema of the source.
fn beside(source_table: &str) -> String {
    match source_table.rsplit_once('.') {
        Some((schema, _)) => format!("{schema}.{TRUTH}"),
        None => TRUTH.to_owned(),
    }
}
