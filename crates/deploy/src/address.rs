//! Where a browser shows a resource.

use piq_bundle::ResourceKind;

/// The address of a resource in the pages of its workspace.
pub(super) fn address(host: &str, kind: ResourceKind, id: &str) -> String {
    match kind {
        ResourceKind::Job => format!("{host}/jobs/{id}"),
        ResourceKind::Dashboard => format!("{host}/dashboardsv3/{id}"),
        ResourceKind::Schema => format!("{host}/explore/data/{}", id.replace('.', "/")),
        ResourceKind::Volume => format!("{host}/explore/data/volumes/{}", id.replace('.', "/")),
        ResourceKind::SqlWarehouse => format!("{host}/sql/warehouses/{id}"),
    }
}
