//! What rendering made of a bundle, as far as a deploy needs it.

use std::collections::BTreeMap;

/// The files that templates made, ready to be deployed.
#[derive(Debug, Default)]
pub struct Rendered {
    /// Contents by path in the bundle folder, with `/`. `databricks.yml` is among them.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The file of each dashboard resource, by the resource's key. Resources with a text of their own have none.
    pub dashboards: BTreeMap<String, String>,
    /// Whether the rendered files take the place of those in the bundle folder: they are then uploaded, and the YAML
    /// files beside them are not.
    pub replaces_sources: bool,
}
