//! `piq state`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use piq_deploy::{DeployState, previous_state, read_state, restore_state};
use piq_diagnostics::Failure;
use serde_json::json;

use crate::context::Context;
use crate::context::lock_args::LockArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::project::load_project;
use crate::context::session::{Session, read_in_session};
use crate::output::progress::Lines;

/// Show or restore the record of what a target deployed
#[derive(Debug, Clone, Args)]
pub(crate) struct StateArgs {
    #[command(subcommand)]
    command: StateCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum StateCommand {
    /// Print the state as JSON
    Show {
        /// Print the state from before the last deploy
        #[arg(long)]
        previous: bool,
        #[command(flatten)]
        workspace: WorkspaceOptions,
    },
    /// Put the state from before the last deploy back, for a state that cannot be read
    ///
    /// Resources and files stay as they are. The next deploy compares them with the restored state.
    Restore {
        #[command(flatten)]
        lock: LockArgs,
        #[command(flatten)]
        workspace: WorkspaceOptions,
    },
}

pub(crate) fn cmd_state(context: &Context, args: &StateArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        StateCommand::Show { previous, workspace } => {
            let state = read_in_session(
                context,
                load_project(context)?,
                workspace.session_without_lookups(),
                async |session| show(session, *previous).await,
            )?;
            let bytes = state.bytes()?;
            context.out.result(&format!("{}\n", String::from_utf8_lossy(&bytes)));
        }
        StateCommand::Restore { lock, workspace } => {
            let state = read_in_session(
                context,
                load_project(context)?,
                workspace.session_without_lookups(),
                async |session| restore(context, lock, session).await,
            )?;
            if context.out.json() {
                context.out.result(&format!("{}\n", json!({"serial": state.serial})));
            } else {
                context.out.result(&format!("restored the state with serial {}\n", state.serial));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(session: &Session, previous: bool) -> Result<DeployState, Failure> {
    let (workspace, site) = (&session.workspace, &session.site);
    let state = if previous { previous_state(workspace, site).await } else { read_state(workspace, site).await };
    state?.ok_or_else(|| Failure::refused(format!("found no state of target `{}`", session.site.target)))
}

async fn restore(context: &Context, lock: &LockArgs, session: &Session) -> Result<DeployState, Failure> {
    let lines = Lines::new(&context.out, false);
    Ok(restore_state(&session.workspace, &session.site, &lock.options(context, session), &lines).await?)
}
