//! The workspace on this machine: the one that runs, or one that is started for the command and stays while other
//! commands use it.

use std::path::Path;
use std::time::{Duration, Instant};

use piq_diagnostics::own_folder::OwnFolder;
use piq_diagnostics::{Failure, FailureContext as _};
use piq_local::{Control, RunningServer, ServeError, ServerConfig, StoreError, Visit, engine_for, find_running, serve};
use tokio::sync::Mutex;

use crate::context::Context;
use crate::context::answers::AnswersArgs;
use crate::context::signals::stop_signal;
use crate::output::printer::Printer;

/// How long a workspace may take between taking its folder and answering, or the other way round.
const BETWEEN: Duration = Duration::from_secs(10);

/// The local workspace, as one command has it.
pub(crate) struct LocalWorkspace {
    /// Its address.
    pub host: String,
    /// The token of its owner.
    pub token: String,
    /// What it does besides the REST API.
    pub control: Control,
    /// What was started for this command, until it is stopped.
    server: Mutex<Option<RunningServer>>,
    started: bool,
    out: Printer,
    _visit: Option<Visit>,
}

impl LocalWorkspace {
    /// The workspace of a project, in piq's own folder.
    pub(crate) async fn of_project(
        context: &Context,
        project_dir: &Path,
        answers: &AnswersArgs,
    ) -> Result<Self, Failure> {
        let own = OwnFolder::of(project_dir, "");
        own.make().with_context(|| format!("cannot create the workspace of `{}`", project_dir.display()))?;
        let dir = own.file("workspace");
        if dir.is_symlink() {
            return Err(Failure::refused(format!("`{}` is a link; piq writes to a folder of its own", dir.display()))
                .hint("remove the link, or name a folder with `piq workspace start --dir`"));
        }
        Self::open(context, &dir, answers).await
    }

    /// Uses the workspace in `dir` that runs, or starts it. Two commands at once use the same one.
    pub(crate) async fn open(context: &Context, dir: &Path, answers: &AnswersArgs) -> Result<Self, Failure> {
        let end = Instant::now() + BETWEEN;
        loop {
            match find_running(dir) {
                Some(record) if answers.given() => {
                    let message = format!("the workspace of this project already runs at {}", record.host);
                    return Err(
                        Failure::usage(message).hint("pass `--record` or `--replay` to its `piq workspace start`")
                    );
                }
                Some(record) => {
                    let control = Control::new(&record.host, &record.token);
                    match control.visit().await {
                        Ok(visit) => {
                            let (host, token, out) = (record.host, record.token, context.out.clone());
                            return Ok(Self {
                                host,
                                token,
                                control,
                                server: Mutex::new(None),
                                started: false,
                                out,
                                _visit: Some(visit),
                            });
                        }
                        Err(e) if Instant::now() >= end => return Err(e.into()),
                        // it is just about to stop
                        Err(_) => {}
                    }
                }
                None => {
                    let config = ServerConfig { dir: dir.to_owned(), ..ServerConfig::default() };
                    match serve(config, engine_for(dir, answers.engine_options(context))).await {
                        Ok(server) => {
                            let (host, token, out) = (server.host.clone(), server.token.clone(), context.out.clone());
                            let control = Control::new(&host, &token);
                            let server = Mutex::new(Some(server));
                            return Ok(Self { host, token, control, server, started: true, out, _visit: None });
                        }
                        // another command is just about to start it
                        Err(ServeError::Store(StoreError::Held(_))) if Instant::now() < end => {}
                        Err(e) => return Err(e.into()),
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Whether what runs there ends with this command.
    pub(crate) fn ends_here(&self) -> bool {
        self.started
    }

    /// Stops the workspace if this command started it, when no other command uses it any more.
    pub(crate) async fn close(&self) {
        let mut slot = self.server.lock().await;
        let Some(server) = slot.as_ref() else { return };
        if server.guests() > 0 {
            self.out.log("another piq uses the workspace that this command started; waiting for it to finish");
            if let Ok(stop) = stop_signal() {
                tokio::select! {
                    () = server.alone() => {}
                    () = stop => {}
                }
            }
        } else {
            server.alone().await;
        }
        if let Some(server) = slot.take() {
            server.stop().await;
        }
    }

    /// Stops the workspace if this command started it, whoever uses it.
    pub(crate) async fn stop(&self) {
        if let Some(server) = self.server.lock().await.take() {
            server.stop().await;
        }
    }
}
