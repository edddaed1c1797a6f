//! `piq bootstrap`

use std::process::ExitCode;

use clap::Args;
use piq_diagnostics::FailureContext as _;

use super::session::{Session, WorkspaceOptions, block_on, project};
use super::tables::{Pipeline, warehouse};
use super::{Context, Failure};
use pipelineiq::insight::bootstrap::{Outcome, Statements, compare, text};
use pipelineiq::insight::query::{Query as _, is_missing_table};
use pipelineiq::insight::source::serves;
use pipelineiq::insight::tables::Tables;
use piq_sql::{name_end, tokens};

/// Takes the answers of an older table along, so that no model is asked for what is known
///
/// Copies the columns that match into `pipelineiq`, for use cases that it does not have, and keeps the answers for the
/// next run, which takes them into its ledger with the status `bootstrapped`. A second call adds nothing. Columns that
/// are missing or of another type are named: what they belong to is asked for.
#[derive(Debug, Clone, Args)]
pub(super) struct BootstrapArgs {
    /// Full name of the older table
    #[arg(long, value_name = "CATALOG.SCHEMA.TABLE")]
    from: String,
    /// Changes nothing, only says what would be taken along
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Runs `piq bootstrap`.
///
/// # Errors
/// A name that is no table's, a table that is not there or has no `usecase_id`, a workspace that refuses.
pub(super) fn cmd_bootstrap(context: &Context, args: &BootstrapArgs) -> Result<ExitCode, Failure> {
    if !is_table_name(&args.from) {
        return Err(Failure::usage(format!("`{}` is not CATALOG.SCHEMA.TABLE", args.from)));
    }
    let project = project(context)?;
    let outcome = block_on(async {
        let session = Session::open(context, project, &args.workspace).await?;
        let made = bootstrap(&session, args).await;
        session.close().await;
        made
    })??;
    if context.out.json() {
        let line = serde_json::to_string(&outcome).context("cannot write the outcome as JSON")?;
        context.out.result(&format!("{line}\n"));
    } else {
        context.out.result(&text(&outcome));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a text is three names with dots between, each plain or in backquotes.
fn is_table_name(text: &str) -> bool {
    let words = tokens(text);
    words.len() == 5 && name_end(&words, 0) == Some(5) && words.iter().all(|t| !t.open)
}

async fn bootstrap(session: &Session, args: &BootstrapArgs) -> Result<Outcome, Failure> {
    let pipeline = Pipeline::of(&session.project)?;
    let id = warehouse(session).await?;
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
        return Err(Failure::refused(format!(
            "{from} {what}: rows can be matched by a `usecase_id` of type STRING only"
        )));
    }
    let matched = compare(&pipeline.registry, &found);
    let statements = Statements::new(&pipeline.registry, from, &matched);
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
                Failure::refused(format!("no notebook creates `{table}`: templates/ is not the pipeline's"))
            })?;
            at.query(create).await?;
        }
        // the answers first: a fault in between is mended by the same command
        if let Some(take) = statements.take_answers.filter(|_| !answers.is_empty()) {
            at.query(&take).await?;
        }
        if rows > 0 {
            at.query(&statements.copy_rows).await?;
        }
    }
    Ok(Outcome { from: from.clone(), matched, rows, answers })
}

/// Which of the two is not there: the older table, or the schema of the pipeline.
async fn missing(
    session: &Session,
    pipeline: &Pipeline,
    id: &str,
    from: &str,
    error: &piq_databricks::workspace::WorkspaceError,
) -> Failure {
    let text = if pipeline.at(session, id).query("SELECT 1").await.is_ok() {
        format!("there is no table {from}, or you may not read it")
    } else {
        format!("there is no schema {}.{} yet: `piq deploy` first", pipeline.catalog, pipeline.schema)
    };
    Failure::refused(format!("{text}\n{error}"))
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
