//! `piq retry`

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use pipelineiq::insight::query::{QueryRunner as _, Rows, is_missing_table};
use pipelineiq::insight::retry::Reopen;
use pipelineiq::pipeline::Registry;
use piq_diagnostics::Failure;
use serde::Serialize;

use crate::context::Context;
use crate::context::options::WorkspaceOptions;
use crate::context::pipeline::{LoadedPipeline, registry_of};
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::context::warehouse::choose_warehouse;

/// Open questions that are blocked after too many bad answers, so that the next run asks them again
///
/// A question about a use case is blocked after `max_attempts` bad answers to the same input. Without options, all blocked
/// questions are opened. Calls that an endpoint refused need no retry: each run asks them again.
#[derive(Debug, Clone, Args)]
pub(crate) struct RetryArgs {
    /// Open only these enrichments
    #[arg(long = "enrichment", value_delimiter = ',', value_name = "NAME")]
    enrichments: Vec<String>,
    /// Open only these use cases; for coaching briefs, these managers
    #[arg(long = "use-case", value_name = "ID")]
    usecases: Vec<String>,
    /// Open calls of this status; for `failed` and `invalid`, attempts are counted from the start again
    #[arg(long, value_enum, default_value_t = RetryStatus::Blocked)]
    status: RetryStatus,
    /// Show what would be opened; change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RetryStatus {
    Blocked,
    Failed,
    Invalid,
}

impl RetryStatus {
    fn word(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
        }
    }
}

/// What was opened.
#[derive(Debug, Serialize)]
struct Retried {
    status: &'static str,
    dry_run: bool,
    opened: Vec<RetriedEnrichment>,
}

#[derive(Debug, Serialize)]
struct RetriedEnrichment {
    enrichment: String,
    usecases: u64,
}

pub(crate) fn cmd_retry(context: &Context, args: &RetryArgs) -> Result<ExitCode, Failure> {
    let project = load_project(context)?;
    // a name that does not exist needs no workspace to be refused
    only_known(&registry_of(&project)?, &args.enrichments)?;
    let work = async |session: &Arc<Session>| retry(session, args).await;
    let retried = read_in_session(context, project, args.workspace.session(), work)?;
    context.out.report(&retried, text)?;
    Ok(ExitCode::SUCCESS)
}

async fn retry(session: &Session, args: &RetryArgs) -> Result<Retried, Failure> {
    let pipeline = LoadedPipeline::of(&session.project)?;
    let reopen = Reopen {
        status: args.status.word().to_owned(),
        enrichments: args.enrichments.clone(),
        usecases: args.usecases.clone(),
    };
    let id = choose_warehouse(session).await?;
    let at = pipeline.at(session, &id);
    let found = match at.query(&reopen.count()).await {
        Err(e) if is_missing_table(&e) => Rows::default(),
        other => other?,
    };
    let opened: Vec<RetriedEnrichment> = found
        .iter()
        .map(|row| RetriedEnrichment {
            enrichment: row.text("enrichment").unwrap_or_default().to_owned(),
            usecases: row.count("opened"),
        })
        .collect();
    if !args.dry_run && !opened.is_empty() {
        at.query(&reopen.statement()).await?;
    }
    Ok(Retried { status: args.status.word(), dry_run: args.dry_run, opened })
}

fn only_known(registry: &Registry, names: &[String]) -> Result<(), Failure> {
    let known = questions(registry);
    match names.iter().find(|name| !known.contains(name)) {
        Some(unknown) => {
            Err(Failure::usage(format!("unknown enrichment `{unknown}`; available: {}", known.join(", "))))
        }
        None => Ok(()),
    }
}

/// Names of the questions as the ledger has them.
fn questions(registry: &Registry) -> Vec<String> {
    let asks = registry.enrichments.iter().filter(|e| e.function.is_some()).map(|e| e.name.clone());
    let managers = ["sales_manager", "field_manager"];
    let briefs = registry.summaries.iter().flat_map(|s| managers.map(|m| format!("{m}_{}", s.name)));
    asks.chain(briefs).collect()
}

fn text(retried: &Retried) -> String {
    if retried.opened.is_empty() {
        return format!("no such call is {}\n", retried.status);
    }
    let mut out = String::new();
    let width = retried.opened.iter().map(|one| one.enrichment.len()).max().unwrap_or(0);
    for one in &retried.opened {
        let verb = if retried.dry_run { "would open" } else { "opened" };
        // writing to a string does not fail
        let _ = writeln!(out, "{verb} {:<width$} {:>6}", one.enrichment, one.usecases);
    }
    if !retried.dry_run {
        out.push_str("the next run asks them again: piq run\n");
    }
    out
}
