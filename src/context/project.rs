//! The project of the command line.

use piq_bundle::{TargetBundle, load};
use piq_diagnostics::Failure;

use crate::context::{Context, hooks};

/// The target that runs on this machine, unless it names a host.
pub(crate) const LOCAL: &str = "local";

/// Loads the project and prints its warnings.
pub(crate) fn load_project(context: &Context) -> Result<TargetBundle, Failure> {
    hooks::before_reading(context)?;
    let project = load(&context.load_options())?;
    context.out.findings(&project.warnings);
    Ok(project)
}

/// Whether the target is the workspace on this machine.
pub(crate) fn is_local(project: &TargetBundle) -> bool {
    project.target == LOCAL && project.workspace.host.is_none()
}
