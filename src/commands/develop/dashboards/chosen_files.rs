//! Which dashboard files a command is about.

use std::path::{Path, PathBuf};

use piq_diagnostics::{Failure, FailureContext as _};
use piq_lakeview::files;

use crate::context::Context;

/// Where the search for the project starts.
pub(crate) fn start_folder(context: &Context) -> Result<PathBuf, Failure> {
    match &context.global.directory {
        Some(directory) => Ok(directory.clone()),
        None => Ok(std::env::current_dir().context("cannot tell the current folder")?),
    }
}

/// The named files, or all dashboards of the project.
pub(crate) fn chosen_files(context: &Context, given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    let start = start_folder(context)?;
    let project = files::project(&start).ok_or_else(|| no_project(&start))?;
    files::dashboards(&project)
}

pub(crate) fn no_project(start: &Path) -> Failure {
    Failure::usage(format!("cannot find a project in `{}` or above", start.display())).hint("name the dashboard files")
}
