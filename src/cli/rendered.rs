//! From what rendering made to what a deploy takes.

use pipelineiq::render::Bundle;
use piq_deploy::Rendered;

/// The rendered files as a deploy takes them. A project with a pipeline is rendered whole, so its files take the place
/// of their sources.
pub(crate) fn for_deploy(bundle: Bundle) -> Rendered {
    let files = bundle.files.into_iter().map(|(path, file)| (path, file.bytes)).collect();
    Rendered { files, dashboards: bundle.dashboards, replaces_sources: bundle.registry.is_some() }
}
