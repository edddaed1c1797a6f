//! `piq workspace`: the local workspace as a server of its own.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use piq_diagnostics::FailureContext as _;

use super::progress::confirm;
use super::{AnswersArgs, Context, Failure};
use piq_local::{ServerConfig, engine_for, reset, reset_contents, serve};

/// Runs a workspace on this machine that speaks the REST API of Databricks
#[derive(Debug, Args)]
pub(super) struct WorkspaceArgs {
    #[command(subcommand)]
    command: WorkspaceCommand,
}

#[derive(Debug, Subcommand)]
enum WorkspaceCommand {
    /// Serves the workspace on loopback until it is stopped by SIGTERM or SIGINT; its state survives
    Start(StartArgs),
    /// Delete the workspace: its files, jobs, runs and tables
    Reset(ResetArgs),
}

#[derive(Debug, Args)]
struct StartArgs {
    /// Port on loopback; the system chooses one if left out
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

/// `50ms`, `30s`, `5m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let whole = |number: &str| number.parse::<u64>().ok();
    let parsed = if let Some(number) = text.strip_suffix("ms") {
        whole(number).map(Duration::from_millis)
    } else if let Some(number) = text.strip_suffix('s') {
        whole(number).map(Duration::from_secs)
    } else {
        text.strip_suffix('m').and_then(whole).and_then(|n| n.checked_mul(60)).map(Duration::from_secs)
    };
    parsed.ok_or_else(|| format!("`{text}` is not a duration such as `50ms`, `30s` or `5m`"))
}

pub(super) fn cmd_workspace(context: &Context, args: WorkspaceArgs) -> Result<ExitCode, Failure> {
    match args.command {
        WorkspaceCommand::Start(args) => {
            let runtime = tokio::runtime::Runtime::new().context("cannot start the asynchronous runtime")?;
            runtime.block_on(start(context, args))?;
        }
        WorkspaceCommand::Reset(args) => reset_workspace(context, &args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Deletes a workspace that piq made, when a person agrees.
fn reset_workspace(context: &Context, args: &ResetArgs) -> Result<(), Failure> {
    let dir = &args.dir.dir;
    if !dir.exists() {
        context.out.talk(&format!("nothing to delete: {} does not exist", dir.display()));
        return Ok(());
    }
    let contents = reset_contents(dir)?;
    let shown = dir.display();
    context.out.talk(&format!("delete the workspace in {shown} ({} files, {} bytes)", contents.files, contents.bytes));
    for foreign in &contents.foreign {
        context.out.talk(&format!("keep {}: the workspace did not make it", foreign.display()));
    }
    if !args.yes && !confirm("Delete the workspace?") {
        return Err(Failure::refused("nothing was deleted").hint("pass `--yes`, or say yes at a terminal"));
    }
    reset(dir)?;
    context.out.talk(&format!("deleted the workspace in {shown}"));
    Ok(())
}

async fn start(context: &Context, args: StartArgs) -> Result<(), Failure> {
    // asked for before the server is announced: a signal right after that must not kill the process
    let stop = stop_signal().context("cannot listen for signals")?;
    let engine = engine_for(&args.dir.dir, args.answers.engine_options(context));
    let config = ServerConfig { dir: args.dir.dir, port: args.port };
    let server = serve(config, engine).await?;
    if context.out.json() {
        let line = serde_json::to_string(&server.record()).context("cannot write the result as JSON")?;
        context.out.result(&format!("{line}\n"));
    } else {
        context.out.result(&format!("DATABRICKS_HOST={}\nDATABRICKS_TOKEN={}\n", server.host, server.token));
        context.out.talk(&format!("the workspace in {} runs until you press Ctrl-C", server.dir.display()));
    }
    stop.await;
    server.stop().await;
    Ok(())
}

/// Ends when the process is asked to stop.
#[cfg(unix)]
pub(super) fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Ends when the process is asked to stop.
#[cfg(not(unix))]
pub(super) fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
