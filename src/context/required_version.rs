//! A project may require a version of piq.

use pipelineiq::starter::{RECORD, read_record};
use piq_bundle::discover;
use piq_diagnostics::Failure;

use crate::context::Context;

/// Refuses a project that requires another version. A folder without a project requires none.
pub(crate) fn check_required_version(context: &Context) -> Result<(), Failure> {
    let Ok(found) = discover(context.start_folder()) else { return Ok(()) };
    let Some(record) = read_record(&found.project_dir)? else { return Ok(()) };
    record.check_version(env!("CARGO_PKG_VERSION")).map_err(|message| {
        let hint = format!("install a version of piq that fits, or change `required_version` in {RECORD}");
        Failure::refused(message).hint(hint)
    })
}
