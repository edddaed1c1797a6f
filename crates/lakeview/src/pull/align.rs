//! Which element of the file is which element of the workspace.

use std::collections::BTreeMap;

use super::super::json::{JsonKind, JsonValue};
use super::equal::equal;

/// The name that an element keeps through edits: of a dataset, page, widget, parameter, field or column.
pub(super) fn identity(value: JsonValue<'_>) -> Option<String> {
    if value.kind() != JsonKind::Object {
        return None;
    }
    let named = value.get("widget").unwrap_or(value);
    ["name", "keyword", "fieldName"].iter().find_map(|key| named.get_string(key)).map(|name| name.into_owned())
}

/// For each remote element the local one that it was, by its position.
pub(super) fn align(local: &[JsonValue<'_>], remote: &[JsonValue<'_>]) -> Vec<Option<usize>> {
    match (by_name(local), by_name(remote)) {
        (Some(names), Some(_)) => {
            remote.iter().map(|r| identity(*r).and_then(|name| names.get(&name).copied())).collect()
        }
        _ => by_value(local, remote),
    }
}

/// Positions by name, if every element has one of its own.
fn by_name(values: &[JsonValue<'_>]) -> Option<BTreeMap<String, usize>> {
    let names: BTreeMap<String, usize> =
        values.iter().enumerate().filter_map(|(i, v)| Some((identity(*v)?, i))).collect();
    (names.len() == values.len()).then_some(names)
}

/// Equal elements at the beginning and at the end belong together; what is between them goes pair by pair.
fn by_value(local: &[JsonValue<'_>], remote: &[JsonValue<'_>]) -> Vec<Option<usize>> {
    let shorter = local.len().min(remote.len());
    let start = (0..shorter).take_while(|i| equal(local[*i], remote[*i])).count();
    let end = (1..=shorter - start).take_while(|i| equal(local[local.len() - i], remote[remote.len() - i])).count();
    (0..remote.len())
        .map(|i| {
            if i >= remote.len() - end {
                Some(local.len() - (remote.len() - i))
            } else {
                Some(i).filter(|i| *i < local.len() - end)
            }
        })
        .collect()
}
