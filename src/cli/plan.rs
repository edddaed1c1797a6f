//! `piq plan`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use piq_diagnostics::{FailureContext as _, atomic_file};

use super::cost::Cost;
use super::plan_markdown::markdown;
use super::session::{Session, WorkspaceOptions, in_session};
use super::{Context, Failure};
use piq_databricks::workspace::Workspace as _;
use piq_deploy::{Plan, observe, plan, select};

/// Shows what a deploy would change and what the next run of the pipeline would cost, and changes nothing
///
/// The use cases that the next run would take, its calls, tokens and dollars come from the ledger, so that only changed
/// inputs count.
#[derive(Debug, Clone, Args)]
pub(super) struct PlanArgs {
    /// Exit code 3 if there is anything to change, instead of 0
    #[arg(long)]
    detailed_exitcode: bool,
    /// Writes the plan to a file that `piq deploy --plan` carries out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Plans only this resource and those that it refers to, as `KIND.KEY` or `KEY`; may be repeated
    #[arg(long, value_name = "KEY")]
    select: Vec<String>,
    /// Reads permissions and grants in the workspace too, so that changes made there are found
    #[arg(long)]
    refresh: bool,
    /// Leaves out what the next run would cost, which needs a SQL warehouse
    #[arg(long)]
    no_estimate: bool,
    /// Writes the plan as Markdown, for a comment on a pull request
    #[arg(long)]
    markdown: bool,
    /// Shows what the plan cost: requests, sequential round trips, bytes, time
    #[arg(long)]
    stats: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Exit code of changes that are pending.
const PENDING: u8 = 3;

/// Runs `piq plan`.
///
/// # Errors
/// A bundle with errors, a workspace that refuses.
pub(super) fn cmd_plan(context: &Context, args: &PlanArgs) -> Result<ExitCode, Failure> {
    let (plan, cost, spent) = in_session(context, &args.workspace, true, async |session, signals| {
        let (plan, cost) = signals.or_stop(make(context, session, args)).await?;
        Ok((plan, cost, session.workspace.stats()))
    })?;
    if let Some(path) = &args.out {
        let bytes = serde_json::to_vec(&plan).context("cannot write the plan as JSON")?;
        atomic_file::replace(path, &bytes).with_context(|| format!("cannot write the plan to {}", path.display()))?;
    }
    if context.out.json() {
        let mut value = serde_json::to_value(&plan).context("cannot write the plan as JSON")?;
        value["pipeline"] = cost.json().context("cannot write the estimate as JSON")?;
        value["stats"] = serde_json::to_value(spent).context("cannot write the counts as JSON")?;
        context.out.result(&format!("{value}\n"));
    } else if args.markdown {
        context.out.result(&markdown(&plan, &cost.text()));
    } else {
        context.out.result(&(text(&plan) + &cost.text()));
    }
    if args.stats && !context.out.json() {
        context.out.result(&format!("{spent}\n"));
    }
    let pending = args.detailed_exitcode && !plan.is_empty();
    Ok(ExitCode::from(if pending { PENDING } else { 0 }))
}

async fn make(context: &Context, session: &Session, args: &PlanArgs) -> Result<(Plan, Cost), Failure> {
    let desired = session.desired(&session.build(context)?)?;
    let observed = observe(&session.workspace, &desired, args.refresh).await?;
    let cost = if args.no_estimate { Cost::None } else { Cost::of(context, session).await? };
    let made = select(plan(&desired, &observed), &args.select, &desired, &observed)?;
    Ok((made, cost))
}

/// Reads a plan that was written before.
pub(super) fn read(path: &Path) -> Result<Plan, Failure> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the plan {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not a plan", path.display()))
}

/// The plan for people.
fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for file in &plan.files {
        out.push_str(&format!("{} file {} ({})\n", file.action.verb(), file.path, file.reason));
    }
    for resource in &plan.resources {
        out.push_str(&format!("{} {} ({})\n", resource.action.verb(), resource.key, resource.reason));
        for field in &resource.fields {
            let show = |v: &Option<serde_json::Value>| v.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
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
