//! Keys of resources in plans and states: `KIND.KEY`.

use piq_bundle::ResourceKind;

/// The key of a resource in plans and states.
pub(crate) fn full_key(kind: ResourceKind, key: &str) -> String {
    format!("{}.{key}", kind.as_str())
}

/// The kind and the key in the bundle of a `KIND.KEY`.
pub(crate) fn split_key(full: &str) -> Option<(ResourceKind, &str)> {
    let (kind, key) = full.split_once('.')?;
    Some((ResourceKind::read(kind)?, key))
}
