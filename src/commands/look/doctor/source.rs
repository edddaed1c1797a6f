//! `piq doctor source`

use std::process::ExitCode;
use std::sync::Arc;

use futures_util::future::{OptionFuture, try_join5};
use pipelineiq::insight::query::is_missing_table;
use pipelineiq::insight::source::{Fit, Mapping, Queries, SourceAnswers, SourceReport, ValueCount, map, report};
use pipelineiq::insight::tables::Tables;
use piq_databricks::workspace::WorkspaceError;
use piq_diagnostics::Failure;
use serde_json::json;

use crate::context::Context;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::LoadedPipeline;
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::context::warehouse::choose_warehouse;
use crate::output::number::{plural, thousands};
use crate::output::report::{ReportTable, count, mark, percent, remark, state, text};
use crate::output::style::{dim, green, red, yellow};

pub(crate) fn check(context: &Context, options: &WorkspaceOptions) -> Result<ExitCode, Failure> {
    let work = async |session: &Arc<Session>| check_source(session).await;
    let report = read_in_session(context, load_project(context)?, options.session(), work)?;
    context.out.report(&report, source_text)?;
    Ok(ExitCode::from(u8::from(report.has_errors())))
}

async fn check_source(session: &Session) -> Result<SourceReport, Failure> {
    let pipeline = LoadedPipeline::of(&session.project)?;
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

async fn ask(tables: &Tables<'_>, queries: &Queries, columns: &[Mapping]) -> Result<SourceAnswers, WorkspaceError> {
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
    Ok(SourceAnswers { snapshots, totals, stages, statuses, left_out, in_scope })
}

fn source_text(r: &SourceReport) -> String {
    let column = |c: &pipelineiq::insight::source::ColumnReport| {
        let m = &c.mapping;
        json!({
            "good": !m.is_fault(),
            "column": m.column,
            "required": if m.required { "yes" } else { "" },
            "wanted": m.expected_type,
            "found": m.found_type,
            "NULLs": c.null_share,
            // a missing column that is not required is not a fault
            "state": if m.fit == Fit::Missing && !m.required { json!("reads as NULL") } else { json!(m.fit) },
            "note": m.closest.as_ref().map(|near| format!("did you mean {near}?")),
        })
    };
    let columns = [
        mark("good"),
        text("column"),
        text("required"),
        text("wanted"),
        text("found"),
        percent("NULLs"),
        state("state").titled(""),
        remark("note"),
    ];
    let mut out = ReportTable::new();
    out.section("Source", &r.source_table).rows(&r.columns.iter().map(column).collect::<Vec<_>>(), &columns);
    if !r.other_columns.is_empty() {
        out.painted(dim, &format!("not read: {}", r.other_columns.join(", ")));
    }
    if let Some(s) = &r.snapshots {
        let (first, latest) = (s.first.as_deref().unwrap_or("–"), s.latest.as_deref().unwrap_or("–"));
        let span = if s.count > 1 { format!(", from {first}; {latest} is read") } else { format!(", {latest}") };
        out.section("Snapshots", &format!("{}{span}", thousands(s.count)));
    }
    let usecases = plural(r.usecases, "use case", "use cases");
    out.section(
        "Rows",
        &format!(
            "{}, {usecases}; {} repeated, {} without an id",
            thousands(r.rows),
            thousands(r.duplicates),
            thousands(r.without_id)
        ),
    );
    for (title, all) in [("Stages", &r.stages), ("Statuses", &r.statuses)].into_iter().filter(|(_, a)| !a.is_empty()) {
        let value = |v: &ValueCount| {
            json!({
                "value": v.value.as_deref().unwrap_or("NULL"),
                "rows": v.rows,
                "note": if v.known { "" } else { "unknown to the pipeline" },
            })
        };
        let values: Vec<_> = all.iter().map(value).collect();
        out.section(title, "").rows(&values, &[text("value"), count("rows"), remark("note")]);
    }
    if let Some(s) = &r.scope {
        out.section(
            "In scope",
            &format!(
                "{} of {}; excluded: {} too small, {} by stage, {} beyond the horizon",
                thousands(s.usecases),
                thousands(r.usecases),
                thousands(s.too_small),
                thousands(s.excluded_stage),
                thousands(s.beyond_horizon)
            ),
        );
    }
    if r.findings.is_empty() {
        out.top("").top(&green("The source has everything that the pipeline needs."));
    }
    for f in &r.findings {
        let word = if f.error { red("error") } else { yellow("warning") };
        out.top("").top(&format!("{word}: {}", f.message)).line(&f.advice);
    }
    out.finish()
}
