//! Which dashboard files a command is about.

use std::path::{Path, PathBuf};

use piq_diagnostics::FailureContext as _;

use super::{Context, Failure};
use piq_lakeview::files;

/// Where the search for the project starts.
pub(super) fn start_folder(context: &Context) -> Result<PathBuf, Failure> {
    match &context.global.directory {
        Some(directory) => Ok(directory.clone()),
        None => Ok(std::env::current_dir().context("cannot tell the current folder")?),
    }
}

/// The files that were named; all dashboards of the project if none were.
pub(super) fn chosen_files(context: &Context, given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    let start = start_folder(context)?;
    let project = files::project(&start).ok_or_else(|| no_project(&start))?;
    files::dashboards(&project)
}

/// Nothing was named, and there is no project.
pub(super) fn no_project(start: &Path) -> Failure {
    Failure::usage(format!("no project in `{}` or above it: name the dashboard files", start.display()))
}
