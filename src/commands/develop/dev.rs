//! `piq dev`

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use clap_complete::ArgValueCompleter;
use piq_bundle::{Hook, Mode, load};
use piq_deploy::{DeployReport, Options};
use piq_diagnostics::{Diagnostic, Failure, FailureKind};
use serde_json::json;

use crate::commands::deploy::deploy::deploy;
use crate::commands::deploy::run::{RunArgs, run};
use crate::commands::develop::validate::check_target;
use crate::context::complete::job_keys;
use crate::context::lock_args::LockArgs;
use crate::context::options::WorkspaceOptions;
use crate::context::overrides::Overrides;
use crate::context::pipeline::prepare_local;
use crate::context::project_watch::ProjectWatch;
use crate::context::session::{Session, close_session, open_session};
use crate::context::signals::{Signals, block_on};
use crate::context::{Context, hooks};
use crate::output::style::{dim, green, red};

/// Check and deploy every change of the project while you edit
///
/// Deploys when it starts, and after every change of a file that Git would keep. A change with errors shows them and is not
/// deployed; the next one is tried again. Refuses targets in production mode. Ctrl-C ends it; a local workspace that it
/// started ends with it.
#[derive(Debug, Clone, Args)]
pub(crate) struct DevArgs {
    /// Run this job after each deploy, or one of its tasks; without a name the only job
    #[arg(long, value_name = "JOB[.TASK]", num_args = 0..=1, add = ArgValueCompleter::new(job_keys))]
    run: Option<Option<String>>,
    /// Run only these tasks of the job
    #[arg(long, value_delimiter = ',', value_name = "TASK_KEYS", requires = "run")]
    only: Vec<String>,
    /// Delete resources that the bundle no longer has
    #[arg(long)]
    allow_delete: bool,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

impl DevArgs {
    /// What is run after a deploy.
    fn run(&self) -> Option<RunArgs> {
        let (job, task) = match self.run.as_ref()?.as_deref().map(|name| name.split_once('.').unwrap_or((name, ""))) {
            Some((job, task)) => (Some(job.to_owned()), task),
            None => (None, ""),
        };
        let task = (!task.is_empty()).then(|| task.to_owned());
        Some(RunArgs::of_tasks(job, self.only.iter().cloned().chain(task).collect(), self.workspace.clone()))
    }
}

pub(crate) fn cmd_dev(context: &Context, args: &DevArgs) -> Result<ExitCode, Failure> {
    let folder = piq_bundle::discover(context.start_folder())?.project_dir;
    // scripts and Python code of the bundle are named once
    hooks::before_reading(context)?;
    block_on(async |signals| {
        let mut watch = ProjectWatch::start(&folder)?;
        let mut dev = Dev { context, args, calm: context.calm(), kept: None, warnings: Vec::new() };
        let ended = dev.follow(&mut watch, signals).await;
        if let Some(session) = &dev.kept {
            close_session(session, signals.cancel.is_requested()).await;
        }
        match ended {
            Err(e) if e.kind == FailureKind::Interrupted => {
                context.out.log("stopped");
                Ok(ExitCode::SUCCESS)
            }
            other => other.map(|()| ExitCode::SUCCESS),
        }
    })
}

struct Dev<'a> {
    context: &'a Context,
    args: &'a DevArgs,
    /// Prints results and errors of a deploy, and not its steps.
    calm: Context,
    /// The first session: while it is open, so is the local workspace that it started.
    kept: Option<Session>,
    /// The warnings that were shown last.
    warnings: Vec<Diagnostic>,
}

impl Dev<'_> {
    /// Deploys, and again after each change, until a signal.
    async fn follow(&mut self, watch: &mut ProjectWatch, signals: &Signals) -> Result<(), Failure> {
        let mut changed: Vec<String> = Vec::new();
        loop {
            match self.deploy(&changed, signals).await {
                Ok(()) => {}
                Err(e) if matches!(e.kind, FailureKind::Interrupted | FailureKind::Usage) => return Err(e),
                // before anything was deployed nobody could sign in: waiting for a file does not help
                Err(e) if e.kind == FailureKind::Authentication => return Err(e),
                Err(e) => self.failed(&changed, &e),
            }
            if changed.is_empty() {
                self.context.out.log(&dim(&format!("watching {}; press Ctrl-C to stop", watch.root().display())));
            }
            changed = signals.or_stop(watch.next()).await?;
        }
    }

    /// Checks and deploys the project as it is now, and runs what was asked for if that changed anything.
    async fn deploy(&mut self, changed: &[String], signals: &Signals) -> Result<(), Failure> {
        let start = Instant::now();
        let checked = check_target(load(&self.context.load_options())?)?;
        let project = checked.project;
        if project.mode == Some(Mode::Production) {
            return Err(Failure::usage(format!("the target `{}` is in production mode", project.target))
                .hint("deploy it with `piq deploy`, from its branch"));
        }
        let warnings: Vec<Diagnostic> = project.warnings.iter().chain(&checked.desired.warnings).cloned().collect();
        if warnings != self.warnings {
            self.context.out.findings(&warnings);
            self.warnings = warnings;
        }
        let options = self.args.workspace.session().with_state();
        let session = signals.or_stop(open_session(&self.calm, project, options)).await?;
        let done = self.deploy_in(&session, changed, start, signals).await;
        match self.kept {
            // the local workspace goes on for the next change
            None => self.kept = Some(session),
            Some(_) => close_session(&session, false).await,
        }
        done
    }

    async fn deploy_in(
        &self,
        session: &Session,
        changed: &[String],
        start: Instant,
        signals: &Signals,
    ) -> Result<(), Failure> {
        prepare_local(&self.calm, session).await?;
        let options = Options {
            allow_delete: self.args.allow_delete,
            ..Options::new(self.args.lock.options(self.context, session), signals.cancel.clone())
        };
        let overrides = Overrides::read(&session.project, &[], false)?;
        let report = deploy(&self.calm, session, &options, &overrides, None).await?;
        hooks::run(&self.calm, &session.project, Hook::PostDeploy)?;
        self.deployed(changed, &report, start);
        let c = report.changes;
        if let Some(args) = self.args.run().filter(|_| c.created + c.updated + c.deleted > 0) {
            // a run that fails has shown why
            run(self.context, &args, session, signals).await?;
        }
        Ok(())
    }

    /// One line about a deploy.
    fn deployed(&self, changed: &[String], report: &DeployReport, start: Instant) {
        let seconds = start.elapsed().as_secs_f64();
        if self.context.out.json() {
            let line = json!({"changed": changed, "deployed": true, "changes": report.changes, "seconds": seconds});
            return self.context.out.result(&format!("{line}\n"));
        }
        let c = report.changes;
        let counts = [(c.created, "created"), (c.updated, "updated"), (c.deleted, "deleted")];
        let done: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, verb)| format!("{n} {verb}")).collect();
        let what = if done.is_empty() { "nothing to deploy".to_owned() } else { done.join(", ") };
        self.context.out.result(&format!("{} {what} {}\n", green(&named(changed)), dim(&format!("{seconds:.1} s"))));
    }

    /// What keeps a change from being deployed.
    fn failed(&self, changed: &[String], failure: &Failure) {
        if self.context.out.json() {
            self.context.out.result(&format!("{}\n", json!({"changed": changed, "deployed": false})));
        } else {
            self.context.out.result(&format!("{} not deployed\n", red(&named(changed))));
        }
        self.context.out.failure(failure);
    }
}

/// The files that changed, on one line.
fn named(changed: &[String]) -> String {
    match changed {
        [] => "start:".to_owned(),
        [one] => format!("{one}:"),
        [one, two] => format!("{one}, {two}:"),
        [one, rest @ ..] => format!("{one} and {} more:", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_change_of_many_files_is_one_line() {
        let files: Vec<String> = ["a.sql", "b.sql", "c.sql"].map(str::to_owned).to_vec();
        assert_eq!(named(&files[..0]), "start:");
        assert_eq!(named(&files[..2]), "a.sql, b.sql:");
        assert_eq!(named(&files), "a.sql and 2 more:");
    }
}
