//! Whether two values mean the same.

use super::super::json::{JsonKind, JsonValue};
use super::form::{counterpart, same_text};

/// Whether two values are equal: strings by their text, numbers by their value, objects in any order of their keys.
pub(super) fn equal(a: JsonValue<'_>, b: JsonValue<'_>) -> bool {
    // the stack of pairs is our own: a file may nest deeper than the program's stack
    let mut open = vec![(a, b)];
    while let Some((a, b)) = open.pop() {
        if a.raw() == b.raw() {
            continue;
        }
        let same = a.kind() == b.kind()
            && match a.kind() {
                JsonKind::Null => true,
                JsonKind::Bool => false,
                JsonKind::Number => same_number(a.raw(), b.raw()),
                JsonKind::String => a.string() == b.string(),
                JsonKind::Array => {
                    open.extend(a.items().zip(b.items()));
                    a.items().count() == b.items().count()
                }
                JsonKind::Object => {
                    let count = a.members().count();
                    let mut found = 0;
                    for (key, value) in a.members() {
                        let name = key.string().unwrap_or_default();
                        let Some(other) = counterpart(b, &name) else { break };
                        found += 1;
                        if !same_text(&name, value, other) {
                            open.push((value, other));
                        }
                    }
                    found == count && b.members().count() == count
                }
            };
        if !same {
            return false;
        }
    }
    true
}

fn same_number(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        // digits beyond those of a float tell two large numbers apart
        (Ok(x), Ok(y)) if x.is_finite() && y.is_finite() => x == y && (x.abs() < 9.0e15 || a == b),
        _ => false,
    }
}
