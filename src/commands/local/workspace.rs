//! `piq workspace`: the local workspace as a server.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use piq_diagnostics::Failure;
use piq_local::{ServerConfig, engine_for, reset, reset_contents, serve};

use crate::context::Context;
use crate::context::answers::AnswersArgs;
use crate::context::signals::{Signals, block_on};
use crate::output::printer::confirm;

/// Run a local workspace with the REST API of Databricks
#[derive(Debug, Args)]
pub(crate) struct WorkspaceArgs {
    #[command(subcommand)]
    command: WorkspaceCommand,
}

#[derive(Debug, Subcommand)]
enum WorkspaceCommand {
    /// Serve the workspace on loopback until SIGTERM or SIGINT; its state is kept
    Start(StartArgs),
    /// Delete the workspace: its files, jobs, runs and tables
    Reset(ResetArgs),
}

#[derive(Debug, Args)]
struct StartArgs {
    /// Port on loopback; 0 lets the system choose one
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    dir: DirArgs,
    #[command(flatten)]
    answers: AnswersArgs,
}

#[derive(Debug, Args)]
struct ResetArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// Delete without asking
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
struct DirArgs {
    /// Folder of the workspace's state
    #[arg(long, default_value = ".piq/workspace")]
    dir: PathBuf,
}

pub(crate) fn cmd_workspace(context: &Context, args: WorkspaceArgs) -> Result<ExitCode, Failure> {
    match args.command {
        WorkspaceCommand::Start(args) => {
            block_on(async |signals| start(context, args, signals).await)?;
        }
        WorkspaceCommand::Reset(args) => reset_workspace(context, &args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Deletes a workspace that piq made, when a person agrees.
fn reset_workspace(context: &Context, args: &ResetArgs) -> Result<(), Failure> {
    let dir = &args.dir.dir;
    if !dir.exists() {
        context.out.log(&format!("nothing to delete: {} does not exist", dir.display()));
        return Ok(());
    }
    let contents = reset_contents(dir)?;
    let shown = dir.display();
    context.out.log(&format!("delete the workspace in {shown} ({} files, {} bytes)", contents.files, contents.bytes));
    for foreign in &contents.foreign {
        context.out.log(&format!("keep {}: the workspace did not make it", foreign.display()));
    }
    if !args.yes && !confirm("Delete the workspace?") {
        return Err(Failure::refused("nothing was deleted").hint("confirm at a terminal, or pass `--yes`"));
    }
    reset(dir)?;
    context.out.log(&format!("deleted the workspace in {shown}"));
    Ok(())
}

async fn start(context: &Context, args: StartArgs, signals: &Signals) -> Result<(), Failure> {
    let engine = engine_for(&args.dir.dir, args.answers.engine_options(context));
    let config = ServerConfig { dir: args.dir.dir, port: args.port };
    let server = serve(config, engine).await?;
    context.out.report(&server.record(), |_| {
        format!("DATABRICKS_HOST={}\nDATABRICKS_TOKEN={}\n", server.host, server.token)
    })?;
    if !context.out.json() {
        context.out.log(&format!("the workspace in {} runs until you press Ctrl-C", server.dir.display()));
    }
    signals.cancel.wait().await;
    server.stop().await;
    Ok(())
}
