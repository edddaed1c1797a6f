//! What the workspace adds to a dashboard by itself.

/// What the workspace adds to a dashboard that nobody wrote there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Defaults<'a> {
    /// Catalog that was sent for datasets without one.
    pub dataset_catalog: Option<&'a str>,
    /// Schema that was sent for datasets without one.
    pub dataset_schema: Option<&'a str>,
}
