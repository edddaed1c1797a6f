//! The arguments of `piq dashboards preview`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::context::options::WorkspaceOptions;

/// The source of the preview's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PreviewData {
    /// The SQL endpoint of the target
    Target,
    /// Made up
    Synthetic,
}

/// Show dashboards in the browser, with data from the target's SQL endpoint
///
/// Draws every widget with the result of its query on the target (`-t local` is the workspace on this machine). The page
/// reloads when a file changes, and on this machine when a run ends; `r` reads the data again. It is served on loopback, under
/// a secret address, until you press Ctrl-C. Exit code: 0 done, 1 the target refused.
#[derive(Debug, Args)]
pub(crate) struct PreviewArgs {
    /// Dashboard files; by default `dashboards/*.lvdash.json` of the project
    pub(crate) files: Vec<PathBuf>,
    /// Port on loopback; 0 lets the system choose one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Write the dashboards and exit: FILE.html shows every page without a server or network, FILE.pdf has them on paper
    /// (with Chromium, Chrome or Edge), a folder gets one CSV for each widget
    #[arg(long, value_name = "PATH")]
    pub(crate) export: Option<PathBuf>,
    /// Where the data comes from; made-up data needs no workspace, and follows the types that the queries show
    #[arg(long, value_enum, default_value_t = PreviewData::Target)]
    pub(crate) data: PreviewData,
    /// Do not open a browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Id of the SQL warehouse; by default the variable `warehouse_id`, else a running one
    #[arg(long, value_name = "ID")]
    pub(crate) warehouse: Option<String>,
    #[command(flatten)]
    pub(crate) workspace: WorkspaceOptions,
}
