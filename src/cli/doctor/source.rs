//! `piq doctor source`

use std::process::ExitCode;

use futures_util::future::{OptionFuture, try_join5};
use piq_diagnostics::FailureContext as _;

use crate::cli::session::{Session, WorkspaceOptions, block_on, project};
use crate::cli::tables::{Pipeline, warehouse};
use crate::cli::{Context, Failure};
use pipelineiq::insight::query::is_missing_table;
use pipelineiq::insight::source::{Answers, Mapping, Queries, SourceReport, map, report, text};
use pipelineiq::insight::tables::Tables;
use piq_databricks::workspace::WorkspaceError;

pub(super) fn check(context: &Context, options: &WorkspaceOptions) -> Result<ExitCode, Failure> {
    let project = project(context)?;
    let report = block_on(async {
        let session = Session::open(context, project, options).await?;
        let made = look(&session).await;
        session.close().await;
        made
    })??;
    if context.out.json() {
        let line = serde_json::to_string(&report).context("cannot write the report as JSON")?;
        context.out.result(&format!("{line}\n"));
    } else {
        context.out.result(&text(&report));
    }
    Ok(ExitCode::from(u8::from(report.has_errors())))
}

async fn look(session: &Session) -> Result<SourceReport, Failure> {
    let pipeline = Pipeline::of(&session.project)?;
    let warehouse = warehouse(session).await?;
    let tables = Tables::open(pipeline.at(session, &warehouse), &pipeline.relations).await?;
    let registry = &pipeline.registry;
    let mapping_sql = &registry.source_sql;
    let found = tables.run(&Queries::columns(mapping_sql)).await.map_err(|e| unreadable(&e, registry))?.columns;
    let columns = map(&registry.source_columns, &found);
    let queries = Queries::new(mapping_sql, &columns, registry);
    let answers = ask(&tables, &queries, &columns).await?;
    Ok(report(registry, &found, columns, &answers))
}

/// A source that is not there is the fault that this command is most often asked about.
fn unreadable(error: &WorkspaceError, registry: &pipelineiq::pipeline::Registry) -> Failure {
    let table = &registry.config.source_table;
    let advice = if is_missing_table(error) {
        format!(
            "there is no `{table}`, or you may not read it: set the variable `source_table`, or edit sql/source.sql"
        )
    } else {
        format!("the mapping sql/source.sql cannot be read (its table is `{table}`)")
    };
    Failure::refused(format!("{advice}\n{error}"))
}

async fn ask(tables: &Tables<'_>, queries: &Queries, columns: &[Mapping]) -> Result<Answers, WorkspaceError> {
    let maybe = |query: &Option<String>| {
        let query = query.clone();
        async move { OptionFuture::from(query.as_deref().map(|q| tables.run(q))).await.transpose() }
    };
    let in_scope = async {
        if columns.iter().any(Mapping::is_fault) {
            return Ok(None);
        }
        Ok(Some(
            tables.ask("SELECT count(*) AS usecases FROM piq_scope").await?.first().map_or(0, |r| r.count("usecases")),
        ))
    };
    let rest = async {
        let totals = tables.run(&queries.totals).await?;
        Ok::<_, WorkspaceError>((totals, in_scope.await?))
    };
    let (snapshots, stages, statuses, left_out, (totals, in_scope)) = try_join5(
        maybe(&queries.snapshots),
        maybe(&queries.stages),
        maybe(&queries.statuses),
        maybe(&queries.left_out),
        rest,
    )
    .await?;
    Ok(Answers { snapshots, totals, stages, statuses, left_out, in_scope })
}
