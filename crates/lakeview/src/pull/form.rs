//! One text in several forms: `query`, or `queryLines` that are joined as they are.

use super::super::json::{Kind, Value};

/// The keys under which the text of a query stands.
const QUERY: [&str; 2] = ["query", "queryLines"];

/// Keys of lists whose elements are joined as they are.
const JOINED: [&str; 2] = ["queryLines", "lines"];

/// The text of a string, or of a list of strings joined as they are.
pub(super) fn joined(value: Value<'_>) -> Option<String> {
    match value.kind() {
        Kind::String => value.string().map(std::borrow::Cow::into_owned),
        Kind::Array => value.items().map(|v| v.string()).collect::<Option<Vec<_>>>().map(|all| all.concat()),
        _ => None,
    }
}

/// The member of `object` that holds what `key` holds elsewhere: itself, or the query in its other form.
pub(super) fn counterpart<'d>(object: Value<'d>, key: &str) -> Option<Value<'d>> {
    let other = || QUERY.contains(&key).then(|| QUERY.iter().find_map(|name| object.get(name))).flatten();
    object.get(key).or_else(|| other().filter(|v| joined(*v).is_some()))
}

/// Whether two members of one key are the same text, however it is cut into lines.
pub(super) fn same_text(key: &str, a: Value<'_>, b: Value<'_>) -> bool {
    let cut = JOINED.contains(&key) || QUERY.contains(&key) && a.kind() != b.kind();
    cut && matches!((joined(a), joined(b)), (Some(a), Some(b)) if a == b)
}
