//! What the commands that talk to a workspace share: the project, the connection, who one is, and the local workspace
//! where the target is one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use piq_diagnostics::FailureContext as _;

use super::connection::{bundle_settings, connect};
use super::local::Local;
use super::signals::{self, Signals};
use super::{AnswersArgs, Context, Failure, hooks};
use pipelineiq::render::{failed_cell, read_project_content, render};
use piq_bundle::{CurrentUser, Facts, Hook, LoadOptions, Project, load};
use piq_databricks::auth::{Inputs, Settings};
use piq_databricks::workspace::{Identity as _, Limits, Me, Remote};
use piq_deploy::{Built, Desired, Site, build, build_artifacts, look_up, read_files, read_libraries};
use piq_diagnostics::{Diagnostic, Diagnostics, render as diagnostics};

/// The target of the workspace on this machine, if it names no address.
pub(super) const LOCAL: &str = "local";

/// Options of every command that talks to a workspace.
#[derive(Debug, Clone, Args)]
pub(super) struct WorkspaceOptions {
    /// Requests in flight at a time
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// How long a request that fails in passing is repeated, such as `30s` or `2m`
    #[arg(long, value_parser = super::workspace::duration, default_value = "2m", value_name = "TIME")]
    retry_timeout: Duration,
}

impl WorkspaceOptions {
    fn limits(&self) -> Limits {
        Limits { concurrency: self.concurrency.into(), retry: self.retry_timeout, ..Limits::default() }
    }
}

/// An open connection for one target.
pub(super) struct Session {
    /// The project, with who deploys and the target's mode applied.
    pub project: Project,
    /// Who the workspace takes us for.
    pub me: Me,
    /// Which deployment it is.
    pub site: Site,
    /// How it is authenticated.
    pub settings: Settings,
    /// The connection.
    pub workspace: Remote,
    local: Option<Local>,
}

/// The way to a target's workspace, before anything is asked there.
pub(super) struct Way {
    /// Host and authentication.
    pub settings: Settings,
    local: Option<Local>,
}

impl Way {
    /// Reads the settings; starts the local workspace if it is wanted and does not run.
    pub(super) async fn open(context: &Context, project: &Project, answers: &AnswersArgs) -> Result<Self, Failure> {
        let mut local = None;
        if answers.given() && !is_local(project) {
            return Err(Failure::usage("`--record` and `--replay` are for the target `local` only"));
        }
        let settings = if is_local(project) {
            let opened = Local::open(context, &project.project_dir.join(".piq/workspace"), answers).await?;
            let settings = Settings::local(&opened.host, &opened.token);
            local = Some(opened);
            settings
        } else {
            Settings::resolve(&Inputs {
                profile: context.global.profile.as_deref(),
                env: &context.env,
                bundle: Some(bundle_settings(&project.workspace)),
            })?
        };
        Ok(Self { settings, local })
    }

    /// Stops the local workspace if it was started here.
    pub(super) async fn end(self, signals: &Signals) {
        end(self.local.as_ref(), signals).await;
    }
}

/// Loads the project of the command line and shows its warnings.
pub(super) fn project(context: &Context) -> Result<Project, Failure> {
    hooks::before_reading(context)?;
    let global = &context.global;
    let start = global.directory.as_deref().unwrap_or(Path::new("."));
    let options = LoadOptions { start, target: global.target.as_deref(), vars: &global.vars, env: &context.env };
    let project = load(&options)?;
    context.out.raw_error(&diagnostics(&project.warnings, global.output().diagnostics()));
    Ok(project)
}

/// Whether the target is the workspace on this machine.
pub(super) fn is_local(project: &Project) -> bool {
    project.target == LOCAL && project.workspace.host.is_none()
}

/// Runs a command's asynchronous part.
pub(super) fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the asynchronous runtime")?;
    Ok(runtime.block_on(future))
}

/// Connects, does some work that signals may cancel, and ends the connection whatever came of it. What was deployed is
/// found without `lookup`, the values of looked-up variables.
pub(super) fn in_session<T>(
    context: &Context,
    options: &WorkspaceOptions,
    lookup: bool,
    work: impl AsyncFnOnce(&Session, &Signals) -> Result<T, Failure>,
) -> Result<T, Failure> {
    in_session_of(context, project(context)?, options, lookup, work)
}

/// The same for a project that is loaded.
pub(super) fn in_session_of<T>(
    context: &Context,
    project: Project,
    options: &WorkspaceOptions,
    lookup: bool,
    work: impl AsyncFnOnce(&Session, &Signals) -> Result<T, Failure>,
) -> Result<T, Failure> {
    block_on(async {
        let signals = signals::listen().context("cannot listen for signals")?;
        let answers = AnswersArgs::default();
        let open = Session::connect(context, project, options, &answers, lookup);
        let session = signals.or_stop(open).await?;
        let done = work(&session, &signals).await;
        session.end(&signals).await;
        done
    })?
}

impl Session {
    /// Connects, starts the local workspace if it is wanted and does not run, asks who we are and looks variables up.
    pub(super) async fn open(context: &Context, project: Project, options: &WorkspaceOptions) -> Result<Self, Failure> {
        Self::connect(context, project, options, &AnswersArgs::default(), true).await
    }

    /// The same without looking variables up: what was deployed is found without their values.
    pub(super) async fn open_deployed(
        context: &Context,
        project: Project,
        options: &WorkspaceOptions,
    ) -> Result<Self, Failure> {
        Self::connect(context, project, options, &AnswersArgs::default(), false).await
    }

    /// The same with the answers of AI functions from where the flags say, and with or without looking variables up.
    pub(super) async fn connect(
        context: &Context,
        project: Project,
        options: &WorkspaceOptions,
        answers: &AnswersArgs,
        lookup: bool,
    ) -> Result<Self, Failure> {
        let Way { settings, local } = Way::open(context, &project, answers).await?;
        let workspace = connect(context, &settings, options.limits()).await?;
        let (me, values) = identify(&workspace, &project, lookup).await?;
        let user = CurrentUser::new(me.user_name.clone());
        let project = project.loaded.for_target(&Facts::of(user, values))?;
        hooks::run(context, &project, Hook::PostInit)?;
        let site = Site::new(&project, &me);
        Ok(Self { project, me, site, settings, workspace, local })
    }

    /// The local workspace, if the target is the one on this machine.
    pub(super) fn local(&self) -> Option<&Local> {
        self.local.as_ref()
    }

    /// Where in the project the SQL of a failed cell comes from. A project that does not render has no such place.
    pub(super) fn place_of(&self, error: Option<&str>, trace: Option<&str>) -> Option<Diagnostic> {
        let bundle = render(&self.project, &read_project_content(&self.project).ok()?).ok()?;
        failed_cell(&bundle, error?, trace?)
    }

    /// Builds the artifacts, with the bundle's scripts around it.
    pub(super) fn build(&self, context: &Context) -> Result<Built, Failure> {
        let user = CurrentUser::new(self.me.user_name.clone());
        let refusals = self.project.check_mode(&user, self.me.service_principal);
        if !refusals.is_empty() {
            return Err(Diagnostics(refusals).into());
        }
        hooks::run(context, &self.project, Hook::PreBuild)?;
        let built = build_artifacts(&self.project, &context.env, &|line| context.out.talk(line))?;
        hooks::run(context, &self.project, Hook::PostBuild)?;
        Ok(built)
    }

    /// What the target wants, of the files as they are now.
    pub(super) fn desired(&self, built: &Built) -> Result<Desired, Failure> {
        let bundle = render(&self.project, &read_project_content(&self.project)?)?;
        let libraries = read_libraries(&self.project, built)?;
        Ok(build(
            &self.project,
            &super::rendered::for_deploy(bundle),
            read_files(&self.project)?,
            &libraries,
            &self.me,
        )?)
    }

    /// Where the answers of AI functions come from, if the workspace is the local one.
    pub(super) async fn answer_source(&self) -> Option<String> {
        self.local.as_ref()?.control.answer_source().await.ok()
    }

    /// Whether what runs in the workspace ends with this command.
    pub(super) fn ends_here(&self) -> bool {
        self.local.as_ref().is_some_and(Local::ends_here)
    }

    /// Ends the connection, and stops the local workspace if it was started here, when no other command uses it.
    pub(super) async fn close(&self) {
        if let Some(local) = &self.local {
            local.close().await;
        }
    }

    /// The same for a command that can be interrupted: if it was, nobody is waited for.
    pub(super) async fn end(&self, signals: &Signals) {
        end(self.local.as_ref(), signals).await;
    }
}

async fn end(local: Option<&Local>, signals: &Signals) {
    match local {
        Some(local) if signals.cancel.asked() => local.stop().await,
        Some(local) => local.close().await,
        None => {}
    }
}

/// Who we are, and the values of looked-up variables: neither waits for the other.
async fn identify(
    workspace: &Remote,
    project: &Project,
    lookup: bool,
) -> Result<(Me, BTreeMap<String, String>), Failure> {
    let me = async { workspace.me().await.map_err(Failure::from) };
    if !lookup {
        return Ok((me.await?, BTreeMap::new()));
    }
    let values = async { look_up(workspace, &project.lookups).await.map_err(Failure::from) };
    futures_util::future::try_join(me, values).await
}
