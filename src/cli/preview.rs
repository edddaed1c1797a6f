//! `piq dashboards preview`: dashboards in the browser, with data from the target.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::session::{Session, WorkspaceOptions};
use super::{Context, Failure};
use piq_databricks::workspace::Warehouses as _;

/// Show dashboards in the browser, with data from the target's SQL endpoint
///
/// Every widget is drawn with what its query gives on the target (`-t local` is the workspace on this machine). The page
/// follows changes of the files, and on this machine the end of a run; `r` reads the data again. It is served on loopback
/// alone, under an address with a secret in it, until you press Ctrl-C. Exit code: 0 done, 1 the target refused.
#[derive(Debug, Args)]
pub(super) struct PreviewArgs {
    /// Dashboard files; `dashboards/*.lvdash.json` of the project if left out
    pub(super) files: Vec<PathBuf>,
    /// Port on loopback; the system chooses one if left out
    #[arg(long, default_value_t = 0)]
    pub(super) port: u16,
    /// Write one file that shows every page without a server and without a network, and exit
    #[arg(long, value_name = "FILE")]
    pub(super) export: Option<PathBuf>,
    /// Do not open a browser
    #[arg(long)]
    pub(super) no_open: bool,
    /// Id of the SQL warehouse to ask; else the variable `warehouse_id`, else one that runs
    #[arg(long, value_name = "ID")]
    pub(super) warehouse: Option<String>,
    #[command(flatten)]
    pub(super) workspace: WorkspaceOptions,
}

/// Runs `piq dashboards preview`.
#[cfg(feature = "preview")]
pub(super) fn cmd_preview(context: &Context, args: &PreviewArgs) -> Result<ExitCode, Failure> {
    super::preview_page::run(context, args)
}

/// Runs `piq dashboards preview` of a build that cannot draw.
#[cfg(not(feature = "preview"))]
pub(super) fn cmd_preview(_: &Context, _: &PreviewArgs) -> Result<ExitCode, Failure> {
    Err(Failure::usage(WITHOUT))
}

/// What commands say that cannot show dashboards.
#[cfg(not(feature = "preview"))]
pub(super) const WITHOUT: &str =
    "this piq was built without the preview of dashboards: build it with `--features preview`";

/// The warehouse that the target's dashboards ask, else one that runs, else any.
pub(super) async fn warehouse(session: &Session) -> Result<String, Failure> {
    let project = &session.project;
    if let Some(id) = project.variables.get("warehouse_id").and_then(|v| v.as_str()).filter(|v| !v.contains("${")) {
        return Ok(id.to_owned());
    }
    let all = session.workspace.warehouses().await?;
    let wanted = project.lookups.iter().find(|l| l.variable == "warehouse_id").and_then(|l| l.name.as_str());
    let named = wanted.and_then(|name| all.iter().find(|w| w.name == name));
    let found = named.or_else(|| all.iter().find(|w| w.state == "RUNNING")).or(all.first());
    found.map(|w| w.id.clone()).ok_or_else(|| {
        Failure::refused("the workspace has no SQL warehouse that you may use").hint("name one with `--warehouse`")
    })
}
