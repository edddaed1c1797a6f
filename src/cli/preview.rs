//! `piq dashboards preview`: dashboards in the browser, with data from the target.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use clap::Args;
use serde_json::json;

use super::session::{Session, WorkspaceOptions, block_on, is_local, project, workspace_failure};
use super::{Context, Failure};
use pipelineiq::render::target_value;
use piq_databricks::workspace::{
    ResultSet, StatementRequest, Statements, Warehouses as _, Workspace as _, WorkspaceError,
};
use piq_lakeview::files;
use piq_preview::{Namespaces, Preview, Server, Statement, Target, Warehouse, serve};

/// Shows dashboards in the browser, with data from the target's SQL endpoint
///
/// Every widget is drawn with what its query gives on the target (`-t local` is the workspace on this machine). The page
/// follows changes of the files, and on this machine the end of a run; `r` reads the data again. It is served on loopback
/// alone, under an address with a secret in it, until you press Ctrl-C. Exit code: 0 done, 1 the target refused.
#[derive(Debug, Args)]
pub(super) struct PreviewArgs {
    /// Dashboard files; `dashboards/*.lvdash.json` of the project if left out
    files: Vec<PathBuf>,
    /// Port on loopback; the system chooses one if left out
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Writes one file that shows every page without a server and without a network, and ends
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Does not open a browser
    #[arg(long)]
    no_open: bool,
    /// Id of the SQL warehouse to ask; else the variable `warehouse_id`, else one that runs
    #[arg(long, value_name = "ID")]
    warehouse: Option<String>,
    #[command(flatten)]
    workspace: WorkspaceOptions,
}

/// The session's connection, shared with the page's requests.
struct Shared(Arc<Session>);

#[async_trait]
impl Statements for Shared {
    async fn execute_statement(&self, request: &StatementRequest) -> Result<ResultSet, WorkspaceError> {
        self.0.workspace.execute_statement(request).await
    }
}

pub(super) fn cmd_preview(context: &Context, args: &PreviewArgs) -> Result<ExitCode, Failure> {
    let project = project(context)?;
    let paths = if args.files.is_empty() { files::dashboards(&project.project_dir)? } else { args.files.clone() };
    if paths.is_empty() {
        return Err(Failure::Usage("no dashboards: the project has no `dashboards/*.lvdash.json`".to_owned()));
    }
    if let Some(missing) = args.files.iter().find(|f| !f.is_file()) {
        return Err(Failure::Usage(format!("there is no file `{}`", missing.display())));
    }
    block_on(async {
        // asked for before the page is announced: a signal right after that must not kill the process
        let stop = super::workspace::stop_signal().context("cannot listen for signals")?;
        let session = Arc::new(Session::open(context, project, &args.workspace).await?);
        let done = show(context, args, &session, &paths, stop).await;
        session.close().await;
        done
    })?
}

async fn show(
    context: &Context,
    args: &PreviewArgs,
    session: &Arc<Session>,
    paths: &[PathBuf],
    stop: impl Future<Output = ()>,
) -> Result<ExitCode, Failure> {
    let preview = of_session(session, paths, args.warehouse.clone()).await?;
    if let Some(file) = &args.export {
        return export(context, &preview, file).await;
    }
    let server = start(preview, args.port).await?;
    if context.out.json() {
        context.out.result(&format!("{}\n", json!({"url": server.url})));
    } else {
        context.out.result(&format!("{}\n", server.url));
        context.out.talk("the preview runs until you press Ctrl-C");
    }
    if !args.no_open && std::io::stderr().is_terminal() {
        browse(&server.url);
    }
    stop.await;
    Ok(ExitCode::SUCCESS)
}

/// A preview of these dashboards with data from the session's target.
pub(super) async fn of_session(
    session: &Arc<Session>,
    paths: &[PathBuf],
    warehouse_id: Option<String>,
) -> Result<Preview, Failure> {
    let warehouse = match warehouse_id {
        Some(id) => id,
        None => warehouse(session).await?,
    };
    let value = |name: &str| target_value(&session.project, name).map_err(|d| Failure::Diagnostics(d.into()));
    let namespaces = Namespaces { catalog: value("catalog")?, schema: value("schema")? };
    let host = session.workspace.host().to_owned();
    let local = is_local(&session.project);
    let probe = Statement {
        sql: "SELECT CAST(max(piq_last_updated) AS STRING) FROM pipelineiq".to_owned(),
        catalog: namespaces.catalog.clone(),
        schema: namespaces.schema.clone(),
        ..Statement::default()
    };
    let target = Target { name: session.project.target.clone(), host, namespaces };
    let endpoint = Warehouse::new(Arc::new(Shared(Arc::clone(session))), warehouse);
    let endpoint = if local { endpoint.probing(probe) } else { endpoint };
    Ok(Preview::new(paths, Box::new(endpoint), target, now))
}

/// Serves a preview under an address with a secret in it.
pub(super) async fn start(preview: Preview, port: u16) -> Result<Server, Failure> {
    let server = serve(Arc::new(preview), port, &token()?).await;
    Ok(server.with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?)
}

async fn export(context: &Context, preview: &Preview, file: &Path) -> Result<ExitCode, Failure> {
    let (html, coverage) = preview.export().await;
    let shown = file.display();
    std::fs::write(file, html).with_context(|| format!("cannot write `{shown}`"))?;
    let (drawn, unsupported, failed) = (coverage.drawn, coverage.unsupported, coverage.failed);
    if context.out.json() {
        let result = json!({"file": file, "drawn": drawn, "unsupported": unsupported, "failed": failed});
        context.out.result(&format!("{result}\n"));
    } else {
        context.out.talk(&format!("{shown}: {drawn} widgets drawn, {unsupported} unsupported, {failed} failed"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The warehouse that the target's dashboards ask, else one that runs, else any.
pub(super) async fn warehouse(session: &Session) -> Result<String, Failure> {
    let project = &session.project;
    if let Some(id) = project.variables.get("warehouse_id").and_then(|v| v.as_str()).filter(|v| !v.contains("${")) {
        return Ok(id.to_owned());
    }
    let all = session.workspace.warehouses().await.map_err(workspace_failure)?;
    let wanted = project.lookups.iter().find(|l| l.variable == "warehouse_id").and_then(|l| l.name.as_str());
    let named = wanted.and_then(|name| all.iter().find(|w| w.name == name));
    let found = named.or_else(|| all.iter().find(|w| w.state == "RUNNING")).or(all.first());
    found.map(|w| w.id.clone()).ok_or_else(|| {
        Failure::Other(anyhow::anyhow!(
            "the workspace has no SQL warehouse that you may use: give one with `--warehouse`"
        ))
    })
}

fn now() -> jiff::civil::DateTime {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).datetime()
}

fn token() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| anyhow::anyhow!("the system gives no random numbers: {e}"))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// Opens the address in the browser. Where there is none the address that was printed has to do.
fn browse(url: &str) {
    let (program, before): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(before).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _ = command.spawn();
}
