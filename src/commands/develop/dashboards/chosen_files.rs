//! Which dashboard files a command is about.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pipelineiq::render::{dashboard_files, read_project_content};
use piq_bundle::{LoadOptions, load, targets};
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

/// The dashboard files outside of the project's `dashboards/` that a target's resources name, by their paths from the
/// project's folder: of the target that is chosen, else of all.
pub(crate) fn files_of_resources(context: &Context, project: &Path) -> Result<BTreeSet<String>, Failure> {
    let mut found = BTreeSet::new();
    let (names, chosen) = targets(&LoadOptions { start: project, ..context.load_options() })?;
    let wanted: Vec<Option<String>> = match chosen {
        Some(one) => vec![Some(one)],
        None if names.is_empty() => vec![None],
        None => names.into_iter().map(Some).collect(),
    };
    for target in wanted {
        let options = LoadOptions { start: project, target: target.as_deref(), ..context.load_options() };
        let bundle = load(&options)?;
        let content = read_project_content(&bundle)?;
        let paths = dashboard_files(&bundle, &content)?.into_values();
        found.extend(paths.filter(|path| !path.starts_with("dashboards/")));
    }
    Ok(found)
}

pub(crate) fn no_project(start: &Path) -> Failure {
    Failure::usage(format!("cannot find a project in `{}` or above", start.display())).hint("name the dashboard files")
}
