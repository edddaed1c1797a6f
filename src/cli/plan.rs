//! `piq plan`

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::cost::Cost;
use super::session::{Session, WorkspaceOptions, block_on, failure, project};
use super::{Context, Failure};
use crate::deploy::{Plan, observe, plan};

/// Shows what a deploy would change and what the next run of the pipeline would cost, and changes nothing
///
/// The use cases that the next run would take, its calls, tokens and dollars come from the ledger, so that only changed
/// inputs count.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// Exit code 3 if there is anything to change, instead of 0
    #[arg(long)]
    detailed_exitcode: bool,
    /// Reads permissions and grants in the workspace too, so that changes made there are found
    #[arg(long)]
    refresh: bool,
    /// Leaves out what the next run would cost, which needs a SQL warehouse
    #[arg(long)]
    no_estimate: bool,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// Exit code of changes that are pending.
const PENDING: u8 = 3;

/// Runs `piq plan`.
///
/// # Errors
/// A bundle with errors, a workspace that refuses.
pub fn cmd_plan(context: &Context, args: &PlanArgs) -> Result<ExitCode, Failure> {
    let project = project(context)?;
    let (plan, cost) = block_on(async {
        let session = Session::open(context, project, &args.workspace).await?;
        let made = make(context, &session, args).await;
        session.close().await;
        made
    })??;
    if context.out.json() {
        let mut value = serde_json::to_value(&plan).context("cannot write the plan as JSON")?;
        value["pipeline"] = cost.json().context("cannot write the estimate as JSON")?;
        context.out.result(&format!("{value}\n"));
    } else {
        context.out.result(&(text(&plan) + &cost.text()));
    }
    let pending = args.detailed_exitcode && !plan.is_empty();
    Ok(ExitCode::from(if pending { PENDING } else { 0 }))
}

async fn make(context: &Context, session: &Session, args: &PlanArgs) -> Result<(Plan, Cost), Failure> {
    let desired = session.desired()?;
    let observed = observe(&session.workspace, &desired, args.refresh).await.map_err(failure)?;
    let cost = if args.no_estimate { Cost::None } else { Cost::of(context, session).await? };
    Ok((plan(&desired, &observed), cost))
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
