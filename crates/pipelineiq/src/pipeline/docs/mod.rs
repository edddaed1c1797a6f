//! Documentation made from the registry: the reference of enrichments and two diagrams. Pure: the caller writes them.

mod architecture;
mod overview;
mod reference;
mod svg;

use std::collections::BTreeMap;

use super::registry::Registry;

/// The generated files, by their path from the project folder, with `/`.
pub fn pages(registry: &Registry) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("docs/enrichments.md", reference::page(registry)),
        ("docs/pipeline_overview.svg", overview::picture(registry)),
        ("docs/pipeline_architecture.svg", architecture::picture(registry)),
    ])
}
