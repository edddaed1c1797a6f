//! A session: the connection to a target's workspace, who the caller is there, and the project as that target sees it.

use std::collections::BTreeMap;
use std::sync::Arc;

use pipelineiq::render::{Bundle, failed_cell, read_project_content, render};
use piq_bundle::{CurrentUser, Hook, TargetBundle, TargetFacts};
use piq_databricks::auth::{Inputs, Settings, authenticate};
use piq_databricks::workspace::{Identity as _, Me, Remote, Workspace as _};
use piq_deploy::{
    Built, Desired, Rendered, Site, StateAhead, build, build_artifacts, look_up, read_files, read_libraries,
    shared_root,
};
use piq_diagnostics::{Diagnostic, Diagnostics, Failure};
use piq_local::engine::EngineError;

use crate::context::answers::AnswersArgs;
use crate::context::connection::{bundle_settings, connect_remote};
use crate::context::identity_cache::IdentityCache;
use crate::context::local_workspace::LocalWorkspace;
use crate::context::options::WorkspaceOptions;
use crate::context::overrides::Overrides;
use crate::context::project::is_local;
use crate::context::signals::{Signals, block_on};
use crate::context::{Context, hooks};

/// An open connection for one target.
pub(crate) struct Session {
    /// With the caller's identity and the target's mode applied.
    pub project: TargetBundle,
    pub me: Me,
    pub site: Site,
    pub settings: Settings,
    pub workspace: Remote,
    /// The state, if it was read ahead.
    pub ahead: Option<StateAhead>,
    local: Option<LocalWorkspace>,
}

/// How a session is opened.
pub(crate) struct SessionOptions<'a> {
    options: &'a WorkspaceOptions,
    answers: AnswersArgs,
    lookups: bool,
    ahead: bool,
}

impl WorkspaceOptions {
    /// A session that knows the values of looked-up variables.
    pub(crate) fn session(&self) -> SessionOptions<'_> {
        SessionOptions { options: self, answers: AnswersArgs::default(), lookups: true, ahead: false }
    }

    /// A session that looks no variables up: what was deployed is found without their values.
    pub(crate) fn session_without_lookups(&self) -> SessionOptions<'_> {
        SessionOptions { lookups: false, ..self.session() }
    }
}

impl SessionOptions<'_> {
    /// Reads the state while it asks who the caller is, where its path does not hang on that.
    pub(crate) fn with_state(self) -> Self {
        Self { ahead: true, ..self }
    }

    /// Takes the answers of AI functions from where the flags say.
    pub(crate) fn with_answers(self, answers: &AnswersArgs) -> Self {
        Self { answers: answers.clone(), ..self }
    }
}

/// Opens a session, does some work in it that looks at the signals itself, and ends the session whatever came of it.
pub(crate) fn in_session<T>(
    context: &Context,
    project: TargetBundle,
    options: SessionOptions<'_>,
    work: impl AsyncFnOnce(&Arc<Session>, &Signals) -> Result<T, Failure>,
) -> Result<T, Failure> {
    block_on(async |signals| {
        let session = Arc::new(signals.or_stop(Session::open(context, project, options)).await?);
        let done = work(&session, signals).await;
        end(session.local.as_ref(), done.is_err() && signals.cancel.is_requested()).await;
        done
    })
}

/// The same for work that only reads: a signal drops it at any point.
pub(crate) fn read_in_session<T>(
    context: &Context,
    project: TargetBundle,
    options: SessionOptions<'_>,
    work: impl AsyncFnOnce(&Arc<Session>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    in_session(context, project, options, async |session, signals| signals.or_stop(work(session)).await)
}

/// Host and credentials of a target's workspace, before any request.
pub(crate) struct Credentials {
    pub settings: Settings,
    local: Option<LocalWorkspace>,
}

impl Credentials {
    /// Reads the settings; starts the local workspace if the target needs it and it does not run.
    async fn read(context: &Context, project: &TargetBundle, answers: &AnswersArgs) -> Result<Self, Failure> {
        if !is_local(project) {
            if answers.given() {
                return Err(Failure::usage("`--record` and `--replay` need the target `local`"));
            }
            let settings = Settings::resolve(&Inputs {
                profile: context.global.profile.as_deref(),
                env: &context.env,
                bundle: Some(bundle_settings(&project.workspace)),
            })?;
            return Ok(Self { settings, local: None });
        }
        let local = LocalWorkspace::of_project(context, &project.project_dir, answers).await?;
        Ok(Self { settings: Settings::local(&local.host, &local.token), local: Some(local) })
    }
}

/// Does some work with the credentials of a target, without a request to its workspace.
pub(crate) fn with_credentials<T>(
    context: &Context,
    project: &TargetBundle,
    answers: &AnswersArgs,
    work: impl AsyncFnOnce(&Settings, &Signals) -> Result<T, Failure>,
) -> Result<T, Failure> {
    block_on(async |signals| {
        let Credentials { settings, local } = signals.or_stop(Credentials::read(context, project, answers)).await?;
        let done = work(&settings, signals).await;
        end(local.as_ref(), done.is_err() && signals.cancel.is_requested()).await;
        done
    })
}

/// Opens a session that its caller closes.
pub(crate) async fn open_session(
    context: &Context,
    project: TargetBundle,
    options: SessionOptions<'_>,
) -> Result<Session, Failure> {
    Session::open(context, project, options).await
}

/// Closes a session; at once if the command was interrupted.
pub(crate) async fn close_session(session: &Session, interrupted: bool) {
    end(session.local.as_ref(), interrupted).await;
}

/// Ends the use of the local workspace. One that this command started is stopped when no other command uses it, or at
/// once if this command was interrupted.
async fn end(local: Option<&LocalWorkspace>, interrupted: bool) {
    match local {
        Some(local) if interrupted => local.stop().await,
        Some(local) => local.close().await,
        None => {}
    }
}

/// Who the workspace says deploys, as references of a bundle see them.
pub(crate) fn current_user(me: &Me) -> CurrentUser {
    CurrentUser::new(me.user_name.clone()).with_fields(me.fields.clone())
}

impl Session {
    async fn open(context: &Context, project: TargetBundle, session: SessionOptions<'_>) -> Result<Self, Failure> {
        let Credentials { settings, local } = Credentials::read(context, &project, &session.answers).await?;
        let connection = authenticate(&settings).await?;
        let workspace = connect_remote(context, &connection, session.options.limits())?;
        let cache = IdentityCache::of(&project.project_dir);
        let key = connection.identity_key();
        let known = key.and_then(|key| cache.get(key));
        let Start { me, values, ahead } = start(&workspace, &project, &session, known.as_ref()).await?;
        if let Some(key) = key.filter(|_| known.is_none()) {
            cache.put(key, &me);
        }
        let facts = TargetFacts::of(current_user(&me), values).at(workspace.host());
        let project = project.loaded.for_target(&facts)?;
        hooks::run(context, &project, Hook::PostInit)?;
        let site = Site::new(&project, &me);
        Ok(Self { project, me, site, settings, workspace, ahead, local })
    }

    /// The local workspace, if the target is the one on this machine.
    pub(crate) fn local(&self) -> Option<&LocalWorkspace> {
        self.local.as_ref()
    }

    /// Whether the error of a task is a fault of this machine: no cell is to blame, another would have fared the same.
    pub(crate) fn is_of_this_machine(&self, error: Option<&str>) -> bool {
        let read = error.and_then(EngineError::read).filter(|_| self.local.is_some());
        read.is_some_and(|e| !e.is_of_the_statement())
    }

    /// Where in the project the SQL of a failed cell comes from, if the project still renders.
    pub(crate) fn place_of(&self, error: Option<&str>, trace: Option<&str>) -> Option<Diagnostic> {
        let content = read_project_content(&self.project).ok()?;
        let found = failed_cell(&render(&self.project, &content).ok()?, &content, error?, trace?)?;
        let no_source = found.hints.iter().any(|hint| hint.contains("`piq doctor source`"));
        let local = no_source && self.local.is_some();
        Some(if local {
            found.hint("`piq sample-data` writes sample use cases, `piq load FILE --as-source` loads your own")
        } else {
            found
        })
    }

    /// Builds the artifacts, with the bundle's scripts around it. A failed check of the target's mode that is overridden
    /// is only logged.
    pub(crate) fn build(&self, context: &Context, overrides: &Overrides) -> Result<Built, Failure> {
        let user = current_user(&self.me);
        let found = self.project.check_mode(&user, self.me.service_principal);
        let (overridden, refusals): (Vec<_>, Vec<_>) = found.into_iter().partition(|d| overrides.has(d.code));
        if !refusals.is_empty() {
            let with_way_out = |d: Diagnostic| {
                let code = d.code;
                d.hint(format!(
                    "`piq deploy --override {code}` overrides this check, and so does the variable `piq_override: {code}`; `piq deploy --force` overrides all"
                ))
            };
            return Err(Diagnostics(refusals.into_iter().map(with_way_out).collect()).into());
        }
        for refusal in &overridden {
            context.out.log(&format!("forced ({}): {}", refusal.code, refusal.message));
        }
        if let Some(warning) = shared_root(&self.project) {
            context.out.log(&format!("warning: {warning}"));
        }
        hooks::run(context, &self.project, Hook::PreBuild)?;
        let built = build_artifacts(&self.project, &context.env, &|line| context.out.log(line))?;
        hooks::run(context, &self.project, Hook::PostBuild)?;
        Ok(built)
    }

    /// What the target wants, from the files as they are now. A project with a pipeline is rendered whole, so its
    /// rendered files replace their sources.
    pub(crate) fn desired(&self, built: &Built) -> Result<Desired, Failure> {
        let rendered = to_deploy(render(&self.project, &read_project_content(&self.project)?)?);
        let libraries = read_libraries(&self.project, built)?;
        Ok(build(&self.project, &rendered, read_files(&self.project)?, &libraries, &self.me)?)
    }

    /// The comment of a table of the local workspace; none elsewhere, and for a table without one.
    pub(crate) async fn local_table_comment(&self, table: &str) -> Result<Option<String>, Failure> {
        match &self.local {
            Some(local) => Ok(local.control.table_comment(table).await?),
            None => Ok(None),
        }
    }

    /// Where the answers of AI functions come from, if the workspace is the local one.
    pub(crate) async fn answer_source(&self) -> Option<String> {
        self.local.as_ref()?.control.answer_source().await.ok()
    }

    /// Whether runs in the workspace end with this command.
    pub(crate) fn ends_here(&self) -> bool {
        self.local.as_ref().is_some_and(LocalWorkspace::ends_here)
    }
}

/// A rendered bundle as a deploy takes it. A project with a pipeline is rendered whole.
pub(crate) fn to_deploy(bundle: Bundle) -> Rendered {
    let replaces_sources = bundle.registry.is_some();
    let files = bundle.files.into_iter().map(|(path, file)| (path, file.bytes)).collect();
    Rendered { files, dashboards: bundle.dashboards, replaces_sources }
}

/// What a session learns from the workspace first.
struct Start {
    me: Me,
    values: BTreeMap<String, String>,
    ahead: Option<StateAhead>,
}

/// The caller, the values of looked-up variables and the state, at the same time.
async fn start(
    workspace: &Remote,
    project: &TargetBundle,
    session: &SessionOptions<'_>,
    known: Option<&Me>,
) -> Result<Start, Failure> {
    let me = async {
        match known {
            Some(me) => Ok(me.clone()),
            None => Ok::<_, Failure>(workspace.me().await?),
        }
    };
    let values = async {
        match session.lookups {
            true => Ok(look_up(workspace, &project.lookups).await?),
            false => Ok(BTreeMap::new()),
        }
    };
    let state_dir = &project.workspace.state_path;
    let asks = known.is_none() || (session.lookups && !project.lookups.is_empty());
    let ahead = async {
        match session.ahead && asks && state_dir.starts_with('/') && !state_dir.contains("${") {
            true => Ok(Some(StateAhead::read(workspace, state_dir).await?)),
            false => Ok(None),
        }
    };
    let (me, values, ahead) = futures_util::future::try_join3(me, values, ahead).await?;
    Ok(Start { me, values, ahead })
}
