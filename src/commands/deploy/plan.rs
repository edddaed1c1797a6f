//! `piq plan`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use clap_complete::ArgValueCompleter;
use futures_util::future::try_join;
use pipelineiq::insight::readiness::{Need, NeedStatus};
use piq_databricks::workspace::{Stats, Workspace as _};
use piq_deploy::{Plan, observe, plan, select};
use piq_diagnostics::{Failure, FailureContext as _, FailureKind, atomic_file};
use serde::Serialize;
use serde_json::Value;

use crate::commands::deploy::cost::Cost;
use crate::context::Context;
use crate::context::complete::resource_keys;
use crate::context::options::WorkspaceOptions;
use crate::context::overrides::Overrides;
use crate::context::pipeline::{LoadedPipeline, has_pipeline};
use crate::context::project::load_project;
use crate::context::readiness::needs;
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
    #[arg(long, value_name = "KEY", add = ArgValueCompleter::new(resource_keys))]
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
    let (project, options) = (load_project(context)?, args.workspace.session().with_state());
    let (made, spent) = read_in_session(context, project, options, async |session| {
        let made = make_plan(context, session, args).await?;
        Ok((made, session.workspace.stats()))
    })?;
    let Made { plan, needs, cost } = made;
    if let Some(path) = &args.out {
        let bytes = serde_json::to_vec(&plan).context("cannot write the plan as JSON")?;
        atomic_file::replace(path, &bytes).with_context(|| format!("cannot write the plan to {}", path.display()))?;
    }
    if context.out.json() {
        let pipeline = cost.json().context("cannot write the estimate as JSON")?;
        let report = PlanReport { plan: &plan, needs: &needs, pipeline, stats: spent };
        context.out.report(&report, |_| String::new())?;
    } else if args.markdown {
        context.out.result(&markdown(&plan, &(needs_text(&needs) + &cost.text())));
    } else {
        context.out.result(&(plan_text(&plan) + &needs_text(&needs) + &cost.text()));
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
    needs: &'a [Need],
    pipeline: Value,
    stats: Stats,
}

/// What `piq plan` shows.
struct Made {
    plan: Plan,
    /// What the next run of the pipeline needs of the workspace.
    needs: Vec<Need>,
    cost: Cost,
}

async fn make_plan(context: &Context, session: &Session, args: &PlanArgs) -> Result<Made, Failure> {
    let desired = session.desired(&session.build(context, &Overrides::all())?)?;
    context.out.findings(&desired.warnings);
    let observed = async {
        let ahead = session.ahead.as_ref();
        Ok::<_, Failure>(observe(&session.workspace, &desired, ahead, args.refresh).await?)
    };
    let needs = async {
        match has_pipeline(&session.project) {
            true => Ok(needs(session, &LoadedPipeline::of(&session.project)?).await),
            false => Ok(Vec::new()),
        }
    };
    let (observed, needs) = try_join(observed, needs).await?;
    let cost = if args.no_estimate { Cost::None } else { Cost::of(context, session).await? };
    let plan = select(plan(&desired, &observed), &args.select, &desired, &observed)?;
    Ok(Made { plan, needs, cost })
}

/// What a run of the pipeline would miss.
fn needs_text(needs: &[Need]) -> String {
    let open: Vec<&Need> = needs.iter().filter(|need| need.status != NeedStatus::Met).collect();
    if open.is_empty() {
        return String::new();
    }
    let mut out = "\nBefore the next run:\n".to_owned();
    for need in open {
        let status = if need.status == NeedStatus::Missing { "missing" } else { "not known" };
        out.push_str(&format!("  {} ({status}): {}\n", need.name, need.found));
        if let Some(advice) = &need.advice {
            out.push_str(&format!("      {advice}\n"));
        }
    }
    out
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
