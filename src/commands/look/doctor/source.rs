//! `piq doctor source`

use std::process::ExitCode;
use std::sync::Arc;

use futures_util::future::{OptionFuture, try_join5};
use pipelineiq::insight::query::is_missing_table;
use pipelineiq::insight::source::{Answers, Mapping, Queries, SourceReport, map, report, text};
use pipelineiq::insight::tables::Tables;
use piq_databricks::workspace::WorkspaceError;
use piq_diagnostics::Failure;

use crate::context::Context;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::Pipeline;
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::context::warehouse::choose_warehouse;

pub(crate) fn check(context: &Context, options: &WorkspaceOptions) -> Result<ExitCode, Failure> {
    let work = async |session: &Arc<Session>| check_source(session).await;
    let report = read_in_session(context, load_project(context)?, options.session(), work)?;
    context.out.report(&report, text)?;
    Ok(ExitCode::from(u8::from(report.has_errors())))
}

async fn check_source(session: &Session) -> Result<SourceReport, Failure> {
    let pipeline = Pipeline::of(&session.project)?;
    let warehouse = choose_warehouse(session).await?;
    let tables = Tables::open(pipeline.at(session, &warehouse), &pipeline.relations).await?;
    let registry = &pipeline.registry;
    let mapping_sql = &registry.source_sql;
    let found = tables.run(&Queries::columns(mapping_sql)).await.map_err(|e| unreadable(&e, registry))?.columns;
    let columns = map(&registry.source_columns, &found);
    let queries = Queries::new(mapping_sql, &columns, registry);
    let answers = ask(&tables, &queries, &columns).await?;
    Ok(report(registry, &found, columns, &answers))
}

fn unreadable(error: &WorkspaceError, registry: &pipelineiq::pipeline::Registry) -> Failure {
    let table = &registry.config.source_table;
    if is_missing_table(error) {
        Failure::from(error.clone())
            .during(format!("cannot find `{table}`, or you may not read it"))
            .hint("set the variable `source_table`, or edit sql/source.sql")
    } else {
        Failure::from(error.clone()).during(format!("cannot run the mapping sql/source.sql (its table is `{table}`)"))
    }
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
