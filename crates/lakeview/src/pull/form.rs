//! One text in several forms: `query`, or `queryLines` that are joined as they are.

use super::super::json::{JsonKind, JsonValue};

/// The keys under which the text of a query stands.
const QUERY: [&str; 2] = ["query", "queryLines"];

/// Keys of lists whose elements are joined as they are.
const JOINED: [&str; 2] = ["queryLines", "lines"];

/// The text of a string, or of a list of strings joined as they are.
pub(super) fn joined(value: JsonValue<'_>) -> Option<String> {
    match value.kind() {
        JsonKind::String => value.string().map(std::borrow::Cow::into_owned),
        JsonKind::Array => value.items().map(|v| v.string()).collect::<Option<Vec<_>>>().map(|all| all.concat()),
        _ => None,
    }
}

/// The member of `object` that holds what `key` holds elsewhere: itself, or the query in its other form.
pub(super) fn counterpart<'d>(object: JsonValue<'d>, key: &str) -> Option<JsonValue<'d>> {
    let other = || QUERY.contains(&key).then(|| QUERY.iter().find_map(|name| object.get(name))).flatten();
    object.get(key).or_else(|| other().filter(|v| joined(*v).is_some()))
}

/// Whether two members of one key are the same text, however it is cut into lines.
pub(super) fn same_text(key: &str, a: JsonValue<'_>, b: JsonValue<'_>) -> bool {
    let cut = JOINED.contains(&key) || QUERY.contains(&key) && a.kind() != b.kind();
    cut && matches!((joined(a), joined(b)), (Some(a), Some(b)) if a == b)
}
