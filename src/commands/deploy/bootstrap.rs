//! `piq bootstrap`

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use pipelineiq::insight::bootstrap::{BootstrapReport, BootstrapStatements, compare};
use pipelineiq::insight::query::{QueryRunner as _, is_missing_table};
use pipelineiq::insight::source::serves;
use pipelineiq::insight::tables::Tables;
use piq_databricks::workspace::{WarehouseId, WorkspaceError};
use piq_diagnostics::Failure;
use piq_sql::{name_end, tokens};
use serde_json::json;

use crate::context::Context;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::LoadedPipeline;
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::context::warehouse::choose_warehouse;
use crate::output::number::plural;
use crate::output::report::{ReportTable, count, text};
use crate::output::style::{dim, yellow};

/// Reuse the answers of an older table, so that no model is asked again
///
/// Copies the columns that match into `pipelineiq`, for use cases that it does not have, and stages the answers for the next
/// run, which adds them to its ledger with the status `bootstrapped`. A second call adds nothing. Columns that are missing
/// or have another type are listed; their enrichments are asked.
#[derive(Debug, Clone, Args)]
pub(crate) struct BootstrapArgs {
    /// Full name of the older table
    #[arg(long, value_name = "CATALOG.SCHEMA.TABLE")]
    from: String,
    /// Show what would be copied; change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_bootstrap(context: &Context, args: &BootstrapArgs) -> Result<ExitCode, Failure> {
    if !is_table_name(&args.from) {
        return Err(Failure::usage(format!("expected CATALOG.SCHEMA.TABLE, found `{}`", args.from)));
    }
    let project = load_project(context)?;
    let work = async |session: &Arc<Session>| bootstrap(session, args).await;
    let outcome = read_in_session(context, project, args.workspace.session(), work)?;
    context.out.report(&outcome, outcome_text)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether a text is three names with dots between, each plain or in backquotes.
fn is_table_name(text: &str) -> bool {
    let words = tokens(text);
    words.len() == 5 && name_end(&words, 0) == Some(5) && words.iter().all(|t| !t.open)
}

async fn bootstrap(session: &Session, args: &BootstrapArgs) -> Result<BootstrapReport, Failure> {
    let pipeline = LoadedPipeline::of(&session.project)?;
    let id = choose_warehouse(session).await?;
    let at = pipeline.at(session, &id);
    let from = &args.from;
    let found = match at.query(&format!("SELECT * FROM {from} LIMIT 0")).await {
        Ok(rows) => rows.columns,
        Err(e) if is_missing_table(&e) => return Err(missing(session, &pipeline, &id, from, &e).await),
        Err(e) => return Err(e.into()),
    };
    let key = found.iter().find(|c| c.name.eq_ignore_ascii_case("usecase_id"));
    if !key.is_some_and(|c| serves("STRING", &c.type_text)) {
        let what = key
            .map_or("has no column `usecase_id`".to_owned(), |c| format!("has a `usecase_id` of type {}", c.type_text));
        return Err(Failure::refused(format!("{from} {what}; expected a `usecase_id` of type STRING to match rows")));
    }
    let matched = compare(&pipeline.registry, &found);
    let statements = BootstrapStatements::new(&pipeline.registry, from, &matched);
    let tables = Tables::open(at, &pipeline.relations).await?;
    let rows = tables.ask(&statements.count_rows).await?.first().map_or(0, |r| r.count("added"));
    let mut answers = Vec::new();
    if let Some(count) = &statements.count_answers {
        let counted = tables.ask(count).await?;
        answers =
            counted.iter().map(|r| (r.text("enrichment").unwrap_or_default().to_owned(), r.count("added"))).collect();
    }
    if !args.dry_run {
        for table in ["pipelineiq", "piq_bootstrap", "piq_ai_calls"] {
            let create = pipeline.relations.statement(table).ok_or_else(|| {
                Failure::refused(format!("no notebook creates `{table}`"))
                    .hint("`templates/` of the project must be the pipeline's own")
            })?;
            at.query(create).await?;
        }
        // answers first: after a failure in between the same command completes the rest
        if let Some(take) = statements.take_answers.filter(|_| !answers.is_empty()) {
            at.query(&take).await?;
        }
        if rows > 0 {
            at.query(&statements.copy_rows).await?;
        }
    }
    Ok(BootstrapReport { from: from.clone(), matched, rows, answers })
}

fn outcome_text(o: &BootstrapReport) -> String {
    let answers: u64 = o.answers.iter().map(|(_, n)| n).sum();
    let mut out = ReportTable::new();
    if o.rows == 0 && answers == 0 {
        out.top(&format!("Nothing new in {}: everything that matches was copied before", o.from));
    } else {
        let columns = plural(o.matched.copied.len() as u64, "column", "columns");
        let (rows, answers) = (plural(o.rows, "row", "rows"), plural(answers, "answer", "answers"));
        let copied = format!("{columns} from {}: {rows} into pipelineiq, {answers} that are not asked again", o.from);
        out.section("Bootstrap", &copied);
    }
    let rows: Vec<_> = o.answers.iter().map(|(name, n)| json!({"enrichment": name, "answers": n})).collect();
    out.rows(&rows, &[text("enrichment"), count("answers")]);
    for r in &o.matched.retyped {
        out.line(&format!("{}: expected type {}, found {}; not copied", yellow(&r.column), r.wanted, r.found));
    }
    for a in &o.matched.asked {
        out.line(&format!("{} is asked: the older table lacks {}", yellow(&a.enrichment), a.lacks.join(", ")));
    }
    for (what, columns) in
        [("not in the older table", &o.matched.missing), ("unknown to the pipeline", &o.matched.unknown)]
    {
        if !columns.is_empty() {
            out.painted(dim, &format!("{what}: {}", columns.join(", ")));
        }
    }
    if answers > 0 {
        out.top("The next run adds these answers to its ledger with the status `bootstrapped`.");
    }
    out.finish()
}

/// Tells which of the two is missing: the older table, or the schema of the pipeline.
async fn missing(
    session: &Session,
    pipeline: &LoadedPipeline,
    id: &WarehouseId,
    from: &str,
    error: &WorkspaceError,
) -> Failure {
    let text = if pipeline.at(session, id).query("SELECT 1").await.is_ok() {
        format!("cannot find the table {from}, or you may not read it")
    } else {
        format!("the schema {}.{} does not exist yet: run `piq deploy` first", pipeline.catalog, pipeline.schema)
    };
    Failure::from(error.clone()).during(text)
}

#[cfg(test)]
mod tests {
    use super::is_table_name;

    #[test]
    fn only_a_full_name_is_taken() {
        for good in ["main.old.pipelineiq", "`my cat`.old.`t``x`"] {
            assert!(is_table_name(good), "{good}");
        }
        for bad in ["pipelineiq", "old.pipelineiq", "a.b.c; DROP TABLE x", "a.b.c.d", "a.b.`c", "a.b.c WHERE 1=1", ""] {
            assert!(!is_table_name(bad), "{bad}");
        }
    }
}
