//! Laying one value over another, as files of a bundle and targets do.

use std::collections::HashMap;

use super::node::{TreeEntry, TreeNode, TreeValue};
use piq_diagnostics::Diagnostic;

/// Lists of a job whose items are told apart by a key.
const KEYED: [(&str, &str); 4] = [
    ("tasks", "task_key"),
    ("job_clusters", "job_cluster_key"),
    ("parameters", "name"),
    ("environments", "environment_key"),
];

/// The field that tells the items of a list apart.
pub(crate) fn identity(list: &str) -> Option<&'static str> {
    KEYED.iter().find(|(name, _)| *name == list).map(|(_, key)| *key)
}

/// Lays `over` on `base`: maps merge key by key, a list is appended (items of a job's lists with the same key merge),
/// anything else replaces; nothing (`key:`) changes nothing.
pub(crate) fn merge(base: TreeNode, over: TreeNode) -> TreeNode {
    merge_list(base, over, None)
}

fn merge_list(base: TreeNode, over: TreeNode, item_key: Option<&str>) -> TreeNode {
    match (base.value, over.value) {
        (value, TreeValue::Null) => TreeNode::new(value, base.place),
        (TreeValue::Map(mut map), TreeValue::Map(entries)) => {
            for (key, entry) in entries {
                let item_key = identity(&key);
                match map.get_mut(&key) {
                    Some(slot) => {
                        let old = std::mem::replace(&mut slot.value, TreeNode::new(TreeValue::Null, entry.key.clone()));
                        slot.value = merge_list(old, entry.value, item_key);
                    }
                    None => {
                        map.insert(key, entry);
                    }
                }
            }
            TreeNode::new(TreeValue::Map(map), base.place)
        }
        (TreeValue::List(mut items), TreeValue::List(more)) => {
            let name = |item: &TreeNode| item_key.and_then(|key| item.str_at(key)).map(str::to_owned);
            let mut places: HashMap<String, usize> = HashMap::new();
            for (i, item) in items.iter().enumerate() {
                // of two with one name the first is meant
                places.extend(name(item).filter(|n| !places.contains_key(n)).map(|n| (n, i)));
            }
            for item in more {
                let own = name(&item);
                match own.as_ref().and_then(|n| places.get(n)).copied() {
                    Some(i) => {
                        let old = std::mem::replace(&mut items[i], TreeNode::new(TreeValue::Null, item.place.clone()));
                        items[i] = merge(old, item);
                    }
                    None => {
                        places.extend(own.map(|n| (n, items.len())));
                        items.push(item);
                    }
                }
            }
            TreeNode::new(TreeValue::List(items), base.place)
        }
        (_, value) => TreeNode::new(value, over.place),
    }
}

/// Where a file sets a list, a map or a scalar over one of the others: a merge would drop what the files before it set.
pub(crate) fn other_forms(base: &TreeNode, over: &TreeNode) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut open = vec![(base, over, String::new())];
    while let Some((base, over, path)) = open.pop() {
        match (&base.value, &over.value) {
            (TreeValue::Null, _) | (_, TreeValue::Null) | (TreeValue::List(_), TreeValue::List(_)) => {}
            (TreeValue::Map(map), TreeValue::Map(entries)) => {
                let both = entries.iter().filter_map(|(key, entry)| Some((key, map.get(key)?, entry)));
                let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                open.extend(both.map(|(key, lower, entry)| (&lower.value, &entry.value, join(key))));
            }
            (TreeValue::List(_) | TreeValue::Map(_), _) | (_, TreeValue::List(_) | TreeValue::Map(_)) => {
                found.push(other_form_error("file-form", "this file", &path, base, over));
            }
            _ => {}
        }
    }
    found
}

/// The error for a value whose form is not the one of the value that it is laid over.
pub(super) fn other_form_error(
    code: &'static str,
    who: &str,
    name: &str,
    lower: &TreeNode,
    node: &TreeNode,
) -> Diagnostic {
    Diagnostic::error(code, format!("{who} cannot lay {} over {} for `{name}`", node.form(), lower.form()))
        .label(node.place.clone(), format!("{} here", node.form()))
        .label(lower.place.clone(), format!("{} here", lower.form()))
        .hint("variables are filled in later: use one in both places, or write the values in both")
}

/// Lays `over` on one key of `base`.
pub(crate) fn merge_key(base: &mut TreeNode, key: &str, over: TreeEntry) {
    let wrapped =
        TreeNode::new(TreeValue::Map([(key.to_owned(), over.clone())].into_iter().collect()), over.value.place);
    let place = base.place.clone();
    let old = std::mem::replace(base, TreeNode::new(TreeValue::Null, place));
    *base = merge(old, wrapped);
}

#[cfg(test)]
mod tests {
    use super::super::yaml::parse;
    use super::{merge, other_forms};
    use piq_diagnostics::Source;

    fn merged(base: &str, over: &str) -> String {
        let node = |name: &str, text: &str| parse(&Source::new(name, text)).expect("valid").root;
        merge(node("base", base), node("over", over)).to_json().to_string()
    }

    #[test]
    fn maps_merge_and_scalars_replace() {
        assert_eq!(merged("{a: 1, m: {x: 1, y: 2}}", "{m: {y: 3}, b: 4, a:}"), r#"{"a":1,"m":{"x":1,"y":3},"b":4}"#);
    }

    #[test]
    fn items_with_a_key_merge_and_others_are_appended() {
        assert_eq!(
            merged(
                "{tasks: [{task_key: a, timeout_seconds: 1}, {task_key: b}], tags: [x]}",
                "{tasks: [{task_key: a, max_retries: 2}, {task_key: c}], tags: [y]}"
            ),
            r#"{"tasks":[{"task_key":"a","timeout_seconds":1,"max_retries":2},{"task_key":"b"},{"task_key":"c"}],"tags":["x","y"]}"#
        );
        assert_eq!(
            merged("{parameters: [{name: p, default: '1'}]}", "{parameters: [{name: p, default: '2'}]}"),
            r#"{"parameters":[{"name":"p","default":"2"}]}"#
        );
    }

    #[test]
    fn a_value_of_another_form_is_named() {
        let node = |name: &str, text: &str| parse(&Source::new(name, text)).expect("valid").root;
        let found = |base: &str, over: &str| -> Vec<String> {
            let found = other_forms(&node("base", base), &node("over", over));
            found.iter().map(|d| format!("{} {}", d.labels[0].place.source.path, d.message)).collect()
        };
        assert_eq!(
            found("permissions: ${var.a}", "permissions: [x]"),
            ["over this file cannot lay a list over a text for `permissions`"]
        );
        assert_eq!(
            found("{a: {b: [1], c: {}, d: 1, e:, f: {}}}", "{a: {b: x, c: 1, d: y, e: [1], f:}, g: []}"),
            [
                "over this file cannot lay a number over a map for `a.c`",
                "over this file cannot lay a text over a list for `a.b`"
            ]
        );
        assert_eq!(found("{a: [1], b: {}, c: x}", "{a: [2], b: {x: 1}, c: 1}"), Vec::<String>::new());
    }

    #[test]
    fn what_was_laid_over_keeps_its_own_place() {
        let node = |name: &str, text: &str| parse(&Source::new(name, text)).expect("valid").root;
        let m = merge(node("base.yml", "a: 1\nb: 2\n"), node("over.yml", "\nb: 3\n"));
        let b = m.get("b").expect("b");
        assert_eq!((b.place.source.path.as_str(), b.place.line_column()), ("over.yml", (2, 4)));
        assert_eq!(m.get("a").expect("a").place.source.path, "base.yml");
    }
}
