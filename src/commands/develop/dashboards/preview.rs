//! `piq dashboards preview`: dashboards in the browser, with data from the target.

use std::process::ExitCode;

use piq_diagnostics::Failure;

use crate::commands::develop::dashboards::preview_args::PreviewArgs;
use crate::context::Context;

/// Runs `piq dashboards preview`.
#[cfg(feature = "preview")]
pub(crate) fn cmd_preview(context: &Context, args: &PreviewArgs) -> Result<ExitCode, Failure> {
    crate::commands::develop::dashboards::preview_page::run(context, args)
}

#[cfg(not(feature = "preview"))]
pub(crate) fn cmd_preview(_: &Context, _: &PreviewArgs) -> Result<ExitCode, Failure> {
    Err(Failure::usage(WITHOUT_PREVIEW))
}

#[cfg(not(feature = "preview"))]
pub(crate) const WITHOUT_PREVIEW: &str =
    "this build of piq has no preview of dashboards; build it with `--features preview`";
