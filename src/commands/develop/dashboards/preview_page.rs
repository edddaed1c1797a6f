//! The page of `piq dashboards preview`.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use piq_databricks::workspace::{ResultSet, StatementRequest, StatementsApi, Workspace as _, WorkspaceError};
use piq_diagnostics::{Failure, FailureContext as _};
use piq_lakeview::files;
use piq_preview::{Kept, Namespaces, Preview, Server, Synthetic, Target, WarehouseEndpoint, WidgetStatement, serve};
use serde_json::json;

use crate::commands::develop::dashboards::preview_args::{PreviewArgs, PreviewData};
use crate::commands::develop::dashboards::{kept_filters, preview_export};
use crate::context::Context;
use crate::context::namespace::Namespace;
use crate::context::project::{is_local, load_project};
use crate::context::session::{Session, in_session};
use crate::context::signals::{Signals, block_on};
use crate::context::warehouse::choose_warehouse;

/// The session's connection, shared with the page's requests.
struct Shared(Arc<Session>);

#[async_trait]
impl StatementsApi for Shared {
    async fn execute_statement(&self, request: &StatementRequest) -> Result<ResultSet, WorkspaceError> {
        self.0.workspace.execute_statement(request).await
    }
}

pub(crate) fn run(context: &Context, args: &PreviewArgs) -> Result<ExitCode, Failure> {
    if args.data == PreviewData::Synthetic && !args.files.is_empty() {
        existing(args)?;
        return block_on(async |signals| {
            let preview = of_made_up_data(&args.files).with_kept_filters(Kept::default());
            show(context, args, preview, signals).await
        });
    }
    let project = load_project(context)?;
    let paths = if args.files.is_empty() { files::dashboards(&project.project_dir)? } else { args.files.clone() };
    if paths.is_empty() {
        return Err(Failure::usage("the project has no `dashboards/*.lvdash.json`"));
    }
    existing(args)?;
    let (kept, fault) = kept_filters::of_project(&project.project_dir);
    if let Some(fault) = fault {
        context.out.log(&fault);
    }
    if args.data == PreviewData::Synthetic {
        return block_on(async |signals| {
            show(context, args, of_made_up_data(&paths).with_kept_filters(kept), signals).await
        });
    }
    in_session(context, project, args.workspace.session(), async |session, signals| {
        let preview = signals.or_stop(of_session(session, &paths, args.warehouse.clone())).await?;
        show(context, args, preview.with_kept_filters(kept), signals).await
    })
}

fn existing(args: &PreviewArgs) -> Result<(), Failure> {
    match args.files.iter().find(|f| !f.is_file()) {
        Some(missing) => Err(Failure::usage(format!("cannot find `{}`", missing.display()))),
        None => Ok(()),
    }
}

/// A preview that needs no workspace, and says so.
fn of_made_up_data(paths: &[PathBuf]) -> Preview {
    let target = Target { name: "made-up data".to_owned(), ..Target::default() };
    Preview::new(paths, Box::new(Synthetic::of_files(paths)), target, now)
}

/// Exports the preview, or serves it until the user stops it.
async fn show(context: &Context, args: &PreviewArgs, preview: Preview, signals: &Signals) -> Result<ExitCode, Failure> {
    if let Some(file) = &args.export {
        return signals.or_stop(preview_export::export(context, &preview, file)).await;
    }
    let server = start(preview, args.port).await?;
    if context.out.json() {
        context.out.result(&format!("{}\n", json!({"url": server.url})));
    } else {
        context.out.result(&format!("{}\n", server.url));
        context.out.log("the preview runs until you press Ctrl-C");
    }
    if !args.no_open && std::io::stderr().is_terminal() {
        // the address is printed: without a browser the user opens it
        let _ = webbrowser::open(&server.url);
    }
    signals.cancel.wait().await;
    Ok(ExitCode::SUCCESS)
}

/// A preview of these dashboards with data from the session's target.
pub(crate) async fn of_session(
    session: &Arc<Session>,
    paths: &[PathBuf],
    warehouse_id: Option<String>,
) -> Result<Preview, Failure> {
    let warehouse = match warehouse_id {
        Some(id) => id.into(),
        None => choose_warehouse(session).await?,
    };
    let Namespace { catalog, schema } = Namespace::of_target(&session.project)?;
    let namespaces = Namespaces { catalog, schema };
    let host = session.workspace.host().to_owned();
    let local = is_local(&session.project);
    let probe = WidgetStatement {
        sql: "SELECT CAST(max(piq_last_updated) AS STRING) FROM pipelineiq".to_owned(),
        catalog: namespaces.catalog.clone(),
        schema: namespaces.schema.clone(),
        ..WidgetStatement::default()
    };
    let note = session.answer_source().await.map(|source| format!("answers: {source}"));
    let target = Target { name: session.project.target.clone(), host, namespaces, note };
    let endpoint = WarehouseEndpoint::new(Arc::new(Shared(Arc::clone(session))), warehouse);
    let endpoint = if local { endpoint.with_probe(probe) } else { endpoint };
    Ok(Preview::new(paths, Box::new(endpoint), target, now))
}

/// Serves a preview under an address with a secret in it.
pub(crate) async fn start(preview: Preview, port: u16) -> Result<Server, Failure> {
    let server = serve(Arc::new(preview), port, &token()?).await;
    server.with_context(|| format!("cannot listen on 127.0.0.1:{port}"))
}

fn now() -> jiff::civil::DateTime {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).datetime()
}

fn token() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("cannot read random numbers from the system")?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}
