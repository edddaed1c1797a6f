//! `piq plan`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use piq_databricks::workspace::{Stats, Workspace as _};
use piq_deploy::{Plan, observe, plan, select};
use piq_diagnostics::{Failure, FailureContext as _, FailureKind, atomic_file};
use serde::Serialize;
use serde_json::Value;

use crate::commands::deploy::cost::Cost;
use crate::context::Context;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::output::plan_markdown::markdown;

/// Show what a deploy would change, and what the next run of the pipeline would cost
///
/// Changes nothing. The estimate (use cases, calls, tokens, dollars) counts changed inputs only: the ledger has the answers to
/// all others.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlanArgs {
    /// Exit with code 3 instead of 0 if changes are pending
    #[arg(long)]
    detailed_exitcode: bool,
    /// Save the plan to a file for `piq deploy --plan`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Plan only this resource and the ones it refers to, as `KIND.KEY` or `KEY`; may be repeated
    #[arg(long, value_name = "KEY")]
    select: Vec<String>,
    /// Also compare permissions and grants with the workspace, to find changes made there
    #[arg(long)]
    refresh: bool,
    /// Skip the estimate of the next run, which needs a SQL warehouse
    #[arg(long)]
    no_estimate: bool,
    /// Print the plan as Markdown, for a comment on a pull request
    #[arg(long)]
    markdown: bool,
    /// Print the number of requests, round trips and bytes, and the time
    #[arg(long)]
    stats: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

pub(crate) fn cmd_plan(context: &Context, args: &PlanArgs) -> Result<ExitCode, Failure> {
    let (project, options) = (load_project(context)?, args.workspace.session());
    let (plan, cost, spent) = read_in_session(context, project, options, async |session| {
        let (plan, cost) = make_plan(context, session, args).await?;
        Ok((plan, cost, session.workspace.stats()))
    })?;
    if let Some(path) = &args.out {
        let bytes = serde_json::to_vec(&plan).context("cannot write the plan as JSON")?;
        atomic_file::replace(path, &bytes).with_context(|| format!("cannot write the plan to {}", path.display()))?;
    }
    if context.out.json() {
        let pipeline = cost.json().context("cannot write the estimate as JSON")?;
        let report = PlanReport { plan: &plan, pipeline, stats: spent };
        context.out.report(&report, |_| String::new())?;
    } else if args.markdown {
        context.out.result(&markdown(&plan, &cost.text()));
    } else {
        context.out.result(&(plan_text(&plan) + &cost.text()));
    }
    if args.stats && !context.out.json() {
        context.out.result(&format!("{spent}\n"));
    }
    let pending = args.detailed_exitcode && !plan.is_empty();
    Ok(ExitCode::from(if pending { FailureKind::Pending.exit_code() } else { 0 }))
}

/// A plan as JSON, with the estimate of the next run and the requests that planning took.
#[derive(Serialize)]
struct PlanReport<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    pipeline: Value,
    stats: Stats,
}

async fn make_plan(context: &Context, session: &Session, args: &PlanArgs) -> Result<(Plan, Cost), Failure> {
    let desired = session.desired(&session.build(context, true)?)?;
    let observed = observe(&session.workspace, &desired, args.refresh).await?;
    let cost = if args.no_estimate { Cost::None } else { Cost::of(context, session).await? };
    let made = select(plan(&desired, &observed), &args.select, &desired, &observed)?;
    Ok((made, cost))
}

/// Reads a saved plan.
pub(crate) fn read_plan(path: &Path) -> Result<Plan, Failure> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the plan {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not a plan", path.display()))
}

fn plan_text(plan: &Plan) -> String {
    let mut out = String::new();
    for file in &plan.files {
        out.push_str(&format!("{} file {} ({})\n", file.action.verb(), file.path, file.reason));
    }
    for resource in &plan.resources {
        out.push_str(&format!("{} {} ({})\n", resource.action.verb(), resource.key, resource.reason));
        for field in &resource.fields {
            let show = |v: &Option<Value>| v.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
            out.push_str(&format!(
                "    {}: {} -> {} ({})\n",
                field.path,
                show(&field.remote),
                show(&field.new),
                field.reason.text()
            ));
        }
        if resource.permissions {
            out.push_str("    permissions\n");
        }
        if let Some(conflict) = &resource.conflict {
            out.push_str(&format!("    the deploy refuses: {conflict}\n"));
        }
    }
    if plan.folder_permissions {
        out.push_str("update permissions of the bundle's folder\n");
    }
    for note in &plan.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    let c = plan.changes;
    out.push_str(&format!(
        "to create: {}, to update: {}, to delete: {}, unchanged: {}\n",
        c.created, c.updated, c.deleted, c.unchanged
    ));
    out
}
